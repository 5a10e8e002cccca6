"""A whole node against a whole Graph, in one process: over real HTTP, with a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from ivr.core.effects import KeepAlive
from ivr.core.values import Millis
from ivr.errors import UsageError
from ivr.flow.diagnostics import FlowError
from ivr.ports import Clock
from ivr.runtime.clock import SystemClock
from ivr.runtime.recovery import LOOK_EVERY
from ivr.server.node import Node, running
from ivr.server.parts import database_url
from ivr.server.settings import Settings
from ivr.simulator.graph.app import Options, create_app
from ivr.store.sql import SqlStore
from tests.graph.signing import APP, TENANT
from tests.server.wire import PATIENCE, listening
from tests.store.store_calls import change

FLOW = """
schema: 1
flow: greet
start: hello
on: { error: bye }
prompts: { hello: "Hello ${call.from}. Press 1.", bye: Goodbye. }
states:
  hello: { type: menu, prompt: hello, on: { "1": { label: Go, go: bye }, give_up: bye } }
  bye: { type: hangup, result: greeted, prompt: bye }
"""
SPEED = 20.0


class Later:
    """An application that is there later than its address."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class Hurried(SystemClock):
    """A clock on which loops do not sleep for long; `slept` is for how long they were to."""

    slept = 0

    async def sleep(self, length: Millis) -> None:
        await super().sleep(length // 100)
        self.slept += length


class Service:
    """A simulated Graph, and nodes that take its calls, one after the other."""

    def __init__(self, folder: Path, graph: str, engine: str, door: Later) -> None:
        (folder / "flows" / "greet").mkdir(parents=True)
        (folder / "flows" / "greet" / "flow.yaml").write_text(FLOW)
        self.folder, self.door = folder, door
        self.client = httpx.AsyncClient(base_url=graph, timeout=PATIENCE, trust_env=False)
        self.settings = Settings(
            flows=str(folder / "flows"),
            data_dir=str(folder / "data"),
            speech="none",
            public_url=engine,
            app_id=APP,
            app_secret="any",
            tenant_id=TENANT,
            graph_url=f"{graph}/v1.0",
            login_url=graph,
            webhook_metadata_urls=[f"{graph}/v1/.well-known/OpenIdConfiguration"],
        )

    @asynccontextmanager
    async def node(self, clock: Clock | None = None) -> AsyncIterator[Node]:
        """A node that is ready."""
        async with running(self.settings, clock) as node:
            self.door.app = node.app()
            await until(lambda: all(node.readiness().values()))
            yield node

    async def ask(self, path: str) -> httpx.Response:
        """Ask the node."""
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.get(f"{self.settings.public_url}{path}")

    async def control(self, path: str, **body: Any) -> Any:
        """Control the simulator."""
        answer = await self.client.post(path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def place(self) -> str:
        return str((await self.control("/sim/calls"))["id"])

    async def call(self, call_id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.client.get(f"/sim/calls/{call_id}")).json()
        return found


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    async with AsyncExitStack() as stack:
        door = Later()
        engine = f"http://127.0.0.1:{await stack.enter_async_context(listening(door))}"
        client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        options = Options(speed=SPEED)
        sim = create_app(f"{engine}/api/calls", APP, TENANT, options=options, client=client)
        graph = f"http://127.0.0.1:{await stack.enter_async_context(listening(sim))}"
        service = Service(tmp_path, graph, engine, door)
        stack.push_async_callback(service.client.aclose)
        yield service


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Return as soon as it is so."""
    async with asyncio.timeout(2 * PATIENCE):
        while True:
            found = condition()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.005)


async def asked(service: Service, call_id: str) -> bool:
    """Whether the caller has heard the question to its end."""
    heard = (await service.call(call_id))["heard"]
    return bool(heard) and heard[0]["ended_ms"] is not None


async def test_a_caller_is_greeted_presses_a_key_and_is_let_go(service: Service) -> None:
    async with service.node() as node:
        call_id = await service.place()
        await until(lambda: asked(service, call_id))
        await service.control(f"/sim/calls/{call_id}/press", keys="1")
        await until(lambda: closed(node, call_id))
        [row] = await node.store.calls()
    assert (row.result, row.phase) == ("greeted", "ended")


async def closed(node: Node, call_id: str) -> bool:
    return await node.store.load(call_id) is None


@pytest.mark.problem("P36", fault="cold_process")
async def test_a_node_says_what_it_lacks_until_it_lacks_nothing(service: Service) -> None:
    async with service.node() as node:
        answer = await service.ask("/readyz")
        assert (answer.status_code, set(answer.json().values())) == (200, {True})
        node.begin_to_stop()
        answer = await service.ask("/readyz")
        assert (answer.status_code, answer.json()["serving"]) == (503, False)
        node.lease.lose()
        assert not (await service.ask("/readyz")).json()["lease"]
        await node.store.close()
        answer = await service.ask("/readyz")
        assert (answer.status_code, answer.json()["store"]) == (503, False)
        assert (await service.ask("/livez")).status_code == 200


async def test_a_node_that_cannot_reach_graph_lives_and_is_not_ready(service: Service) -> None:
    service.settings.login_url = "http://127.0.0.1:1"
    service.settings.webhook_metadata_urls = ["http://127.0.0.1:1/keys"]
    async with running(service.settings) as node:
        found = await node.probe()
    assert found == {
        "flows": True, "keys": False, "token": False, "lease": True, "serving": True, "store": True,
    }  # fmt: skip


async def test_a_call_whose_end_got_lost_is_found_out_by_an_empty_post(service: Service) -> None:
    async with service.node() as node:
        call_id = await service.place()
        await until(lambda: asked(service, call_id))
        await service.control("/sim/faults", target="notification", times=9, drop=True)
        await service.control(f"/sim/calls/{call_id}/hangup")
        own = f"/api/calls/{node.sealer.callback_key(call_id)}"
        assert await node._reconcile(own.rpartition("/")[2], None)
        await until(lambda: closed(node, call_id))
        assert not await node._reconcile("0" * 32, None)


@pytest.mark.problem("P58", fault="rolling_restart")
async def test_a_call_goes_on_with_the_next_node(service: Service) -> None:
    async with service.node():
        call_id = await service.place()
        await until(lambda: asked(service, call_id))
    (service.folder / "flows" / "greet" / "flow.yaml").write_text(FLOW.replace("Goodbye", "Bye"))
    async with service.node() as node:
        await service.control(f"/sim/calls/{call_id}/press", keys="1")
        await until(lambda: closed(node, call_id))
        [row] = await node.store.calls()
    assert row.result == "greeted"


@pytest.mark.parametrize(("patience", "finished"), [(30, True), (0, False)])
async def test_what_is_in_hand_is_finished_before_the_end_but_not_for_ever(
    service: Service, patience: int, finished: bool
) -> None:
    await service.control("/sim/faults", target="keepAlive", times=1, delay_ms=300)
    service.settings.drain_seconds = patience
    async with service.node() as node:
        call_id = await service.place()
        await until(lambda: asked(service, call_id))
        loaded = await node.store.load(call_id)
        assert loaded is not None
        keep_alive = KeepAlive(f"{call_id}.99")
        node.performer.add(loaded.snapshot, [keep_alive], {keep_alive.id})
        await node.drain()
        assert not node.readiness()["serving"]
        assert (len(node.performer) == 0) is finished
    assert [row.phase for row in await closed_store(service)] == ["connected"]


async def test_a_node_that_is_to_stop_takes_nothing_over(service: Service) -> None:
    clock = Hurried()
    async with service.node(clock) as node:
        await node.drain()
        dead = await SqlStore.open(database_url(service.settings), node.sealer)
        await dead.commit(change("left", 0, KeepAlive("left.1"), callback="left"))
        slept = clock.slept
        # The lease is renewed on and on: so long no other loop has slept.
        await until(lambda: clock.slept > slept + 3 * LOOK_EVERY)
        assert [each.begun for each in await dead.orphans()] == [False]
        await dead.close()


async def test_the_time_to_stop_counts_from_the_signal(service: Service) -> None:
    await service.control("/sim/faults", target="keepAlive", times=1, delay_ms=60_000)
    service.settings.drain_seconds = 0
    async with service.node() as node:
        call_id = await service.place()
        await until(lambda: asked(service, call_id))
        loaded = await node.store.load(call_id)
        assert loaded is not None
        keep_alive = KeepAlive(f"{call_id}.99")
        node.performer.add(loaded.snapshot, [keep_alive], {keep_alive.id})
        node.begin_to_stop()
        node.settings.drain_seconds = 3_600
        await node.drain()
        assert len(node.performer) == 1


async def closed_store(service: Service) -> list[Any]:
    """The calls as the next node finds them."""
    async with service.node() as node:
        return list(await node.store.calls())


async def test_a_call_for_which_there_is_no_room_is_turned_away(service: Service) -> None:
    service.settings.max_calls = 1
    async with service.node() as node:
        first = await service.place()
        await until(lambda: asked(service, first))
        second = await service.place()
        await until(lambda: ended(service, second))
        assert (await service.call(second))["heard"] == []
        assert (await service.call(first))["ended"] is None
        await until(lambda: closed(node, second))
        [row] = [row for row in await node.store.calls() if row.call_id == second]
    assert row.result == "rejected"


async def ended(service: Service, call_id: str) -> bool:
    return (await service.call(call_id))["ended"] is not None


async def test_flows_with_mistakes_start_no_node(service: Service) -> None:
    (service.folder / "flows" / "greet" / "flow.yaml").write_text(FLOW.replace("go: bye", "go: by"))
    with pytest.raises(FlowError):
        async with running(service.settings):
            pass


async def test_flows_are_published_all_together_or_not_at_all(service: Service) -> None:
    async with running(service.settings) as node:
        before = node.library.current
        other = service.folder / "flows" / "other"
        other.mkdir()
        (other / "flow.yaml").write_text("nonsense")
        with pytest.raises(FlowError):
            await node.publish(service.folder / "flows")
        assert node.library.current is before


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("data_dir", "flows/greet/flow.yaml", "IVR_DATA_DIR"),
        ("seal_key", "short", "IVR_SEAL_KEY"),
        ("database_url", "mysql://root:hunter2@db/ivr", "IVR_DATABASE_URL"),
        ("flows", "nowhere", "nowhere"),
    ],
)
async def test_a_setting_that_cannot_be_used_is_told(
    service: Service, setting: str, value: str, told: str
) -> None:
    whole = str(service.folder / value) if setting in {"data_dir", "flows"} else value
    setattr(service.settings, setting, whole)
    with pytest.raises(UsageError, match=told) as caught:
        async with running(service.settings):
            pass
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("sqlite:///ivr.db", "sqlite:////data/ivr.db"),
        ("sqlite:////var/ivr.db", "sqlite:////var/ivr.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql://db/ivr", "postgresql://db/ivr"),
    ],
)
def test_a_relative_database_lies_in_the_data_folder(url: str, meant: str) -> None:
    assert database_url(Settings(database_url=url, data_dir="/data")) == meant
