"""Every call that rang was answered, rejected or redirected, once, or its caller had given up.

To hang up a call that nobody has answered is to reject it: so ends a rejection of which nobody
knows whether it was sent.
"""

from __future__ import annotations

from collections.abc import Iterator

from soak.history import Rang
from soak.record import Breach, Record

DECISIONS = ("answer", "reject", "redirect")
GIVEN_UP = ("caller_hung_up", "not_answered")


def answers(record: Record) -> Iterator[Breach]:
    """Judged by what Graph accepted, and by how the line ended where it accepted nothing."""
    for rang in record.history.of(Rang):
        decided = [each for each in record.accepted[rang.line] if each.action in DECISIONS]
        if len(decided) > 1:
            words = " and ".join(each.action for each in decided)
            yield Breach(decided[1].at, rang.line, f"it was decided twice: {words}")
        ended = record.ends.get(rang.line)
        rejected = any(each.action == "hang_up" for each in record.accepted[rang.line])
        if not decided and not rejected and ended is not None and ended.reason not in GIVEN_UP:
            yield Breach(ended.at, rang.line, f"nobody took it, and it ended: {ended.reason}")
