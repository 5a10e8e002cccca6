"""Carries out committed effects and brings back what became of them.

Before an effect is sent it is this node's, durably: either it was claimed with the commit that
wanted it, or, if it had to wait in its lane, just before it is sent. What is known afterwards goes
back through the door as an event; an effect is settled when nothing more can be learned of it here.
What this node has not settled when it dies, or loses its lease, others take up.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

import structlog

from ivr.core.effects import AnyEffect, CheckCall, HangUp
from ivr.core.events import Arrival
from ivr.core.snapshot import Snapshot
from ivr.core.values import Millis, kind_of
from ivr.errors import Fenced, StoreUnavailable
from ivr.ports import CallStore, Clock, Outgoing
from ivr.runtime.attempts import Attempts, Perform
from ivr.runtime.in_hand import InHand, still_wanted
from ivr.runtime.lanes import Lane, Work, lane_of
from ivr.runtime.lease import Holding

STORE_PAUSE: Millis = 500

log = structlog.get_logger()


class Performer:
    """The effects of this node's calls.

    `handle` is the door, `latest` gives a call as it is now. `chance` gives numbers from 0 to 1.
    """

    def __init__(
        self,
        store: CallStore,
        clock: Clock,
        perform: Perform,
        handle: Callable[[Arrival], Awaitable[object]],
        lease: Holding,
        latest: Callable[[str], Awaitable[Snapshot | None]],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._clock = clock
        self._attempts = Attempts(clock, perform, lease, self._wants_still, chance)
        self._handle = handle
        self._lease = lease
        self._latest = latest
        self._in_hand = InHand(clock, store.settle, self._run)
        self._halted = False

    def __len__(self) -> int:
        """How many effects wait or are at work."""
        return len(self._in_hand)

    def claims(self, call_id: str, effects: Sequence[AnyEffect]) -> frozenset[str]:
        """Those of the effects which, once they are committed, will be performed at once."""
        if self._halted or not self._lease.fresh:
            return frozenset()
        first: dict[str, str] = {}
        for effect in effects:
            first.setdefault(lane_of(effect), effect.id)
        busy = self._in_hand.busy(call_id)
        return frozenset(effect_id for lane, effect_id in first.items() if lane not in busy)

    def add(
        self,
        snapshot: Snapshot,
        effects: Sequence[AnyEffect],
        claimed: Collection[str] = frozenset(),
    ) -> None:
        """Perform effects of a committed step, after those that wait already.

        `snapshot` is the call after the step: what it wants no more is dropped. `claimed` are the
        ids of those effects that are this node's already.
        """
        self._in_hand.sort_out(snapshot, (effect.id for effect in effects))
        for effect in effects:
            ours = effect.id in claimed
            self._take([Work(effect, snapshot, claimed=ours, waited=not ours)])

    def check(self, snapshot: Snapshot, leg: str = "") -> None:
        """Ask how a call, or a leg of it, is, unless that is being asked: something was lost."""
        look = CheckCall(id=f"{leg or snapshot.call_id}.check", leg=leg or snapshot.leg)
        self._take([Work(look, snapshot, claimed=True)])

    def take_over(self, snapshot: Snapshot, orphans: Sequence[Outgoing]) -> None:
        """Go on with effects of one call that another node has left.

        They are ours already, but for how long nobody knows, so they are claimed like any other.
        """
        unsent = {each.effect.id for each in orphans}
        works = []
        for each in orphans:
            work = Work(each.effect, snapshot, doubtful=each.begun)
            if still_wanted(work, snapshot, unsent):
                works.append(work)
            elif each.effect.id not in self._in_hand:
                log.info("effect_outdated", call=each.call_id, effect=kind_of(each.effect))
                self._store.settle(each.call_id, each.effect.id)
        self._take(works)

    def drop(self) -> None:
        """Send nothing more of all that is in hand: it is others' now.

        Only what has come back already is still told.
        """
        for lane in self._in_hand.lanes():
            self._in_hand.clear(lane)
            if not lane.telling and lane.task is not None:
                lane.task.cancel()
                self._in_hand.end(lane)

    def halt(self) -> None:
        """Finish what is at work and begin nothing more: others will."""
        self._halted = True

    async def drain(self) -> None:
        """Return when nothing is left to perform or, after `halt`, nothing is at work."""
        while tasks := self._tasks():
            await asyncio.wait(tasks)

    async def stop(self) -> None:
        """Drop everything. It stays in the outbox for whoever comes next."""
        self.halt()
        tasks = self._tasks()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [lane.task for lane in self._in_hand.lanes() if lane.task is not None]

    def _take(self, works: Iterable[Work]) -> None:
        for work in works if not self._halted else ():
            self._in_hand.take(work)

    async def _run(self, lane: Lane) -> None:
        try:
            while lane.waiting and not self._halted:
                work = lane.at_work = lane.waiting.popleft()
                await self._do(lane, work)
                self._in_hand.finish(lane, work)
        finally:
            self._in_hand.end(lane)

    async def _do(self, lane: Lane, work: Work) -> None:
        if not await self._is_ours(lane, work):
            return
        events = await self._attempts.outcome(work)
        lane.telling = True
        for event in events:
            await self._tell(Arrival(lane.call_id, event))
        lane.telling = False
        self._store.settle(lane.call_id, work.effect.id)

    async def _is_ours(self, lane: Lane, work: Work) -> bool:
        while not work.too_late:
            try:
                return await self._claim(lane, work)
            except Fenced:
                self._lease.lose()
                return False
            except StoreUnavailable:
                await self._clock.sleep(STORE_PAUSE)
        self._store.settle(lane.call_id, work.effect.id)
        return False

    async def _claim(self, lane: Lane, work: Work) -> bool:
        """Make the effect ours if it is not, and see whether it is wanted after it has waited."""
        effect = work.effect
        if work.snapshot.closed:
            # The outbox of a closed call is gone: nobody else can have the effect.
            return True
        if not work.claimed and not await self._store.claim(lane.call_id, effect.id):
            log.info("effect_not_ours", call=lane.call_id, effect=kind_of(effect))
            return False
        if not work.waited:
            return True
        now = await self._latest(lane.call_id)
        if now is not None and still_wanted(work, now, lane.ids()):
            return True
        self._store.settle(lane.call_id, effect.id)
        return False

    async def _wants_still(self, work: Work) -> bool:
        """Whether the call wants what was tried in vain to be tried again.

        The store is asked, as another node may have moved the call on and the word of it got lost.
        Raises `StoreUnavailable`.
        """
        await self._lease.confirm()
        now = await self._store.load(work.snapshot.call_id)
        if now is None:
            # Over, but perhaps only for us: the service has not said so.
            return isinstance(work.effect, HangUp)
        return not work.too_late and still_wanted(work, now.snapshot, ())

    async def _tell(self, arrival: Arrival) -> None:
        while True:
            try:
                await self._handle(arrival)
                return
            except StoreUnavailable as error:
                if isinstance(error, Fenced):
                    self._lease.lose()
                await self._clock.sleep(STORE_PAUSE)
            except Exception as fault:
                # A bug of ours must not stop the lane; the state's deadline goes on without.
                log.error("event_fault", call=arrival.call_id, fault=type(fault).__name__)
                return
