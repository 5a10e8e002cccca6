"""A whole service on time that jumps: callers, the simulated Graph with its faults, and our nodes.

    place.strike()                      # the fault of the test's mark is in force from here on
    call = await place.ring(MENU)
    await place.pass_(5 * SECOND)
    place.press(call, "1")
    assert place.heard(call) == ["choose"]

Callers hear, press, speak and hang up; what they live through is what a test is about.
"""

from __future__ import annotations

import asyncio
from itertools import count
from pathlib import Path

import httpx
from starlette.responses import Response
from starlette.types import ASGIApp

from ivr.core.events import Arrival, CallWanted
from ivr.core.snapshot import Snapshot
from ivr.core.values import Caller, Millis, Target
from ivr.ports import CallRow
from ivr.simulator.faults.catalogue import fault_named
from ivr.simulator.faults.fault import Fault
from ivr.simulator.graph.app import GraphServer, Options, create_app
from ivr.simulator.graph.leg import Leg
from ivr.simulator.graph.log import Exchange
from ivr.simulator.phone.rules import Call
from tests.problems.loop import JumpingLoop
from tests.problems.node import GRAPH, HOST, PUBLIC, Node, Shared, Trusted
from tests.problems.wire import Wire
from tests.simulator.graph_world import APP_ID, TENANT

SECOND: Millis = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
OUT = f"out-{'0' * 32}"
"""The id of a call that the engine places."""

LINE = Target("instance", "55555555-5555-4555-8555-555555555555")
CALLER = Caller("phone", "+442079460100")
_numbers = count()
LISTENS_EACH: Millis = 300
LOOKS = ("get",)
"""Requests that change nothing."""


