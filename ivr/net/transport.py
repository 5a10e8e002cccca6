"""aiohttp's connections under httpx, with httpx's meaning of errors.

aiohttp is under httpx because httpx's own pool is some twenty times slower when busy. Its adapter
reports a connection that was dropped after the request was read as `ConnectTimeout`, the one error
that everybody repeats, and lets errors of aiohttp's through: `HonestTransport` puts that right.

aiohttp drops a kept connection whose end it has seen before it is used again, and then opens
another; what is left is a race that leaves no proof (an error text apart, which names no bytes).
aiohttp repeats GET and DELETE by itself in that race, never POST.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import Callable
from contextvars import ContextVar

import aiohttp
import httpx
from aiohttp import ClientRequest
from aiohttp.abc import AbstractResolver
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from httpx_aiohttp import AiohttpTransport

MAX_CONNECTIONS = 100
KEEP_SECONDS = 20.0
"""How long an idle connection is kept: shorter than any front end keeps it, so we close first."""

FAULTS = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError)


class HonestTransport(httpx.AsyncBaseTransport):
    """Sends requests, and tells the truth about those that fail.

    `ConnectError` and `ConnectTimeout` mean that the request never had a connection; anything else
    means that it may have arrived. The request extension `head` is the number of seconds until
    the head of the answer must be there.
    """

    def __init__(
        self,
        verify: ssl.SSLContext | None = None,
        resolver: Callable[[], AbstractResolver] | None = None,
    ) -> None:
        self._resolver = resolver
        self._verify = verify or _usual_tls()
        self._inner = AiohttpTransport(verify=self._verify, client=self._session)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and give its answer as soon as the head of it is there."""
        journey = _Journey()
        before = _journey.set(journey)
        try:
            async with asyncio.timeout(request.extensions.get("head")):
                return await self._inner.handle_async_request(request)
        except TimeoutError:
            late = httpx.ReadTimeout if journey.connected else httpx.ConnectTimeout
            raise late("too late") from None
        except FAULTS as error:
            lost = httpx.RemoteProtocolError if journey.connected else httpx.ConnectError
            raise lost(type(error.__cause__ or error).__name__) from None
        finally:
            _journey.reset(before)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()

    def _session(self) -> aiohttp.ClientSession:
        """Made late, as it belongs to the running loop."""
        return aiohttp.ClientSession(
            connector=_Connector(
                limit=MAX_CONNECTIONS,
                keepalive_timeout=KEEP_SECONDS,
                ssl=self._verify,
                resolver=self._resolver() if self._resolver else None,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )


@functools.cache
def _usual_tls() -> ssl.SSLContext:
    """Reading the authorities that are trusted takes a while: all pools share what was read."""
    return httpx.create_ssl_context(trust_env=False)


class _Journey:
    """How far one request has come."""

    connected = False


_journey: ContextVar[_Journey] = ContextVar("journey")


class _Connector(aiohttp.TCPConnector):
    """Notes the moment at which a connection, new or kept, is handed to a request.

    It is awaited in the request's own task, before the first byte is written.
    """

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109
    ) -> Connection:
        connection = await super().connect(req, traces, timeout)
        _journey.get().connected = True
        return connection
