"""A proxy on loopback that does what networks do: it hangs, resets, slows down, and lies.

Placed between two of our processes, or before one of them: `async with Proxy(host, port) as proxy`,
then connect to `proxy.port`. What it does can be changed at any time, for connections from then on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeAlias

CHUNK = 65_536
Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter
Behaviour: TypeAlias = Callable[["Proxy", Reader, Writer], Awaitable[None]]


class Proxy:
    """Passes connections on to `host` and `port`, or does what `does` says."""

    def __init__(self, host: str, port: int, does: Behaviour | None = None) -> None:
        self.target = (host, port)
        self.does: Behaviour = does or passes()
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: Reader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with contextlib.suppress(OSError):
                await self.does(self, reader, writer)
        finally:
            self._open.discard(task)
            writer.close()


def passes(
    change: Callable[[bytes], bytes] = lambda piece: piece,
    *,
    at_most: int | None = None,
    pause: float = 0.0,
    piece: int = CHUNK,
) -> Behaviour:
    """Bytes go both ways; those to the other side can be changed first.

    Of what comes back `at_most` bytes pass, and then the connection is reset; they come in pieces
    with a pause of some seconds before each.
    """

    async def behave(proxy: Proxy, reader: Reader, writer: Writer) -> None:
        inner, outer = await asyncio.open_connection(*proxy.target)
        there = asyncio.create_task(_there(reader, outer, change))
        try:
            whole = await _back(inner, writer, at_most, pause, piece)
            if not whole:
                writer.transport.abort()
        finally:
            there.cancel()
            outer.close()

    return behave


def hangs() -> Behaviour:
    """A connection is taken, and that is all."""

    async def behave(_: Proxy, reader: Reader, __: Writer) -> None:
        while await reader.read(CHUNK):
            pass

    return behave


def resets(after: int = 0) -> Behaviour:
    """A connection is reset when so many bytes have come back."""
    return passes(at_most=after)


def slows(piece: int, pause: float) -> Behaviour:
    """Answers come in small pieces, with a pause of some seconds before each."""
    return passes(piece=piece, pause=pause)


def speaks(words: bytes) -> Behaviour:
    """Whoever connects is told these bytes, whatever he says, and the connection ends."""

    async def behave(_: Proxy, reader: Reader, writer: Writer) -> None:
        await reader.read(CHUNK)
        writer.write(words)
        await writer.drain()

    return behave


def answers(status: int) -> Behaviour:
    """Every request is answered with this status, by the proxy itself."""
    return speaks(f"HTTP/1.1 {status} -\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())


def rewrites(header: bytes, value: bytes) -> Behaviour:
    """The first header of this name gets another value on the way to the other side."""

    def change(piece: bytes) -> bytes:
        head, name, rest = piece.partition(b"\r\n" + header + b": ")
        return head + name + value + rest[rest.find(b"\r\n") :] if name else piece

    return passes(change)


async def _there(reader: Reader, writer: Writer, change: Callable[[bytes], bytes]) -> None:
    while piece := await reader.read(CHUNK):
        writer.write(change(piece))
        await writer.drain()


async def _back(
    reader: Reader, writer: Writer, at_most: int | None, pause: float, size: int
) -> bool:
    passed = 0
    while piece := await reader.read(size):
        if at_most is not None and passed + len(piece) > at_most:
            writer.write(piece[: at_most - passed])
            await writer.drain()
            return False
        await asyncio.sleep(pause)
        writer.write(piece)
        await writer.drain()
        passed += len(piece)
    return True
