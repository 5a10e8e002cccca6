"""No notification that was acknowledged is lost: the journal has a line for each.

Of a call that is closed, or that nobody knows yet, nothing is taken in but its beginning, and that
is said to nobody. So only what was acknowledged between the first line of its journal and the last
is counted, by kind, repetitions and all: for a repetition the journal has a line too. There may be
more lines than acknowledgements, as a node can be killed between the two. And a call may begin
late: a node that was paused still takes in what came before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from soak.history import Dialled, Kept, Posted
from soak.record import FOREVER, Breach, Record


def lost(record: Record) -> Iterator[Breach]:
    """Acknowledged and not in the journal, or a call that was promised and is not in the store."""
    for call, posts in record.posts.items():
        acknowledged = [each for each in posts if 200 <= each.status < 300]
        kept = record.kept.get(call)
        if kept is None:
            yield from _unknown(call, acknowledged)
        else:
            yield from _missing(kept, acknowledged)
    for dialled in record.history.of(Dialled):
        if dialled.call and dialled.call not in record.kept:
            yield Breach(dialled.at, dialled.call, "the call was promised, and nobody knows it")


def _unknown(call: str, acknowledged: list[Posted]) -> Iterator[Breach]:
    """Of a call that nobody has taken in, only its beginning could be lost."""
    for post in acknowledged:
        if "call_arrived" in post.kinds:
            yield Breach(
                post.until, call, "its arrival was acknowledged, and nobody knows the call"
            )


def _missing(kept: Kept, acknowledged: list[Posted]) -> Iterator[Breach]:
    begun_at = kept.lines[0].at if kept.lines else 0.0
    closed_at = kept.lines[-1].at if kept.closed and kept.lines else FOREVER
    taken_in = [each for each in acknowledged if begun_at <= each.until < closed_at]
    told = Counter(kind for each in taken_in for kind in each.kinds)
    noted = Counter(line.event for line in kept.lines)
    for kind, many in told.items():
        if many > noted[kind]:
            last = max(each.until for each in taken_in if kind in each.kinds)
            words = f"{many} × {kind} were acknowledged, {noted[kind]} are in the journal"
            yield Breach(last, kept.call, words)
