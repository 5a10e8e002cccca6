"""Connections of our kind on loopback, and clients that write what no library would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from ivr.server.connection import BoundedConnection

PATIENCE = 5.0
"""Seconds after which a test gives up on an answer."""


class Hasty(BoundedConnection):
    """The same, with less patience."""

    request_within = 0.15


@asynccontextmanager
async def listening(
    app: ASGIApp, kind: type[BoundedConnection] = BoundedConnection
) -> AsyncIterator[int]:
    """Serve an application as `ivr serve` does; gives the port."""
    config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None, proxy_headers=False)
    config.load()
    state = ServerState()

    def connection() -> BoundedConnection:
        return kind(config, state, {})

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for open_connection in list(state.connections):
            open_connection.transport.abort()
        for task in state.tasks:
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)


async def exchange(port: int, sent: bytes) -> bytes:
    """What comes back until the other side closes, or says nothing more for a moment."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    answer = await _all(reader, 0.3)
    writer.close()
    return answer


async def status_of(port: int, sent: bytes) -> int:
    """The status of the answer."""
    answer = await exchange(port, sent)
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


async def drip(port: int, sent: bytes, more: Callable[[], bytes]) -> tuple[float, bytes]:
    """Send, and then a little more now and then: how long that is suffered, and the answer."""
    clock = asyncio.get_running_loop().time
    began = clock()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    answer = b""
    while clock() - began < PATIENCE:
        try:
            answer += await asyncio.wait_for(_some(reader), 0.03)
        except TimeoutError:
            writer.write(more())
        except ConnectionError:
            break
    writer.close()
    return clock() - began, answer


async def _some(reader: asyncio.StreamReader) -> bytes:
    data = await reader.read(65_536)
    if not data:
        raise ConnectionResetError
    return data


async def _all(reader: asyncio.StreamReader, quiet: float) -> bytes:
    answer = b""
    while True:
        try:
            answer += await asyncio.wait_for(_some(reader), PATIENCE if not answer else quiet)
        except (TimeoutError, ConnectionError):
            return answer
