"""HTTP as cheap as Python has it, for the posts of notifications: the harness shares the cores with
the nodes that it tries, and must not be what is slow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import cast

from httptools import HttpResponseParser

MOST = 100
"""Connections to one node."""

_HEAD = "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n"


class NotTaken(Exception):
    """Nobody accepts the connection: nothing was sent."""


class NotAnswered(Exception):
    """It was sent, and there is no answer."""


class Wire:
    """Connections to one node, kept for the next post. `patience` is in seconds."""

    def __init__(self, port: int, patience: float) -> None:
        self._port = port
        self._patience = patience
        self._room = asyncio.Semaphore(MOST)
        self._idle: list[_Connection] = []

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer. Raises `NotTaken` and `NotAnswered`."""
        request = _request(path, headers, body)
        async with self._room:
            connection = self._idle.pop() if self._idle else await self._open()
            try:
                async with asyncio.timeout(self._patience):
                    status = await connection.exchange(request)
            except (TimeoutError, ConnectionError):
                connection.close()
                raise NotAnswered from None
        self._idle.append(connection)
        return status

    def close(self) -> None:
        """Close the idle connections."""
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    async def _open(self) -> _Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._patience):
                _, connection = await loop.create_connection(
                    lambda: _Connection(self._forget), "127.0.0.1", self._port
                )
        except OSError:
            raise NotTaken from None
        return connection

    def _forget(self, connection: _Connection) -> None:
        if connection in self._idle:
            self._idle.remove(connection)


class _Connection(asyncio.Protocol):
    def __init__(self, lost: Callable[[_Connection], None]) -> None:
        self._lost = lost
        self._parser = HttpResponseParser(self)
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    async def exchange(self, request: bytes) -> int:
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._parser.get_status_code())

    def connection_lost(self, _: Exception | None) -> None:
        self._lost(self)
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError())


def _request(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    head = _HEAD.format(path=path, host="127.0.0.1", length=len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{head}{lines}\r\n".encode("latin-1") + body
