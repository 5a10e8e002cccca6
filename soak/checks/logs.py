"""The nodes' logs: no traceback, no fault of ours, and nothing of what callers are or enter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from soak.callers import ACCOUNT
from soak.history import History, Logged
from soak.record import Breach, Record

CALLER = "4416329"
"""How the numbers of all callers begin, with five digits to follow."""

_WRONG = {
    "a traceback": re.compile(r"Traceback \(most recent call last\)"),
    "a fault of ours": re.compile(r'"event": ?"(?:event|effect|admin)_fault"|_fault\b'),
    "a caller's digits": re.compile(rf"{ACCOUNT}|{' '.join(ACCOUNT)}"),
    "a caller's number": re.compile(rf"{CALLER}\d{{5}}"),
}
SHOWN = 300


def read_log(node: str, path: Path, history: History, at: float) -> None:
    """Note the lines of a node's log that should not be there."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            for what, pattern in _WRONG.items():
                if pattern.search(line):
                    words = f"{what} in line {number}: {line.strip()[:SHOWN]}"
                    history.add(Logged(at, node, words))


def logs(record: Record) -> Iterator[Breach]:
    """Whatever was noted by `read_log`."""
    for entry in record.history.of(Logged):
        yield Breach(entry.at, "", f"{entry.node}: {entry.words}")
