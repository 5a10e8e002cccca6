"""No call is stuck: once the faults are over, the engine goes on with each, and each comes to its
end.

A person waits while nothing is played, recorded or ringing, until the next thing that the engine
does. What the person does meanwhile does not count, nor what Graph tells of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from soak.record import Breach, Record, Span

LIMIT = 60.0
LEFT_BEHIND = 20.0
"""Seconds in which a line has to be down once its call is closed."""


def stuck(record: Record) -> Iterator[Breach]:
    """Lines that waited too long after the faults, or never ended, and calls that never closed."""
    for line in record.begun:
        call = record.call_of(line)
        if line not in record.ends:
            yield Breach(record.phase("end"), call, f"the line {line} never ended")
        wait = longest_wait(record, line, record.phase("calm"))
        if wait.length > LIMIT:
            yield Breach(wait.since, call, f"nothing was done for {wait.length:.0f} s")
    for kept in record.kept.values():
        if not kept.closed:
            yield Breach(kept.at, kept.call, f"it is still open in the store: {kept.phase}")
    yield from _left_behind(record)


def _left_behind(record: Record) -> Iterator[Breach]:
    """Lines that are up although their call is closed: nobody will ever do anything for them."""
    for line, ended in record.ends.items():
        kept = record.kept.get(record.call_of(line))
        if kept is None or not kept.closed or not kept.lines:
            continue
        left = ended.at - kept.lines[-1].at
        if left > LEFT_BEHIND:
            yield Breach(kept.lines[-1].at, kept.call, f"it was closed {left:.0f} s before its end")


def longest_wait(record: Record, line: str, since: float = 0.0) -> Span:
    """The longest wait of whoever is on a line, as far as it lies after `since`."""
    free = max(record.begun[line], since)
    ended = record.ends[line].at if line in record.ends else record.phase("end")
    longest = Span(free, free)
    for busy in [*record.busy[line], Span(ended, ended)]:
        wait = Span(free, min(busy.since, ended))
        if wait.length > longest.length:
            longest = wait
        free = max(free, busy.until)
    return longest
