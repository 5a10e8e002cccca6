"""What the harness notes at its doors: notifications that go out, commands that come in."""

from __future__ import annotations

import asyncio
import json
from random import Random

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ivr.runtime.leg_keys import PlacedLeg, leg_key
from ivr.simulator.phone.rules import Call
from ivr.store.seal import KEY_BYTES, Sealer
from soak.balancer import Balancer, Nodes, Postman
from soak.graph import TENANT, Watch, WatchedGraph
from soak.history import Commanded, History, Placed, Posted
from soak.ports import answers_ready, free_port
from tests.simulator.on_loopback import served

LINE = "11111111-2222-4333-8444-555555555555"
PUBLIC = "http://127.0.0.1:9"
TONE = {
    "value": [
        {
            "changeType": "updated",
            "resourceUrl": f"/communications/calls/{LINE}",
            "resourceData": {
                "@odata.type": "#microsoft.graph.call",
                "state": "established",
                "toneInfo": {"sequenceId": 1, "tone": "tone1"},
            },
        }
    ]
}


def node(status: int = 202) -> Starlette:
    async def take(_: Request) -> Response:
        return Response(status_code=status)

    routes = [Route("/api/calls", take, methods=["POST"]), Route("/readyz", take)]
    return Starlette(routes=routes)


def postman(history: History, **ports: int) -> Postman:
    return Postman(Nodes(ports), ports, history)


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


async def tell(client: httpx.AsyncClient) -> int:
    headers = {"Content-Type": "application/json"}
    answer = await client.post(f"{PUBLIC}/api/calls", content=json.dumps(TONE).encode(),
                               headers=headers)  # fmt: skip
    return answer.status_code


async def test_a_node_that_accepts_no_connection_is_passed_over() -> None:
    history = History()
    with served(node()) as address:
        async with postman(history, n1=free_port(), n2=port_of(address)) as client:
            statuses = [await tell(client) for _ in range(3)]
    assert statuses == [202] * 3
    posts = history.of(Posted)
    assert [(post.node, post.line, post.status) for post in posts] == [("n2", LINE, 202)] * 3
    assert posts[0].kinds == ("tone_pressed",)


async def test_nodes_take_turns() -> None:
    history = History()
    with served(node()) as one, served(node(503)) as other:
        async with postman(history, n1=port_of(one), n2=port_of(other)) as client:
            for _ in range(4):
                await tell(client)
    posts = [(post.node, post.status) for post in history.of(Posted)]
    assert posts == [("n1", 202), ("n2", 503)] * 2


async def test_whoever_takes_it_and_does_not_answer_is_not_passed_over() -> None:
    history = History()

    async def break_off(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(break_off, "127.0.0.1", 0)
    with served(node()) as address:
        port = server.sockets[0].getsockname()[1]
        async with postman(history, n1=port, n2=port_of(address)) as client:
            with pytest.raises(httpx.ReadError):
                await tell(client)
            assert await tell(client) == 202
    server.close()
    assert [(post.node, post.status) for post in history.of(Posted)] == [("n1", 0), ("n2", 202)]


async def test_other_requests_are_spread_as_well() -> None:
    with served(node(200)) as address:
        ports = {"n1": free_port(), "n2": port_of(address)}
        transport = Balancer(Nodes(ports), ports)
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
            statuses = [(await client.get("/readyz")).status_code for _ in range(3)]
    assert statuses == [200] * 3


async def test_nobody_there_is_no_answer() -> None:
    history = History()
    async with postman(history, n1=free_port()) as client:
        with pytest.raises(httpx.ConnectError):
            await tell(client)
    (post,) = history.of(Posted)
    assert (post.node, post.status) == ("", 0)


async def test_a_command_is_noted_with_its_context_and_its_answer() -> None:
    history = History()

    async def play(request: Request) -> Response:
        await request.body()
        return Response(status_code=409)

    inner = Starlette(routes=[Route("/v1.0/{rest:path}", play, methods=["POST", "DELETE"])])
    transport = httpx.ASGITransport(Watch(inner, history))
    async with httpx.AsyncClient(transport=transport, base_url="http://graph") as client:
        calls = "/v1.0/communications/calls"
        await client.post(f"{calls}/{LINE}/playPrompt", json={"clientContext": f"{LINE}.3"})
        identity = {"user": {"id": "somebody"}}
        target = {"transferTarget": {"identity": identity}}
        await client.post(f"{calls}/{LINE}/transfer", json=target)
        await client.request("DELETE", f"{calls}/{LINE}")
        await client.post(calls, json={"targets": [{"identity": identity}]})
        await client.post("/v1.0/users/x/onlineMeetings", json={})
    seen = [(each.line, each.action, each.context, each.to) for each in history.of(Commanded)]
    assert seen == [
        (LINE, "playPrompt", f"{LINE}.3", ""),
        (LINE, "transfer", "", "somebody"),
        (LINE, "hang_up", "", ""),
        ("", "create", "", "somebody"),
    ]
    assert {each.status for each in history.of(Commanded)} == {409}


async def test_a_leg_is_known_by_its_callback() -> None:
    history, sealer = History(), Sealer(bytes(KEY_BYTES))
    client = postman(history, n1=free_port())
    graph = WatchedGraph(f"{PUBLIC}/api/calls", client, history, sealer, Random("a"), 10)
    told: list[PlacedLeg] = []
    graph.on_placed = lambda leg, placed: told.append(placed)
    placed = PlacedLeg("out-1", "out-1.1")
    key = leg_key(sealer.token, placed)
    call = Call(at=graph.clock.now(), to="user:somebody", tenant=TENANT, outgoing=True)
    leg = graph.dial(call, f"{PUBLIC}/api/calls/{key}", "http://graph/")
    await graph.close()
    assert told == [placed]
    (entry,) = history.of(Placed)
    assert (entry.line, entry.call, entry.leg) == (leg.id, "out-1", "out-1.1")


async def test_a_node_is_asked_whether_it_is_ready() -> None:
    with served(node(200)) as ready, served(node(503)) as busy:
        assert await answers_ready(port_of(ready))
        assert not await answers_ready(port_of(busy))
    assert not await answers_ready(free_port())
