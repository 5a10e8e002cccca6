"""Whether there is room for one more call: who is turned away loses one call, an overload all.

How many calls are live on all nodes is an estimate: what the store said a moment ago, and what
this node has begun and ended since. It is good to a few calls, and costs a new call nothing.
Where the store cannot tell, nobody is turned away.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from msgspec import Struct

from ivr.core.program import Program
from ivr.core.values import Millis
from ivr.errors import IvrError, StoreUnavailable
from ivr.flow.builtin import BUNDLE
from ivr.flow.overflow import overflow
from ivr.ports import CallStore, Change, Clock, Quota

LOOK_EVERY: Millis = 3_000
MONTH: Millis = 30 * 24 * 60 * 60_000
WARN_AT = (80, 95, 100)
"""Per cent of a month's calls."""

log = structlog.get_logger()


class Room(Struct, frozen=True):
    """How many calls may be live at once, all and of one caller, and how many begin in a month.

    `elsewhere` is the target to which calls are sent for which there is no room.
    """

    calls: int
    calls_per_caller: int
    monthly_calls: int
    elsewhere: str = ""


class Admission:
    """The judgement on new calls, on one node of perhaps many."""

    def __init__(self, store: CallStore, clock: Clock, room: Room) -> None:
        self._store = store
        self._clock = clock
        self._room = room
        self._live: int | None = None
        self._begun: set[str] = set()
        self._ended: set[str] = set()
        self._uncounted = 0
        self._warned: dict[int, Millis] = {}

    async def admit(self, caller: str, now: Millis) -> Program | None:
        """The program that turns a new call away; None to take it.

        `caller` is a keyed hash of who calls, "" for somebody whom nothing tells apart.
        """
        if self._is_full():
            limit = "IVR_MAX_CALLS"
        elif await self._has_too_many(caller):
            limit = "IVR_MAX_CALLS_PER_CALLER"
        else:
            return None
        log.warning("call_turned_away", setting=limit)
        return overflow(self._room.elsewhere)

    def note(self, change: Change) -> None:
        """A change was committed here: perhaps a call began or ended with it."""
        self._uncounted += change.version == 0
        if change.step.snapshot.bundle == BUNDLE:
            return
        if change.version == 0:
            self._begun.add(change.call_id)
        elif change.step.snapshot.phase == "ended":
            self._ended.add(change.call_id)

    async def run(self) -> None:
        """Keep the estimate fresh, and count the month's calls, until cancelled."""
        while True:
            try:
                await self.look()
                await self._count()
            except IvrError as error:
                # What the store said before says less and less: rather one call too many.
                self._live = None
                log.warning("calls_not_counted", reason=str(error))
            await self._clock.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Ask the store how many calls are live. Raises `StoreUnavailable`."""
        begun, ended = self._begun.copy(), self._ended.copy()
        self._live = await self._store.live()
        self._begun -= begun
        self._ended -= ended

    def _is_full(self) -> bool:
        if self._live is None:
            return False
        return self._live + len(self._begun) - len(self._ended) >= self._room.calls

    async def _has_too_many(self, caller: str) -> bool:
        if not caller:
            return False
        try:
            return await self._store.live(caller) >= self._room.calls_per_caller
        except StoreUnavailable:
            return False

    async def _count(self) -> None:
        while self._uncounted:
            await self._count_one(self._clock.now())
            self._uncounted -= 1

    async def _count_one(self, now: Millis) -> None:
        """Use up the shares of the month's calls, one after the other; nobody is refused."""
        for percent, quota in _shares(self._room.monthly_calls):
            if await self._store.take(quota, now):
                return
            if self._warned.get(percent) != now // MONTH:
                self._warned[percent] = now // MONTH
                used = self._room.monthly_calls * percent // 100
                log.warning("monthly_calls_used", setting="IVR_MONTHLY_CALLS", count=used)


def _shares(most: int) -> Sequence[tuple[int, Quota]]:
    """A month's calls in parts, each with the per cent that are used when it is used up."""
    bounds = [0, *(most * percent // 100 for percent in WARN_AT)]
    return [
        (percent, Quota(f"calls:month:{percent}", until - since, MONTH))
        for percent, since, until in zip(WARN_AT, bounds, bounds[1:], strict=False)
    ]
