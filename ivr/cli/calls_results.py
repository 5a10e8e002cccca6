"""The results of a file of calls, as a file that a spreadsheet may open without harm."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path

from ivr.cli.calls_batch import Outcome
from ivr.errors import UsageError

HEAD = ("row", "call", "result", "attempts", "error")
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a formula (OWASP, "CSV injection")."""


class Results:
    """Where results go. Made before anybody is called, so that they will have a place.

    Raises `UsageError` for a place that cannot be written, or that is the file of people itself.
    """

    def __init__(self, out: Path | None, people: Path) -> None:
        self._out = out
        if out is None:
            return
        if out.exists() and people.exists() and os.path.samefile(out, people):
            raise UsageError("--out names the file of people itself: give another one.")
        if not out.parent.is_dir() or not os.access(out.parent, os.W_OK) or out.is_dir():
            raise UsageError(f"--out {out}: no file can be written there.")

    def write(self, outcomes: Sequence[Outcome]) -> None:
        """Write what came of the rows; the file appears whole or not at all."""
        if self._out is None:
            return
        part = self._out.with_name(f".{self._out.name}.part")
        part.write_text(as_csv(outcomes), encoding="utf-8", newline="")
        part.replace(self._out)


def as_csv(outcomes: Sequence[Outcome]) -> str:
    """The results as CSV (RFC 4180)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEAD)
    for each in outcomes:
        error = "not over yet" if each.how == "goes_on" else each.error
        attempts = str(each.attempts) if each.attempts else ""
        cells = (str(each.person.row), each.call_id, each.result, attempts, error)
        writer.writerow(map(_harmless, cells))
    return text.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULAS) else cell
