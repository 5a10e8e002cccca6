"""One call as a person reads it: everything that concerns it, and what befell the nodes meanwhile.

12.345  person   presses 1
12.380  graph >  tone_pressed: 202 by n1
12.391  < engine transfer to 5f3c…: 202
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from soak.history import (
    Acted,
    Asked,
    Commanded,
    Dialled,
    Ended,
    Entry,
    HandedOn,
    Heard,
    Kept,
    KeptLine,
    NodeDid,
    Phase,
    Placed,
    Posted,
    Rang,
    Recorded,
)
from soak.record import Record

LATE = 120.0
"""Seconds after the end of a call for which what befell the nodes is told."""


def ladder(record: Record, call: str) -> Iterator[str]:
    """The lines of a call, its journal among them; none for a call of which nothing is known."""
    own = record.stories[call]
    if not own:
        return
    began, ended = own[0].at, max(getattr(each, "until", each.at) for each in own) + LATE
    clock = datetime.fromtimestamp(began, UTC).strftime("%H:%M:%S.%f")
    yield f"call {call}, seconds since {clock} UTC"
    nodes = [*record.history.of(NodeDid), *record.history.of(Phase)]
    entries = [*own, *(each for each in nodes if began <= each.at <= ended)]
    lines = [(each.at, _LINES[type(each)](each)) for each in entries]
    kept = record.kept.get(call)
    lines += [(line.at, f"journal  {_journal(line)}") for line in (kept.lines if kept else ())]
    for at, words in sorted(lines):
        yield f"{at - began:9.3f}  {words}"


def _journal(line: KeptLine) -> str:
    moves = f" [{' '.join(line.trace)}]" if line.trace else ""
    wants = f" wants {' '.join(line.effects)}" if line.effects else ""
    return f"{line.event}: {line.verdict}{moves}{wants}"


def _posted(entry: Posted) -> str:
    took = f"after {entry.until - entry.at:.3f} s"
    kinds = " ".join(entry.kinds)
    if not entry.node:
        return f"graph >  {kinds}: nobody takes it"
    return f"graph >  {kinds}: {entry.status or 'no answer'} by {entry.node} {took}"


def _commanded(entry: Commanded) -> str:
    about = " ".join(each for each in (entry.context, entry.to and f"to {entry.to}") if each)
    return f"< engine {entry.action} {about}: {entry.status}"


_LINES: dict[type[Entry], Callable[[Any], str]] = {
    Rang: lambda e: f"person   rings ({e.temper}), line {e.line}",
    Placed: lambda e: f"graph    places {e.leg} to {e.to}, line {e.line}",
    Posted: _posted,
    Commanded: _commanded,
    Heard: lambda e: f"person   hears {e.name.rpartition('/')[2]} for {e.until - e.at:.1f} s",
    Recorded: lambda e: f"person   is recorded for {e.until - e.at:.1f} s",
    HandedOn: lambda e: f"person   is handed to {e.to}: {e.outcome} after {e.until - e.at:.1f} s",
    Acted: lambda e: f"person   {e.what}",
    Ended: lambda e: f"graph    the line {e.line} is down: {e.reason}",
    Asked: lambda e: f"< engine asks the business system: {e.purpose} {e.visit}",
    Dialled: lambda e: f"admin >  dial: {e.status}",
    NodeDid: lambda e: f"       ! {e.node} {e.deed}",
    Phase: lambda e: f"       = {e.name}",
    Kept: lambda e: f"store    {e.flow} {e.phase} {e.result!r} {e.end!r} closed={e.closed}",
}
