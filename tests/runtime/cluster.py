"""Many nodes of one service, which are killed, stopped and started while calls go on.

    async with cluster(2) as nodes:
        nodes.teams.ring()
        await nodes.clock.pass_(1_000)
        nodes[0].power.turn_off()

Every node has its real lease, its loops and its own view of the store, which is in memory. All
that a node must never do is checked when it does it, and found in `wrong`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from ivr.core.effects import AnyEffect, CheckCall
from ivr.core.events import AnyEvent, Arrival
from ivr.core.snapshot import Snapshot
from ivr.core.values import Millis, kind_of
from ivr.errors import Fenced, NotSent, StoreUnavailable
from ivr.ports import Change, Loaded, Outgoing
from ivr.runtime.lease import Holding, Lease
from tests.runtime.power import Power
from tests.runtime.teams import Teams
from tests.runtime.virtual import VirtualClock, settled
from tests.runtime.world import MENU, TENANT, FakeLine, FlakyStore, World
from tests.universe import CALL_ID


class NodeStore(FlakyStore):
    """One node's view of the store. Before and after all it does, the node takes a `step`."""

    lease_ends: Millis = 0

    async def step(self) -> None:
        """Where a node may die."""

    async def enlist(self, node: str, lease: Millis) -> None:
        await super().enlist(node, lease)
        self.lease_ends = self._clock() + lease

    async def renew(self) -> None:
        await super().renew()
        self.lease_ends = self._clock() + self._lease

    async def load(self, call_id: str) -> Loaded | None:
        await self.step()
        return await super().load(call_id)

    async def commit(self, change: Change) -> frozenset[str]:
        await self.step()
        granted = await super().commit(change)
        await self.step()
        return granted

    async def claim(self, call_id: str, effect_id: str) -> bool:
        await self.step()
        claimed = await super().claim(call_id, effect_id)
        await self.step()
        return claimed

    async def orphans(self, limit: int = 1000) -> Sequence[Outgoing]:
        await self.step()
        found = await super().orphans(limit)
        await self.step()
        return found


class Node(World):
    """One node that may die: with the step `dies_at`, or when it is killed.

    `sending` are the kinds of what it has sent and has no answer to yet.
    """

    store: NodeStore

    def __init__(self, name: str, source: str, cluster: Cluster) -> None:
        self.name, self._cluster = name, cluster
        self.power = Power()
        self.steps = 0
        self.dies_at: int | None = None
        self.sending: list[str] = []
        super().__init__(source, beside=cluster)
        self.wrong = cluster.wrong
        self.store.step = self._step  # type: ignore[method-assign]
        self.store.on_moved(lambda moved: self.power.call(lambda: self._moved(moved)))

    async def live(self) -> None:
        """Take part, as `ivr.server.node.running` does."""
        assert isinstance(self.lease, Lease)
        await self.lease.begin()
        await self.recovery.look()
        await self.admission.look()
        for part in (self.lease, self.timers, self.recovery, self.admission):
            self.power.start(part.run())

    async def take(self, arrival: Arrival) -> bool:
        """Whether the node has taken it: 202 and not 503."""
        try:
            await self.handler.handle(arrival)
        except StoreUnavailable:
            return False
        return True

    async def _step(self) -> None:
        self.steps += 1
        if self.steps == self.dies_at:
            self.power.turn_off()
        if not self.power.on:
            await asyncio.sleep(0)

    def _open(self, shared: FlakyStore | None) -> FlakyStore:
        return NodeStore(shared, self.clock.now, self.clock.sleep)

    def _make_lease(self) -> Holding:
        return Lease(self.store, self.clock, self.name, self._lost, self.clock.now)

    def _lost(self) -> None:
        self.performer.drop()

    async def _perform(self, effect: AnyEffect, snapshot: Snapshot) -> Sequence[AnyEvent]:
        await self._step()
        if not self.lease.fresh:  # as `ivr.runtime.leased` does
            raise Fenced
        self._cluster.judge(self, effect)
        self.sending.append(kind_of(effect))
        try:
            told = await super()._perform(effect, snapshot)
        except NotSent:
            self._cluster.sent[effect.id] -= 1
            raise
        finally:
            self.sending.remove(kind_of(effect))
        await self._step()
        return told


class Cluster:
    """The nodes, the telephone service, and what no node may ever do."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.clock = VirtualClock()
        self.store: FlakyStore = FlakyStore(None, self.clock.now, self.clock.sleep)
        self.teams = Teams(self.clock, self.deliver)
        self.line: FakeLine = self.teams
        self.nodes: list[Node] = []
        self.sent: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._turn = 0

    def __getitem__(self, number: int) -> Node:
        return self.nodes[number]

    async def start(self, name: str) -> Node:
        """One more node, or the successor of one that was killed."""
        node = Node(name, self._source, self)
        self.nodes.append(node)
        node.power.start(node.live())
        await settled()
        return node

    async def deliver(self, call: str, event: AnyEvent) -> bool:
        """Tell any node that lives; whether it was taken within a second."""
        living = [node for node in self.nodes if node.power.on]
        if not living:
            return False
        self._turn += 1
        node = living[self._turn % len(living)]
        taking = node.power.start(node.take(Arrival(call, event, sender=TENANT)))
        patience = asyncio.create_task(self.clock.sleep(1_000))
        await asyncio.wait({taking, patience}, return_when=asyncio.FIRST_COMPLETED)
        patience.cancel()
        return taking.done() and taking.result()

    def judge(self, node: Node, effect: AnyEffect) -> None:
        """Note what is wrong with sending this effect now."""
        if isinstance(effect, CheckCall):
            return
        if node.store.lease_ends <= self.clock.now():
            self.wrong.append(f"{node.name} sent {effect.id} without a lease")
        self.sent[effect.id] += 1
        if self.sent[effect.id] > 1 and not effect.repeatable:
            self.wrong.append(f"{effect} was sent again though it may have been carried out")

    async def is_closed(self, call: str = CALL_ID) -> bool:
        return await self.store.load(call) is None and await self.store.known(call)

    async def until_closed(self, within: Millis, call: str = CALL_ID) -> None:
        """Let time pass until the call is over, which it is to be `within` so long."""
        end = self.clock.now() + within
        while not await self.is_closed(call):
            assert self.clock.now() < end, f"{call} is stuck"
            await self.clock.pass_(500)


@asynccontextmanager
async def cluster(count: int = 2, source: str = MENU) -> AsyncIterator[Cluster]:
    """So many nodes, called `node-0` and so on, at work."""
    made = Cluster(source)
    for number in range(count):
        await made.start(f"node-{number}")
    yield made
    await made.teams.end()
    for node in made.nodes:
        await node.power.end()
    asyncio.get_running_loop().set_task_factory(None)
    assert not made.wrong, made.wrong
