"""Wakes calls when their earliest deadline is due.

The deadlines live in the stored snapshots; what is kept here is only a reminder of them. So
a lost reminder costs a few seconds until the next look at the store, never a call.

The node that moved a call last has the reminder of it, to the millisecond. The others leave it a
moment before they wake the call themselves; what they find they hold, so that only one does.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Sequence

import structlog

from ivr.core.values import Millis
from ivr.errors import IvrError
from ivr.ports import CallStore, Clock, Moved

SWEEP_EVERY: Millis = 2_000
GRACE: Millis = 2_000
"""How long a call that is due is left to the node that moved it last."""

HOLD: Millis = 5_000
WAKE_AGAIN_AFTER: Millis = 1_000
AT_ONCE = 64
"""Calls that are woken at the same time."""

MOST_SWEPT = 2_000
"""Forgotten calls that one look at the store brings back."""

FEW = 64
"""Reminders that stand no longer and are kept all the same; more are cleared away."""

log = structlog.get_logger()


class Timers:
    """The reminders of one node."""

    def __init__(
        self, store: CallStore, clock: Clock, wake: Callable[[str], Awaitable[object]]
    ) -> None:
        self._store = store
        self._clock = clock
        self._wake = wake
        self._heap: list[tuple[Millis, str]] = []
        self._due: dict[str, Millis] = {}
        self._sooner = asyncio.Event()
        self._grace: Millis = 0

    def remind(self, call_id: str, due: Millis | None) -> None:
        """Wake the call at `due`, instead of at whatever was said before."""
        if due is None:
            self._drop(call_id)
            return
        if self._due.get(call_id) == due:
            return
        self._due[call_id] = due
        heapq.heappush(self._heap, (due, call_id))
        self._clear_away()
        if self._heap[0][0] == due:
            self._sooner.set()

    def forget(self, moved: Sequence[Moved]) -> None:
        """Other nodes have moved calls on: now they remember their deadlines."""
        for each in moved:
            self._drop(each.call_id)

    def __len__(self) -> int:
        """How many reminders there are, those included that stand no longer."""
        return len(self._heap)

    async def run(self) -> None:
        """Wake calls until cancelled; at first also those that others would wake."""
        self._grace = 0
        next_sweep = self._clock.now()
        while True:
            now = self._clock.now()
            if now >= next_sweep:
                swept = await self._sweep(now)
                next_sweep = now if swept == MOST_SWEPT else now + SWEEP_EVERY
            for batch in _batches(self._take_due(now)):
                await asyncio.gather(*(self._wake_one(call_id) for call_id in batch))
            await self._rest(next_sweep)

    def _drop(self, call_id: str) -> None:
        if self._due.pop(call_id, None) is not None:
            self._clear_away()

    def _clear_away(self) -> None:
        """Keep no more reminders that stand no longer than there are others."""
        if len(self._heap) > 2 * len(self._due) + FEW:
            self._heap = [(at, call) for call, at in self._due.items()]
            heapq.heapify(self._heap)

    def _take_due(self, now: Millis) -> list[str]:
        calls = []
        while self._heap and self._heap[0][0] <= now:
            due, call_id = heapq.heappop(self._heap)
            if self._due.get(call_id) == due:
                del self._due[call_id]
                calls.append(call_id)
        return calls

    def _drop_replaced(self) -> None:
        """Drop reminders that come first but stand no longer: nobody rises early for them."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)

    async def _sweep(self, now: Millis) -> int:
        """Find deadlines that nobody here was reminded of; how many.

        They are those from before a restart, and those of nodes that are no more.
        """
        try:
            found = await self._store.due(now - self._grace, MOST_SWEPT, HOLD)
        except IvrError as error:
            log.warning("sweep_failed", reason=str(error))
            return 0
        if len(found) < MOST_SWEPT:
            self._grace = GRACE
        for call_id in found:
            if self._due.get(call_id, now + 1) > now:
                self.remind(call_id, now)
        return len(found)

    async def _wake_one(self, call_id: str) -> None:
        try:
            await self._wake(call_id)
        except Exception as error:
            # Whatever it is, the other calls must be woken all the same.
            reason = str(error) if isinstance(error, IvrError) else type(error).__name__
            log.warning("wake_failed", call=call_id, reason=reason)
            self.remind(call_id, self._clock.now() + WAKE_AGAIN_AFTER)

    async def _rest(self, next_sweep: Millis) -> None:
        self._sooner.clear()
        self._drop_replaced()
        due = min(self._heap[0][0], next_sweep) if self._heap else next_sweep
        length = due - self._clock.now()
        if length <= 0:
            return
        sleeping = asyncio.ensure_future(self._clock.sleep(length))
        hurrying = asyncio.ensure_future(self._sooner.wait())
        try:
            await asyncio.wait({sleeping, hurrying}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            hurrying.cancel()


def _batches(calls: list[str]) -> list[list[str]]:
    return [calls[start : start + AT_ONCE] for start in range(0, len(calls), AT_ONCE)]
