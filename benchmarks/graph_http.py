"""HTTP as cheap as Python has it: a server for commands, and connections to a bot's webhook."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import cast

from httptools import HttpRequestParser, HttpResponseParser

Answer = Callable[[bytes, bytes, bytes, Callable[[bytes], None]], None]
"""Takes the method, the path and the body of a request, and what sends its answer."""

Done = Callable[[int], None]
"""Takes the status of an answer; 0 when the connection broke."""

KEPT = 3.0
"""Seconds for which a connection is kept that nobody uses: shorter than a bot keeps it."""


class CommandServer(asyncio.Protocol):
    """One connection on which a bot sends commands."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._parser = HttpRequestParser(self)
        self._url, self._body = b"", b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The bot has connected."""
        self._write = cast(asyncio.Transport, transport).write  # uvloop's is none by its type

    def data_received(self, data: bytes) -> None:
        """Part of a request."""
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        """The parser has the path."""
        self._url, self._body = url, b""

    def on_body(self, body: bytes) -> None:
        """The parser has some of the body."""
        self._body += body

    def on_message_complete(self) -> None:
        """The parser has a whole request."""
        self._answer(self._parser.get_method(), self._url, self._body, self._write)


class WebhookConnection(asyncio.Protocol):
    """One connection on which notifications are posted, one at a time."""

    def __init__(self, free: Callable[[WebhookConnection], None]) -> None:
        self._free = free
        self._parser = HttpResponseParser(self)
        self._done: Done | None = None
        self._idle_since = 0.0

    @property
    def stale(self) -> bool:
        """Whether the bot may close it, or has closed it, while nobody used it."""
        return self.transport.is_closing() or perf_counter() - self._idle_since > KEPT

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The bot takes notifications."""
        self.transport = cast(asyncio.Transport, transport)

    def post(self, request: bytes, done: Done) -> None:
        """Send one request; `done` is told the status of its answer."""
        self._done = done
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Part of an answer."""
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """The parser has a whole answer."""
        self._idle_since = perf_counter()
        self._free(self)
        self._finish(self._parser.get_status_code())

    def connection_lost(self, _: Exception | None) -> None:
        """The bot has closed it."""
        self._finish(0)

    def _finish(self, status: int) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(status)


class WebhookConnections:
    """As many connections to one bot as are needed at once, kept for the next post."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[WebhookConnection] = []
        self._all: set[WebhookConnection] = set()
        self._opening: set[asyncio.Task[None]] = set()

    def post(self, request: bytes, done: Done) -> None:
        """Send a request on a connection that is free, or on a new one."""
        while self._free:
            connection = self._free.pop()
            if not connection.stale:
                connection.post(request, done)
                return
            self._all.discard(connection)
            connection.transport.close()
        task = asyncio.get_running_loop().create_task(self._open(request, done))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def close(self) -> None:
        """Close all connections."""
        for connection in self._all:
            connection.transport.close()
        self._all.clear()
        self._free.clear()

    async def _open(self, request: bytes, done: Done) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(
                lambda: WebhookConnection(self._free.append), "127.0.0.1", self._port
            )
        except OSError:
            done(0)
            return
        self._all.add(connection)
        connection.post(request, done)
