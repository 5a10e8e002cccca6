"""The harness's own HTTP: what was not taken, what was not answered, and what is used again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from soak.ports import free_port
from soak.wire import NotAnswered, NotTaken, Wire

OK = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}"
ASKED = ("/api/calls", {"Content-Type": "application/json"}, b"[1]")


class Node:
    """Reads requests, and answers each with the same bytes, if any; `once` for one a connection."""

    def __init__(self, answer: bytes, *, once: bool = False) -> None:
        self.requests: list[bytes] = []
        self.served: set[asyncio.Task[None] | None] = set()
        self._answer = answer
        self._once = once

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.served.add(asyncio.current_task())
        while request := await reader.read(65_536):
            self.requests.append(request)
            writer.write(self._answer)
            if self._once:
                break
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def listening(node: Node, patience: float = 5.0) -> AsyncIterator[Wire]:
    """A wire to the node, while it is there."""
    server = await asyncio.start_server(node.serve, "127.0.0.1", 0)
    wire = Wire(server.sockets[0].getsockname()[1], patience)
    try:
        yield wire
    finally:
        wire.close()
        await asyncio.gather(*(task for task in node.served if task), return_exceptions=True)
        server.close()


async def test_a_connection_is_used_again() -> None:
    node = Node(OK)
    async with listening(node) as wire:
        assert [await wire.post(*ASKED) for _ in range(3)] == [202] * 3
    assert len(node.served) == 1
    head, _, body = node.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api/calls HTTP/1.1\r\n")
    assert b"Content-Length: 3" in head.split(b"\r\n")
    assert body == b"[1]"


async def test_posts_at_the_same_time_have_connections_of_their_own() -> None:
    node = Node(OK)
    async with listening(node) as wire:
        assert await asyncio.gather(*(wire.post(*ASKED) for _ in range(3))) == [202] * 3
    assert len(node.served) == 3


async def test_nobody_takes_it() -> None:
    with pytest.raises(NotTaken):
        await Wire(free_port(), 5.0).post(*ASKED)


async def test_whoever_takes_it_may_not_answer_in_time() -> None:
    node = Node(b"")
    async with listening(node, patience=0.05) as wire:
        with pytest.raises(NotAnswered):
            await wire.post(*ASKED)
    assert len(node.requests) == 1


async def test_whoever_takes_it_may_break_off() -> None:
    async with listening(Node(b"", once=True)) as wire:
        with pytest.raises(NotAnswered):
            await wire.post(*ASKED)


async def test_a_connection_whose_end_was_seen_is_not_used_again() -> None:
    node = Node(OK, once=True)
    async with listening(node) as wire:
        assert await wire.post(*ASKED) == 202
        await asyncio.gather(*(task for task in node.served if task))
        for _ in range(3):  # the end has to arrive here as well
            await asyncio.sleep(0)
        assert await wire.post(*ASKED) == 202
    assert len(node.served) == 2
