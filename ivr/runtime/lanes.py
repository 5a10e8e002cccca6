"""In which order the effects of a call are performed.

Effects of one lane are performed one after the other; lanes do not wait for each other. A call has
a lane for its line, one for each leg that we have placed, one for its HTTP requests, one for its
recordings, and for each line one for keep-alives. A keep-alive depends on nothing, so it waits for
nothing.

To hang up and to ask how the call is comes after what was wanted before it: a hang-up that
overtakes a prompt leaves a prompt to a dead line, a question that overtakes a transfer gets an
answer of before. But nothing may hold them up for long, whatever hangs in front of them: after
`PATIENCE` they go ahead, each by itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from itertools import takewhile

from ivr.core.effects import AnyEffect, CheckCall, HangUp, JoinMeeting, KeepAlive, PlaceCall
from ivr.core.snapshot import Snapshot
from ivr.core.values import Millis

PATIENCE: Millis = 5_000
URGENT = (HangUp, CheckCall)


@dataclass(slots=True, eq=False)
class Work:
    """One effect, with the call as it was when the effect was wanted.

    `claimed` tells that the effect is this node's already, `waited` that it was not at once its
    turn, `doubtful` that it may have been carried out, `too_late` that it is not to be sent any
    more.
    """

    effect: AnyEffect
    snapshot: Snapshot
    claimed: bool = False
    doubtful: bool = False
    waited: bool = False
    too_late: bool = False

    @property
    def after_the_end(self) -> bool:
        """Whether the effect was wanted when its line was down already."""
        return is_down(self.snapshot, leg_of(self.effect))


@dataclass(slots=True, eq=False)
class Lane:
    """What waits, what is at work, and whether the outcome of that is being told."""

    call_id: str
    name: str
    waiting: deque[Work] = field(default_factory=deque)
    at_work: Work | None = None
    telling: bool = False
    task: asyncio.Task[None] | None = None
    hurrying: set[asyncio.Task[None]] = field(default_factory=set)

    def works(self) -> list[Work]:
        """What is at work and what waits."""
        return [*([] if self.at_work is None else [self.at_work]), *self.waiting]

    def ids(self) -> set[str]:
        """The effects that are at work or wait."""
        return {work.effect.id for work in self.works()}

    def before(self, work: Work) -> list[Work]:
        """What comes before `work`, apart from what is urgent itself."""
        ahead = takewhile(lambda each: each is not work, self.works())
        return [each for each in ahead if not isinstance(each.effect, URGENT)]


def leg_of(effect: AnyEffect) -> str:
    """The leg that an effect is for, "" for a call that came in; who places a leg is for it too."""
    return effect.id if isinstance(effect, PlaceCall | JoinMeeting) else effect.leg


def lane_of(effect: AnyEffect) -> str:
    """The lane in which an effect is performed."""
    if effect.lane != "line":
        return effect.lane
    kind = "keep_alive" if isinstance(effect, KeepAlive) else "line"
    return f"{kind} {leg_of(effect)}".rstrip()


def is_down(snapshot: Snapshot, leg: str) -> bool:
    """Whether the line of a leg is down for good."""
    if not leg:
        return snapshot.phase == "ended"
    return leg in snapshot.legs and snapshot.legs[leg].state == "over"
