"""Two nodes, one database: any of them takes any notification and serves any prompt."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count

import httpx
import pytest
from msgspec.structs import replace
from starlette.types import ASGIApp, Receive, Scope, Send

from ivr.server.node import Node, running
from tests.server.test_node import Service, asked, closed, service, until
from tests.store.postgres import postgres_url

__all__ = ["service"]


class Balancer:
    """A load balancer without stickiness, in front of whatever nodes there are."""

    def __init__(self, nodes: list[ASGIApp]) -> None:
        self.nodes = nodes
        self._turn = count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.nodes[next(self._turn) % len(self.nodes)](scope, receive, send)


class Pair:
    """Nodes `one` and `two`, each with a disk of its own."""

    def __init__(self, service: Service, url: str) -> None:
        self._service = service
        self._url = url
        self.nodes: dict[str, Node] = {}

    @asynccontextmanager
    async def node(self, name: str) -> AsyncIterator[Node]:
        settings = replace(
            self._service.settings,
            database_url=self._url,
            node=name,
            data_dir=str(self._service.folder / name),
            seal_key="00" * 32,
        )
        async with running(settings) as node:
            await until(lambda: all(node.readiness().values()))
            self.nodes[name] = node
            self._service.door.app = Balancer([each.app() for each in self.nodes.values()])
            yield node
            del self.nodes[name]
            self._service.door.app = Balancer([each.app() for each in self.nodes.values()])


@pytest.fixture
def url() -> Iterator[str]:
    with postgres_url() as url:
        yield url


@pytest.mark.problem("P57", fault="round_robin")
async def test_a_call_goes_to_whatever_node_is_asked(service: Service, url: str) -> None:
    pair = Pair(service, url)
    async with pair.node("one") as one, pair.node("two"):
        call_id = await service.place()
        await until(lambda: asked(service, call_id))
        await service.control(f"/sim/calls/{call_id}/press", keys="1")
        await until(lambda: closed(one, call_id))
        [row] = await one.store.calls()
        heard = (await service.call(call_id))["heard"]
    assert row.result == "greeted"
    assert len(heard) == 2


async def test_a_prompt_that_is_not_on_this_disk_is_on_another_s(
    service: Service, url: str
) -> None:
    pair = Pair(service, url)
    async with pair.node("one"), pair.node("two") as two:
        assert two.library.current is not None
        prompt = two.library.current.programs["greet"].prompts["bye"].fixed
        assert prompt is not None
        shutil.rmtree(service.folder / "two" / "audio")
        transport = httpx.ASGITransport(two.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://two") as client:
            answer = await client.get(f"/media/{prompt.file}.wav")
            assert (answer.status_code, answer.content[:4]) == (200, b"RIFF")
            assert two.audio.exists(prompt.file)
            assert (await client.get(f"/media/{'0' * 40}.wav")).status_code == 404


async def test_what_a_node_leaves_another_does(service: Service, url: str) -> None:
    pair = Pair(service, url)
    async with AsyncExitStack() as stack:
        two = await stack.enter_async_context(pair.node("two"))
        async with pair.node("one") as one:
            call_id = await service.place()
            await until(lambda: asked(service, call_id))
            await one.drain()
        await service.control(f"/sim/calls/{call_id}/press", keys="1")
        await until(lambda: closed(two, call_id))
        [row] = await two.store.calls()
        heard = (await service.call(call_id))["heard"]
    assert row.result == "greeted"
    assert len(heard) == 2
