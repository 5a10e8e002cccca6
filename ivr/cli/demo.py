"""`ivr demo`: a whole call between the engine and a simulated Teams, in one process.

The runtime is the real one, with its store, its webhook and its Graph client; on the other
side of real HTTP on loopback stands the simulator. At a terminal you are the caller; without
one a caller follows a script.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

import click
import httpx
import uvicorn
from starlette.applications import Starlette

from ivr.cli.demo_caller import Caller, Keypad, Script
from ivr.cli.demo_screen import Screen
from ivr.cli.flows import sample_flows
from ivr.core.effects import SendRequest
from ivr.core.events import AnyEvent, HttpAnswered
from ivr.core.program import Program
from ivr.core.values import Millis
from ivr.errors import UsageError
from ivr.runtime.clock import SystemClock
from ivr.server.logs import configure
from ivr.server.node import Node, running
from ivr.server.settings import Settings, read_settings
from ivr.simulator.caller import read_keys
from ivr.simulator.graph.app import Options, create_app
from ivr.simulator.samples import sample_body

APP = "11111111-2222-4333-8444-555555555555"
TENANT = "99999999-8888-4777-8666-555555555555"
SCRIPT = "1,say"
SCRIPT_SPEED = 6.0
LOOK_EVERY = 0.04
READY_WITHIN = 30.0


@click.command(short_help="Place a call through the sample flows; needs no account.")
@click.option("--flow", help="The flow that answers; the one with `default: true` if not given.")
@click.option("--keys", help="Follow this script: one item per question, such as 1,wait,say.")
@click.option("--wire/--no-wire", default=True, help="Show what crosses the wire.")
def command(flow: str | None, keys: str | None, wire: bool) -> None:
    """Start the engine and a simulated Microsoft Teams, place a call, and show it.

    At a terminal you press the keys yourself. Without one a scripted caller reports a fault, is
    not put through, and leaves a message. Nothing leaves this machine and nothing is kept.
    """
    configure("critical", as_json=False)
    person = sys.stdin.isatty() and sys.stdout.isatty() and find_spec("termios") is not None
    interactive = keys is None and person
    items = None if interactive else read_keys(SCRIPT if keys is None else keys)
    with (
        tempfile.TemporaryDirectory(prefix="ivr-demo-") as folder,
        contextlib.suppress(KeyboardInterrupt),
    ):
        asyncio.run(_demo(Path(folder), flow, items, wire))


async def _demo(folder: Path, flow: str | None, items: list[str] | None, wire: bool) -> None:
    began = time.monotonic()
    speed = 1.0 if items is None else SCRIPT_SPEED
    engine, graph = _bound(), _bound()
    settings = _settings(folder, _url(engine), _url(graph))
    sim = create_app(f"{_url(engine)}/api/calls", APP, TENANT, options=Options(speed=speed))
    business, clock = SampleBusiness(), ShiftedClock()
    async with _served(sim, graph), running(settings, clock, business) as node:
        business.node = node
        program = _program(node, flow)
        clock.move_to_opening(program)
        async with _served(node.app(), engine), httpx.AsyncClient(base_url=_url(graph)) as client:
            await _ready(node)
            screen = Screen(node, program, wire=wire)
            caller = Keypad(client) if items is None else Script(client, items)
            screen.started(time.monotonic() - began, _url(engine), _url(graph), caller.help)
            await _call(node, program, caller, screen)


async def _call(node: Node, program: Program, caller: Caller, screen: Screen) -> None:
    with caller:
        call_id = await caller.place(_number(node, program))
        while True:
            story = await caller.story(call_id)
            await screen.look(call_id, story)
            if story["ended"] is not None and await _closed(node, call_id):
                break
            await caller.act(call_id, story, node.handler.at_hand(call_id))
            await asyncio.sleep(LOOK_EVERY)
        await screen.look(call_id, await caller.story(call_id))
    await screen.ended(call_id)


async def _closed(node: Node, call_id: str) -> bool:
    return await node.store.load(call_id) is None


def _program(node: Node, flow: str | None) -> Program:
    bundle = node.library.current
    program = bundle.default() if bundle and flow is None else None
    if bundle and flow is not None:
        program = bundle.programs.get(flow)
    if bundle is None or program is None:
        raise UsageError(f"There is no flow {flow!r} among the samples that takes calls.")
    if program is not bundle.default() and not bundle.flows[program.flow].options.numbers:
        raise UsageError(f"{program.flow} has no number to call: try `ivr call {program.flow}`.")
    return program


def _number(node: Node, program: Program) -> str:
    bundle = node.library.current
    numbers = bundle.flows[program.flow].options.numbers if bundle else []
    return numbers[0] if numbers else ""


def _settings(folder: Path, engine: str, graph: str) -> Settings:
    flows = sample_flows()
    settings = read_settings({}, flows.parent / "ivr.toml")
    settings.flows, settings.data_dir = str(flows), str(folder)
    settings.public_url, settings.app_id, settings.tenant_id = engine, APP, TENANT
    settings.app_secret = "simulated"  # noqa: S105 - for a simulator that takes any
    settings.graph_url, settings.login_url = f"{graph}/v1.0", graph
    settings.webhook_metadata_urls = [f"{graph}/v1/.well-known/OpenIdConfiguration"]
    settings.speech = _speech()
    return settings


def _speech() -> str:
    try:
        import espeakng_loader  # noqa: F401
    except ImportError:
        return "none"
    return "espeak"


def _bound() -> socket.socket:
    free = socket.socket()
    free.bind(("127.0.0.1", 0))
    return free


def _url(bound: socket.socket) -> str:
    return f"http://127.0.0.1:{bound.getsockname()[1]}"


@asynccontextmanager
async def _served(app: Starlette, bound: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    with contextlib.ExitStack() as stack:
        # The signals stay with whoever runs the demo.
        stack.callback(bound.close)
        task = asyncio.create_task(server._serve([bound]))
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        try:
            yield
        finally:
            server.should_exit = server.force_exit = True
            await task


async def _ready(node: Node) -> None:
    async with asyncio.timeout(READY_WITHIN):
        while not all(node.readiness().values()):
            await asyncio.sleep(0.01)


class ShiftedClock(SystemClock):
    """The machine's time, moved to the next opening hour so that somebody is in."""

    def __init__(self) -> None:
        self._offset: Millis = 0

    def move_to_opening(self, program: Program) -> None:
        """From now on it is a minute after the flow's next opening."""
        now = super().now()
        found = [calendar.next_opening(now) for calendar in program.calendars.values()]
        opening = min((at for at in found if at is not None), default=now)
        self._offset = opening - now + (60_000 if opening > now else 0)

    def now(self) -> Millis:
        """Milliseconds since 1970 (UTC), as the demo has it."""
        return super().now() + self._offset


class SampleBusiness:
    """Business systems that say yes to everything, with made-up values."""

    node: Node

    async def send(self, request: SendRequest) -> AnyEvent:
        """Answer with what the asking state can use."""
        snapshot = self.node.handler.at_hand(request.id.rpartition(".")[0])
        program = self.node.library.program_of(snapshot) if snapshot else None
        if snapshot is None or program is None:
            return HttpAnswered(request.id, 404)
        visit = snapshot.visits[-1]
        own = program.flows[visit.flow]
        return HttpAnswered(request.id, 200, sample_body(own, own.states[visit.state]))
