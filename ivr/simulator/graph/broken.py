"""Answers that a client cannot use: they break off, never come, dribble, or are something else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ivr.simulator.faults.fault import Broken

PATIENCE = 120.0
"""Seconds after which even a hanging answer ends."""

PIECES = 40
PAUSE = 0.5
PAGE = b"<!DOCTYPE html><title>Welcome</title><p>This is not what you asked for."
JSON = "application/json"


def broken(how: Broken, status: int, body: bytes) -> Response:
    """An answer in place of one with this status and body."""
    made: dict[Broken, Callable[[], Response]] = {
        "reset": Reset,
        "hang": Hanging,
        "slow": lambda: Slow(status, body),
        "truncated": lambda: Truncated(status, body),
        "garbage": lambda: Response(b'{"error":\x00\xff', 200, media_type=JSON),
        "html": lambda: Response(PAGE, 200, media_type="text/html"),
        "empty": lambda: Response(status_code=200),
    }
    return made[how]()


async def body_of(response: Response) -> bytes:
    """The whole body of an answer that was not sent yet."""
    if not isinstance(response, StreamingResponse):
        return bytes(response.body)
    chunks = [chunk async for chunk in response.body_iterator]
    return b"".join(chunk.encode() if isinstance(chunk, str) else bytes(chunk) for chunk in chunks)


class Reset(Response):
    """A gateway's answer that breaks off: nobody can know what became of the request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send headers that promise a body, and no body."""
        await _start(send, 502, 1000)


class Truncated(Response):
    """Half of an answer."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(body, status)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send headers that promise all of it, and half of it."""
        body = bytes(self.body) or b"{}"
        await _start(send, self.status_code, len(body))
        half = {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        await send(half)


class Hanging(Response):
    """No answer at all, until the other side gives up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for the client to go away."""
        if not await _gone(receive, PATIENCE):
            await _start(send, 504, 1000)


class Slow(Response):
    """An answer that comes in small pieces, with half a second between them."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(body, status)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, slowly, as long as somebody listens."""
        body = bytes(self.body)
        await _start(send, self.status_code, len(body))
        size = max(len(body) // PIECES, 1)
        for at in range(0, len(body), size):
            if await _gone(receive, PAUSE):
                return
            piece = {"type": "http.response.body", "body": body[at : at + size], "more_body": True}
            await send(piece)
        await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive, within: float) -> bool:
    """Whether the client goes away within so many seconds."""
    try:
        async with asyncio.timeout(within):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


async def _start(send: Send, status: int, length: int) -> None:
    headers = [(b"content-length", str(length).encode()), (b"content-type", JSON.encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
