"""Takes up what nodes have left that are no more, at the start and ever after.

A node that dies leaves effects that were committed and not settled. An effect that nobody had
begun is simply performed. One that was begun may have been carried out: it is performed again
where that does no harm, and comes back to its call as `unknown` where it might. What the call does
not want any more is forgotten. See `ivr.runtime.attempts` and `ivr.runtime.wanted`.

Our own are among them: a store that fails in the middle of a commit may have written it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

import structlog

from ivr.core.effects import HangUp, KeepAlive
from ivr.core.snapshot import Snapshot
from ivr.core.values import Millis
from ivr.errors import Fenced, IvrError, StoreUnavailable
from ivr.ports import CallStore, Change, Clock, Outgoing
from ivr.runtime.lease import Holding

LOOK_EVERY: Millis = 2_000
LOOK_AGAIN_AFTER: Millis = 500
MOST_AT_ONCE = 1_000
LOADED_AT_ONCE = 64

FIRST = (KeepAlive, HangUp)
"""Calls with one of these come first: an unkept call is lost, and a dead one costs money."""

log = structlog.get_logger()


class Recovery:
    """Looks for what was left, and hands it to `take_over`; `latest` gives a call as it is now."""

    def __init__(
        self,
        store: CallStore,
        clock: Clock,
        lease: Holding,
        latest: Callable[[str], Awaitable[Snapshot | None]],
        take_over: Callable[[Snapshot, Sequence[Outgoing]], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._lease = lease
        self._latest = latest
        self._take_over = take_over
        self._doubtful: dict[str, list[str]] = {}

    def doubt(self, change: Change) -> None:
        """The store does not know whether it has written a change: look later what came of it."""
        if change.step.effects:
            wanted = self._doubtful.setdefault(change.call_id, [])
            wanted += (effect.id for effect in change.step.effects)

    async def run(self) -> None:
        """Take up what is left, now and then, until cancelled."""
        while True:
            await self._clock.sleep(LOOK_EVERY)
            try:
                await self.look()
            except Fenced:
                self._lease.lose()
            except IvrError as error:
                log.warning("recovery_failed", reason=str(error))

    async def look(self) -> int:
        """Take up all that is left at this moment; how many effects. Raises `StoreUnavailable`."""
        taken = 0
        while left := await self._store.orphans(MOST_AT_ONCE):
            taken += len(left)
            await self._take_up(left)
            # A call's effects come together, so that a batch that was cut short is not quite full.
            if len(left) < MOST_AT_ONCE // 2:
                break
        for call_id in list(self._doubtful):
            await self._take_up(await self._written(call_id))
        return taken

    async def _written(self, call_id: str) -> Sequence[Outgoing]:
        """The effects of a commit that failed and was written all the same. Nobody began them."""
        now, doubtful = self._clock.now(), self._doubtful[call_id].copy()
        found = [await self._store.effect(call_id, each) for each in doubtful]
        del self._doubtful[call_id][: len(doubtful)]
        if not self._doubtful[call_id]:
            del self._doubtful[call_id]
        return [Outgoing(call_id, each, now, begun=False) for each in found if each is not None]

    async def _take_up(self, left: Sequence[Outgoing]) -> None:
        calls: dict[str, list[Outgoing]] = defaultdict(list)
        for each in left:
            calls[each.call_id].append(each)
        in_order = sorted(calls, key=lambda call: not _is_urgent(calls[call]))
        for start in range(0, len(in_order), LOADED_AT_ONCE):
            batch = in_order[start : start + LOADED_AT_ONCE]
            await asyncio.gather(*(self._take_up_call(call, calls[call]) for call in batch))
        if left:
            log.info("taken_over", count=len(left))

    async def _take_up_call(self, call_id: str, effects: Sequence[Outgoing]) -> None:
        snapshot = await self._patiently(call_id)
        if snapshot is not None:
            self._take_over(snapshot, effects)
            return
        for each in effects:
            self._store.settle(call_id, each.effect.id)

    async def _patiently(self, call_id: str) -> Snapshot | None:
        """The call, however long it takes: nobody else will look after its effects now."""
        while True:
            try:
                return await self._latest(call_id)
            except StoreUnavailable as error:
                log.warning("recovery_waits", call=call_id, reason=str(error))
                await self._clock.sleep(LOOK_AGAIN_AFTER)


def _is_urgent(effects: Sequence[Outgoing]) -> bool:
    return any(isinstance(each.effect, FIRST) for each in effects)
