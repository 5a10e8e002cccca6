"""One node of the service in a run: the real parts, put together as `ivr.server.node` does it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from itertools import count

from ivr.core.effects import AnyEffect
from ivr.core.events import Arrival, TimerFired
from ivr.errors import StoreUnavailable
from ivr.policy.destinations import Destinations
from ivr.ports import Change, Moved
from ivr.runtime.admission import Admission, Room
from ivr.runtime.handler import PLACED, Handler
from ivr.runtime.lanes import is_down
from ivr.runtime.lease import Lease
from ivr.runtime.lines import Lines
from ivr.runtime.outside import Outside
from ivr.runtime.performer import Performer
from ivr.runtime.permits import Permits, Rates
from ivr.runtime.recovery import Recovery
from ivr.runtime.timers import Timers
from ivr.simulator.trials.elsewhere import Business, Voice
from ivr.simulator.trials.gateway import Gateway
from ivr.simulator.trials.network import DELIVERY
from ivr.simulator.trials.parts import (
    TENANT,
    Flows,
    NodeClock,
    callback_key,
    caller_key,
    hashed,
    token,
)
from ivr.simulator.trials.process import Process, Shared
from ivr.simulator.trials.storage import NodeStore

PUBLIC_URL = "https://ivr.trials.invalid"
ROOM = Room(calls=100, calls_per_caller=10, monthly_calls=10_000)
RATES = Rates(per_minute=1_000, per_day=10_000, per_caller_per_day=1_000, at_once=100)
DESTINATIONS = Destinations(("+44",), (TENANT,))
DRAIN: float = 12.0
"""Seconds that a node has to stop with care."""

BEGIN_AGAIN_AFTER = 1_000


class Node(Process):
    """A process that takes part in the service."""

    def __init__(self, shared: Shared, name: str, incarnation: int, clock: NodeClock) -> None:
        super().__init__(shared, name, incarnation)
        self.clock = clock
        self.store = NodeStore(shared.disk, self)
        self.lease = Lease(self.store, clock, name, self._lost, shared.disk.steady)
        self.admission = Admission(self.store, clock, ROOM)
        self.handler = Handler(
            self.store, Flows(), clock, callback_key, self._after_commit, self._claims,
            self.admission, caller_key, self._in_doubt,
        )  # fmt: skip
        self.business = Business(
            shared.loop, shared.history, shared.chance, shared.faults, self, shared.disk.place
        )
        self.outside = self._outside()
        latest = self.handler.latest
        self.performer = Performer(
            self.store, clock, self.outside.perform, self.handler.handle, self.lease, latest,
            self._jitter(),
        )  # fmt: skip
        self.timers = Timers(self.store, clock, self._wake)
        self.recovery = Recovery(self.store, clock, self.lease, latest, self.performer.take_over)
        self._taking_part: list[asyncio.Task[None]] = []

    @property
    def may_send(self) -> bool:
        """See `ivr.simulator.trials.gateway.Caller`."""
        return self.lease.fresh

    # Its doors

    async def receive(self, arrival: Arrival) -> str:
        """Take a notification in."""
        return await self.handler.handle(arrival)

    async def reconcile(self, call: str, leg: str) -> str:
        """Take in an empty post on the path of a call or a leg: something was lost, so ask."""
        snapshot = await self.handler.latest(call)
        if snapshot is not None and not is_down(snapshot, leg):
            self.performer.check(snapshot, leg)
        return "reconciled"

    # From its beginning to its end

    def start(self) -> None:
        """Begin to live."""
        self.run(self._live())

    def drain(self) -> None:
        """Stop with care."""
        if not self.dead:
            self.run(self._drain())

    def die(self) -> None:
        """See `Process`."""
        self.store.unplug()
        super().die()

    async def _live(self) -> None:
        await self._until_it_works(self.lease.begin)
        self.run(self._forever(self.lease.run))
        self.store.on_moved(self._moved)
        await self._until_it_works(self.recovery.look)
        loops = (self.timers.run, self.recovery.run, self.admission.run)
        self._taking_part = [self.run(self._forever(loop)) for loop in loops]
        self.serving = True
        self.note("up")

    async def _until_it_works(self, step: Callable[[], Coroutine[None, None, object]]) -> None:
        """In service a node that cannot start ends, and is started again."""
        while True:
            try:
                await step()
                return
            except StoreUnavailable:
                await self.clock.sleep(BEGIN_AGAIN_AFTER)

    async def _forever(self, loop: Callable[[], Coroutine[None, None, None]]) -> None:
        while True:
            try:
                await loop()
                return
            except Exception as fault:
                self.shared.loop.faults.append(fault)
                await self.clock.sleep(BEGIN_AGAIN_AFTER)

    async def _drain(self) -> None:
        self.note("draining")
        self.serving = False
        for task in self._taking_part:
            task.cancel()
        if not await self._drained(DRAIN * 2 / 3):
            self.performer.halt()
            await self._drained(DRAIN / 3)
        await self.performer.stop()
        await self.lease.end()
        self.note("stopped")
        self.die()

    async def _drained(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self.performer.drain()
        except TimeoutError:
            return False
        return True

    # What its parts tell each other

    def _outside(self) -> Outside:
        store, shared = self.store, self.shared
        lines = Lines(PUBLIC_URL, token, callback_key, self.handler.latest)
        permits = Permits(
            DESTINATIONS, RATES, store.take, lambda: store.live(PLACED), hashed, tuple, self.clock
        )
        return Outside(
            Gateway(shared.wire, self), self.business, Voice(),  # type: ignore[arg-type]
            shared.shelf.of(self, shared.starts_at), PUBLIC_URL, token, lines, permits,  # type: ignore[arg-type]
        )  # fmt: skip

    def _jitter(self) -> Callable[[], float]:
        numbers = count()
        return lambda: self.shared.chance.draw(f"jitter {self.label} {next(numbers)}")

    def _claims(self, call_id: str, effects: Sequence[AnyEffect]) -> frozenset[str]:
        return self.performer.claims(call_id, effects)

    def _after_commit(self, change: Change) -> None:
        snapshot = change.step.snapshot
        # What is begun here does not come of the delivery any more.
        delivery = DELIVERY.set(0)
        try:
            self.timers.remind(change.call_id, None if snapshot.closed else snapshot.next_due())
            self.admission.note(change)
            self.performer.add(snapshot, change.step.effects, change.claimed)
        finally:
            DELIVERY.reset(delivery)

    def _in_doubt(self, change: Change) -> None:
        self.recovery.doubt(change)

    def _lost(self) -> None:
        self.performer.drop()

    def _moved(self, moved: Sequence[Moved]) -> None:
        self.handler.forget(moved)
        at_hand = self.handler.at_hand
        self.timers.forget([each for each in moved if at_hand(each.call_id) is None])

    async def _wake(self, call_id: str) -> None:
        await self.handler.handle(Arrival(call_id, TimerFired()))
