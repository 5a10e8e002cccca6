"""HTTP between applications of one event loop, by host, without sockets.

What a client sees of a connection that breaks off, hangs or is refused it sees here as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

import httpx
from starlette.types import ASGIApp, Message, Scope


class Wire(httpx.AsyncBaseTransport):
    """Leads each request to the application of its host; `apps` may change at any time."""

    def __init__(self, apps: Mapping[str, ASGIApp]) -> None:
        self._apps = apps

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        app = self._apps.get(request.url.host)
        if app is None:
            raise httpx.ConnectError("nobody is there")
        patience = request.extensions.get("head") or request.extensions["timeout"]["read"]
        exchange = _Exchange(app, await request.aread(), _scope(request))
        try:
            async with asyncio.timeout(patience):
                head = await exchange.head()
        except TimeoutError:
            await exchange.aclose()
            raise httpx.ReadTimeout("too late") from None
        return httpx.Response(head["status"], headers=head["headers"], stream=exchange)


class _Exchange(httpx.AsyncByteStream):
    """One request at work, and the body of its answer."""

    def __init__(self, app: ASGIApp, body: bytes, scope: Scope) -> None:
        self._incoming: asyncio.Queue[Message] = asyncio.Queue()
        self._incoming.put_nowait({"type": "http.request", "body": body})
        self._answer: asyncio.Queue[Message | None] = asyncio.Queue()
        self._work = asyncio.create_task(self._run(app, scope))

    async def head(self) -> Message:
        message = await self._answer.get()
        if message is None:
            raise httpx.RemoteProtocolError("no answer")
        return message

    async def __aiter__(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._answer.get()
            if message is None:
                raise httpx.RemoteProtocolError("it broke off")
            more = message.get("more_body", False)
            yield message.get("body", b"")

    async def aclose(self) -> None:
        self._incoming.put_nowait({"type": "http.disconnect"})
        await self._work

    async def _run(self, app: ASGIApp, scope: Scope) -> None:
        try:
            await app(scope, self._incoming.get, self._answer.put)
        finally:
            self._answer.put_nowait(None)


def _scope(request: httpx.Request) -> Scope:
    path, _, query = request.url.raw_path.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "server": (request.url.host, 443),
        "client": ("127.0.0.1", 1),
        "path": request.url.path,
        "raw_path": path,
        "query_string": query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "root_path": "",
    }
