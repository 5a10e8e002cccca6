"""One run, put together: the simulated Graph, the business system, the nodes and the people."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from random import Random

import httpx
import uvicorn

from ivr.core.values import Caller, Target
from ivr.runtime.leg_keys import PlacedLeg
from ivr.simulator.graph.leg import Leg
from ivr.simulator.phone.rules import Call
from soak.balancer import Balancer, Nodes, Postman
from soak.business import Business
from soak.callers import EXPERT, TEMPERS, Person, Temper
from soak.dialler import Dialler
from soak.graph import APP, TENANT, WatchedGraph
from soak.history import History, Rang
from soak.nodes import Node
from soak.options import Options
from soak.ports import free_port
from soak.settings import PUBLIC, Shared

DOORMAN = "+442079460303"
AT_THE_DOOR = 0.1
"""How many of the calls come to the flow that decides before it answers."""

RAMP = 8.0
"""Seconds within which the first callers ring."""

_PAUSE = (0.1, 1.5)


class World:
    """Everything but the nemesis."""

    def __init__(self, options: Options, history: History, folder: Path, database: str) -> None:
        self.options, self.history = options, history
        self.quiet = asyncio.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.shared = Shared(self.address, database)
        self.nodes = {name: self._node(name, folder) for name in names(options.nodes)}
        ports = {name: node.port for name, node in self.nodes.items()}
        turns = Nodes(ports)
        self.graph = WatchedGraph(
            f"{PUBLIC}/api/calls", Postman(turns, ports, history), history, self.shared.sealer,
            self.chance("graph"), most_calls=20 * options.calls,
        )  # fmt: skip
        self.graph.on_placed = self._answer
        self.client = httpx.AsyncClient(
            transport=Balancer(turns, ports), base_url=PUBLIC,
            headers={"Authorization": f"Bearer {self.shared.admin_token}"},
        )  # fmt: skip
        self.dialler = Dialler(self.client, history, self.chance("dialler"))
        self.business = Business(history, self.chance("business"))
        self._rung = 0
        self._people: set[asyncio.Task[None]] = set()

    def chance(self, purpose: str) -> Random:
        """What the seed draws for one purpose."""
        return Random(f"{self.options.seed} {purpose}")

    @property
    def on_the_line(self) -> int:
        """How many people are on a line at this moment."""
        return len(self._people)

    async def callers(self) -> None:
        """Keep so many calls in progress, until cancelled; those on the line stay there."""
        async with asyncio.TaskGroup() as group:
            for number in range(self.options.calls):
                group.create_task(self._call_again_and_again(self.chance(f"caller {number}")))

    def _node(self, name: str, folder: Path) -> Node:
        place = folder / name
        place.mkdir()
        port = free_port()
        return Node(name, port, self.shared.environ(name, port), place / "log", self.history)

    async def _call_again_and_again(self, chance: Random) -> None:
        await asyncio.sleep(chance.uniform(0, RAMP))
        while True:
            # A caller stays on the line when no more calls are wanted.
            await asyncio.shield(self._somebody(self._ring(chance), chance))
            await asyncio.sleep(chance.uniform(*_PAUSE))

    def _ring(self, chance: Random) -> Leg:
        self._rung += 1
        at_the_door = chance.random() < AT_THE_DOOR
        called = Target("phone", DOORMAN) if at_the_door else Target("app", APP)
        call = Call(
            at=self.graph.clock.now(), caller=Caller("phone", f"+4416329{self._rung:05}"),
            to=f"{called.kind}:{called.id}", tenant=TENANT, bot=APP,
        )  # fmt: skip
        leg = self.graph.ring(call, called, f"{self.address}/", legacy=False)
        self.history.add(Rang(time.time(), leg.id, "at the door" if at_the_door else "caller"))
        return leg

    def _answer(self, leg: Leg, placed: PlacedLeg) -> None:
        """Somebody whom the engine calls: an expert, or a person of its own choice."""
        chance = self.chance(f"called {placed.leg}")
        expert = not placed.call_id.startswith("out-")
        self._somebody(leg, chance, EXPERT if expert else None)

    def _somebody(
        self, leg: Leg, chance: Random, temper: Temper | None = None
    ) -> asyncio.Task[None]:
        temper = temper or chance.choice(TEMPERS)
        person = Person(self.graph, leg, temper, chance, self.history, self.quiet)
        task = asyncio.create_task(person.live())
        self._people.add(task)
        task.add_done_callback(self._people.discard)
        return task


def names(nodes: int) -> list[str]:
    """The names of the nodes."""
    return [f"n{number}" for number in range(1, nodes + 1)]


class _Server(uvicorn.Server):
    """Leaves the signals to the harness."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def serving(world: World) -> AsyncIterator[None]:
    """Graph and the business system, while they are needed; at the end every node is ended."""
    app = world.graph.app(world.business.app())
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    server = _Server(config)
    task = asyncio.create_task(server.serve([world.listener]))
    try:
        yield
    finally:
        for node in world.nodes.values():
            node.abandon()
        server.should_exit = True
        server.force_exit = True
        await asyncio.gather(task, return_exceptions=True)
        await world.graph.close()
        await world.client.aclose()
