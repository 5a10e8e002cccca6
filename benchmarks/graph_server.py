"""Graph's side of commands: answers them, and tells each call what it was commanded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from benchmarks import graph_wire as wire
from benchmarks.graph_http import CommandServer

ASKED, DROPPED = b"GET", b"DELETE"
"""What a bot does to a call itself, rather than with one of its actions."""


class Call(Protocol):
    """A call that takes commands."""

    def commanded(self, action: bytes, body: bytes) -> None:
        """React to a command of the bot, once it is answered."""
        ...


class GraphServer:
    """`calls` are those that are going on, `pages` further documents by path, as whole answers."""

    def __init__(self) -> None:
        self.calls: dict[bytes, Call] = {}
        self.pages: dict[bytes, bytes] = {}

    async def listen(self) -> asyncio.Server:
        """Answer on a port of its own."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: CommandServer(self.answer), "127.0.0.1", 0)

    def answer(
        self, method: bytes, path: bytes, body: bytes, send: Callable[[bytes], None]
    ) -> None:
        """Answer a bot's request."""
        page = self.pages.get(path)
        if page is not None:
            send(page)
            return
        *_, before, last = path.split(b"/")
        call_id, action = (last, method) if before == b"calls" else (before, last)
        call = self.calls.get(call_id)
        if call is None:
            send(wire.reply(b"404 Not Found"))
            return
        send(_reply(action, call_id, body))
        call.commanded(action, body)


def _reply(action: bytes, call_id: bytes, body: bytes) -> bytes:
    """What Graph answers: an operation that runs, one that is done, a call, or nothing at all."""
    if action == b"playPrompt":
        return wire.operation(action, b"running", wire.context_of(body))
    if action in (b"subscribeToTone", b"cancelMediaProcessing"):
        return wire.operation(action, b"completed", wire.context_of(body))
    if action == ASKED:
        return wire.call(call_id)
    return wire.reply(b"204 No Content" if action == DROPPED else b"202 Accepted")