class Place:
    """See the module. With `may_miss` the fault is one that must find nothing to hit."""

    def __init__(self, folder: Path, fault: str = "") -> None:
        self._folder = folder / str(next(_numbers))
        self.fault = fault
        self._planned: list[tuple[Fault, int]] = []
        self.may_miss = False
        self.shared = Shared()
        self.trusted = Trusted()
        self._apps: dict[str, ASGIApp] = {}
        self._wire = Wire(self._apps)
        self.graph = self._make_graph()
        self.nodes: list[Node] = []
        self._running: list[asyncio.Task[None]] = []

    # -- the service -----------------------------------------------------------------------

    async def serve(self, flow: str, nodes: int = 1, warm: Millis = 100) -> None:
        """Let so many nodes take calls with this flow, each notification at the next of them."""
        assert not self.nodes, "nodes serve one flow"
        for number in range(nodes):
            name = f"node-{number}.example"
            node = Node(self.shared, self._wire, self._folder, flow, self.trusted, name)
            self._apps[name] = node.app
            self.nodes.append(node)
            self._running.append(asyncio.create_task(node.run()))
        self.tunnel()
        if nodes > 1:
            hosts = [f"https://node-{number}.example" for number in range(nodes)]
            self.graph.notifier.nodes = tuple(hosts)
        await self.pass_(warm)

    def tunnel(self, status: int = 0) -> None:
        """What stands before the first node hands on, or answers with this status itself."""
        self._apps[HOST] = Response(status_code=status) if status else self.nodes[0].app

    @property
    def node(self) -> Node:
        """The only node, or the first one."""
        return self.nodes[0]

    async def end(self) -> None:
        """Stop everything."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.graph.close()
        for node in self.nodes:
            await node.aclose()
        assert all(node.wrong == [] for node in self.nodes)

    def _make_graph(self) -> GraphServer:
        client = httpx.AsyncClient(transport=self._wire)
        app = create_app(f"{PUBLIC}/api/calls", APP_ID, TENANT, options=Options(), client=client)
        self._apps["graph.example"] = app
        graph: GraphServer = app.state.graph
        return graph

    # -- what goes wrong -------------------------------------------------------------------

    def strike(self, times: int | None = None, call: str = "") -> None:
        """Put the fault of the test's mark in force, for one call if one is named."""
        planned = self.graph.faults.plan(*fault_named(self.fault).aimed(call, times))
        self._planned += [(each, each.times) for each in planned]

    def relent(self) -> None:
        """No fault is in force any more."""
        self.graph.faults.clear()

    @property
    def hit(self) -> bool:
        """Whether a fault that was put in force has hit anything."""
        return any(fault.times < times for fault, times in self._planned)

    @property
    def struck(self) -> bool:
        """Whether a fault was put in force."""
        return bool(self._planned)

    # -- callers ---------------------------------------------------------------------------

    async def ring(self, flow: str = "", caller: Caller = CALLER, tenant: str = TENANT) -> Leg:
        """Somebody calls the service; at first one that serves `flow` is started."""
        if flow:
            await self.serve(flow)
        call = Call(at=self.graph.clock.now(), caller=caller, to=str(LINE), tenant=tenant,
                    bot=APP_ID, phones=True)  # fmt: skip
        return self.graph.ring(call, LINE, f"{GRAPH}/", legacy=False)

    async def connect(self, flow: str = "") -> Leg:
        """Somebody calls, and is answered."""
        call = await self.ring(flow)
        await self.pass_(SECOND)
        assert call.phone.state == "established"
        return call

    async def dial(self, flow: str, **values: object) -> None:
        """The engine is asked to call somebody."""
        await self.serve(flow)
        await self.dial_again(OUT, **values)

    async def dial_again(self, call: str, **values: object) -> None:
        """The engine is asked to call somebody, under this id."""
        wanted = CallWanted("main", values, TENANT)
        assert await self.node.handler.handle(Arrival(call, wanted)) == "ok"

    def press(self, call: Leg, keys: str) -> None:
        """The caller presses keys, all at once."""
        for key in keys:
            assert call.phone.press(self.graph.clock.now(), key), call.phone.state
            self.graph.settle(call)

    async def talk(self, call: Leg, within: Millis = MINUTE, **answers: str) -> None:
        """The caller hears each prompt to its end and then presses what `answers` says."""
        end, done = self.shared.clock.now() + within, 0
        while not call.phone.ended and self.shared.clock.now() < end:
            await self.pass_(LISTENS_EACH)
            heard = [one for one in call.phone.heard if one.name != "beep"]
            if len(heard) > done and heard[done].ended is not None:
                keys = answers.get(_name(heard[done].name), "")
                done += 1
                if call.phone.state == "established":
                    self.press(call, keys)

    def hang_up(self, call: Leg) -> None:
        """The caller has had enough."""
        assert call.phone.hang_up_caller(self.graph.clock.now())
        self.graph.settle(call)

    async def pass_(self, length: Millis) -> None:
        """Let time pass, and all that happens in it."""
        await asyncio.sleep(length / 1000)

    def sleep(self, length: Millis) -> None:
        """Nothing happens for so long; all that was due meanwhile happens once, afterwards."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, JumpingLoop)
        loop.skip(length / 1000)

    async def settled(self) -> CallRow:
        """What became of the call that the engine was asked to place."""
        await self.pass_(2 * MINUTE)
        await self.hold(OUT, HOUR)
        return await self.until_closed(OUT)

    async def hold(self, call: str, length: Millis) -> None:
        """Let a quiet call go on for so long; what is due on it is done in time."""
        end = self.shared.clock.now() + length
        while (now := self.shared.clock.now()) < end and await self.shared.store.load(call):
            due = (await self.now(call)).next_due() or end
            self.sleep(max(min(due, end) - now - SECOND, 0))
            await self.pass_(2 * SECOND)

    async def until_closed(self, call: str, within: Millis = MINUTE) -> CallRow:
        """Let time pass until nothing is left to do for a call; its row."""
        end = self.shared.clock.now() + within
        while await self.shared.store.load(call) or not await self.shared.store.known(call):
            assert self.shared.clock.now() < end, f"the call is stuck: {await self.now(call)}"
            await self.pass_(500)
        return await self.row(call)

    # -- what a test looks at --------------------------------------------------------------

    def heard(self, call: Leg) -> list[str]:
        """The prompts that the caller has heard, those that were cut off too."""
        return [_name(one.name) for one in call.phone.heard if one.name != "beep"]

    def whole(self, call: Leg) -> list[str]:
        """The prompts that the caller has heard to their end."""
        heard = [one for one in call.phone.heard if one.whole and one.name != "beep"]
        return [_name(one.name) for one in heard]

    def exchanges(self, call: Leg, direction: str = "received") -> list[Exchange]:
        """What was asked of the simulated Graph for a call, or `sent` by it."""
        return [each for each in call.log if each.direction == direction]

    def asked(self, call: Leg, operation: str = "") -> list[str]:
        """The requests that could change a call, in order; or those of one kind."""
        made = [each.operation for each in self.exchanges(call)]
        wanted = [each for each in made if each not in LOOKS]
        return [each for each in made if each == operation] if operation else wanted

    def statuses(self, call: Leg) -> list[int]:
        """How the service has answered what it was told of a call."""
        return [each.status for each in self.exchanges(call, "sent") if each.method == "POST"]

    def clips(self) -> list[bytes]:
        """What is kept of recordings."""
        return [path.read_bytes() for path in self._folder.glob("recordings/*/*.wav")]

    @property
    def legs(self) -> list[Leg]:
        """All calls of the simulated Graph, the oldest first."""
        return list(self.graph.legs.values())

    async def row(self, call: str) -> CallRow:
        """What is kept of a call."""
        return next(row for row in await self.shared.store.calls() if row.call_id == call)

    async def lasted(self, call: str) -> Millis:
        """How long a call took that is over."""
        row = await self.row(call)
        assert row.ended_at is not None
        return row.ended_at - row.started_at

    async def now(self, call: str) -> Snapshot:
        """A call as it is."""
        loaded = await self.shared.store.load(call)
        assert loaded is not None, "the call is closed"
        return loaded.snapshot


def _name(address: str) -> str:
    return address.rpartition("/")[2].replace(".wav", "")
