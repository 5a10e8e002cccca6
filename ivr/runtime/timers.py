"""Wakes calls when their earliest deadline is due.

The deadlines live in the stored snapshots; what is kept here is only a reminder of them. So
a lost reminder costs a few seconds until the next look at the store, never a call.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable

import structlog

from ivr.core.values import Millis
from ivr.errors import IvrError
from ivr.ports import CallStore, Clock

SWEEP_EVERY = 5_000
WAKE_AGAIN_AFTER = 1_000
AT_ONCE = 64
"""Calls that are woken at the same time."""

MOST_SWEPT = 2_000
"""Forgotten calls that one look at the store brings back."""

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

    def remind(self, call_id: str, due: Millis | None) -> None:
        """Wake the call at `due`, instead of at whatever was said before."""
        if due is None:
            self._due.pop(call_id, None)
            return
        if self._due.get(call_id) == due:
            return
        self._due[call_id] = due
        heapq.heappush(self._heap, (due, call_id))
        if self._heap[0][0] == due:
            self._sooner.set()

    async def run(self) -> None:
        """Wake calls until cancelled."""
        next_sweep = self._clock.now()
        while True:
            now = self._clock.now()
            if now >= next_sweep:
                await self._sweep(now)
                next_sweep = now + SWEEP_EVERY
            for batch in _batches(self._take_due(now)):
                await asyncio.gather(*(self._wake_one(call_id) for call_id in batch))
            await self._rest(next_sweep)

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

    async def _sweep(self, now: Millis) -> None:
        """Find deadlines that nobody here was reminded of.

        They are those from before a restart, and those of calls that another node has moved on.
        """
        try:
            for call_id in await self._store.due(now, MOST_SWEPT):
                if self._due.get(call_id, now + 1) > now:
                    self.remind(call_id, now)
        except IvrError as error:
            log.warning("sweep_failed", reason=str(error))

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
