"""HTTP to one service, with one thing told for certain: whether a request can have arrived.

Repeating a request that did arrive plays a prompt or sends a transfer twice, so every failure is
either `NotSent` or `OutcomeUnknown`. The rule is small enough to be checked: a request has not been
sent as long as no connection was handed to it; from then on nobody knows. So a refused connection,
a name that does not resolve, a failed TLS handshake and a full pool are `NotSent`; a connection
that drops, an answer that is not HTTP and a late one are not.

That includes a kept connection which the server closes while we write to it. aiohttp drops a kept
connection whose end it has seen before it is used again, and then opens another; what is left is a
race that leaves no proof (an error text apart, which names no bytes), hence `OutcomeUnknown`.
aiohttp repeats GET and DELETE by itself in that race, never POST.

aiohttp is under httpx because httpx's own pool is some twenty times slower when busy. Its adapter
reports a connection that was dropped after the request was read as `ConnectTimeout`, the one error
that everybody repeats, and lets errors of aiohttp's through: `HonestTransport` puts that right.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Literal

import aiohttp
import httpx
from aiohttp import ClientRequest
from aiohttp.abc import AbstractResolver
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from httpx_aiohttp import AiohttpTransport
from msgspec import Struct

from ivr import __version__
from ivr.errors import NotSent, OutcomeUnknown, UsageError
from ivr.net.addresses import split_url

MAX_CONNECTIONS = 100
KEEP_SECONDS = 20.0
"""How long an idle connection is kept: shorter than any front end keeps it, so we close first."""

_ALWAYS = {"accept": "*/*", "accept-encoding": "identity", "user-agent": f"ivr/{__version__}"}
_FAULTS = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError)
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Bounds(Struct, frozen=True):
    """Limits of one exchange: seconds to connect, send and get the head of the answer; seconds for
    all of it; bytes of the answer's body."""

    head: float = 3.0
    total: float = 10.0
    body: int = 1_000_000


class Answer(Struct, frozen=True):
    """What came back. Its status counts even where the body was cut off or too long (and is "")."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    ending: Literal["whole", "cut", "too_long"] = "whole"

    def __repr__(self) -> str:
        return f"Answer({self.status}, {self.ending})"


class Sender:
    """Sends requests over one bounded pool of connections; belongs to one event loop.

    No redirects, no proxies, no cookies, no compression; plain http to loopback only. `transport`
    replaces the network in tests; `resolver` makes what finds the addresses of names.
    """

    def __init__(
        self,
        bounds: Bounds | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        verify: ssl.SSLContext | None = None,
        resolver: Callable[[], AbstractResolver] | None = None,
    ) -> None:
        self._bounds = bounds or Bounds()
        # httpx's client adds redirects, cookies and proxies, which we do not want, for a fifth of
        # the time of a request: its transport alone is asked.
        self._transport = transport or HonestTransport(verify, resolver)

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        bounds: Bounds | None = None,
    ) -> Answer:
        """Send one request, once.

        Raises `NotSent` or `OutcomeUnknown`, which tell in `late` whether a limit was reached, and
        `UsageError` for an address that is neither https nor on loopback.
        """
        if split_url(url) is None:
            raise UsageError("Other services are reached by https, or by http on loopback.")
        limits = bounds or self._bounds
        head = min(limits.head, limits.total)
        # In lower case, so that a name that is given replaces ours however it is written.
        given = {name.lower(): value for name, value in headers.items()}
        request = httpx.Request(
            method, url, headers={**_ALWAYS, **given}, content=body, extensions={"head": head}
        )
        due = asyncio.get_running_loop().time() + limits.total
        try:
            response = await self._transport.handle_async_request(request)
        except _UNSENT as error:
            sentence = f"The service was not reached ({error}); nothing was sent."
            raise NotSent(sentence, late=_late(error)) from None
        except _FAULTS as error:
            sentence = f"The service was sent it and gave no answer ({error})."
            raise OutcomeUnknown(sentence, late=_late(error)) from None
        content, ending = await _read(response, limits.body, due)
        return Answer(response.status_code, response.headers, content, ending)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()


class HonestTransport(httpx.AsyncBaseTransport):
    """aiohttp's connections under httpx, with httpx's meaning of errors.

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
        self._verify = verify or httpx.create_ssl_context(trust_env=False)
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
        except _FAULTS as error:
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


async def _read(
    response: httpx.Response, limit: int, due: float
) -> tuple[bytes, Literal["whole", "cut", "too_long"]]:
    """The body, or how it failed to come: too long, or cut off by the other side or by `due`."""
    content = bytearray()
    try:
        async with asyncio.timeout_at(due):
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > limit:
                    return b"", "too_long"
    except (*_FAULTS, httpx.StreamError):
        return b"", "cut"
    finally:
        with suppress(*_FAULTS):
            await response.aclose()
    return bytes(content), "whole"


def _late(error: Exception) -> bool:
    return isinstance(error, httpx.TimeoutException)
