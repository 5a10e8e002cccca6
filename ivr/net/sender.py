"""HTTP to other services, with one thing told for certain: whether a request can have arrived.

Repeating a request that did arrive plays a prompt or sends a transfer twice, so every failure is
either `NotSent` or `OutcomeUnknown`. The rule is small enough to be checked: a request has not been
sent as long as no connection was handed to it; from then on nobody knows. So a refused connection,
a name that does not resolve, a failed TLS handshake, a full pool and a breaker that is open are
`NotSent`; a connection that drops, an answer that is not HTTP and a late one are not. That includes
a kept connection which the server closes while we write to it (`transport.py`).
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Literal
from urllib.parse import SplitResult

import httpx
from msgspec import Struct

from ivr import __version__
from ivr.errors import NotSent, OutcomeUnknown, Refused, UsageError
from ivr.net.addresses import safe_url, split_url
from ivr.net.egress import GuardedResolver
from ivr.net.gate import Gate, Origin
from ivr.net.transport import FAULTS, MAX_CONNECTIONS, HonestTransport

RESERVED = 10
"""Connections that only urgent requests may take."""

_ALWAYS = {"accept": "*/*", "accept-encoding": "identity", "user-agent": f"ivr/{__version__}"}
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_LINE_ENDS = ("\r", "\n", "\0")

_parsed = lru_cache(maxsize=1024)(httpx.URL)
"""Parsing an address is a fifth of what a request costs. Only addresses of `home` are kept: those
of others may hold a caller's data."""

_NOBODY_THERE = frozenset({502, 503, 504})
"""What a front end says for a service that is down. A 500 is an answer: to one bad request it
comes every time, and the requests of other calls are none the worse for it."""


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

    No redirects, no proxies, no cookies, no compression; plain http to loopback only. `home` is the
    address of the service that the pool is for; any other host may take a quarter of it, and is
    left in peace for a while when it fails (`gate.py`). `resolver` finds the addresses of names and
    says which may not be asked. `transport` replaces the network in tests, and `clock` the time.
    """

    def __init__(
        self,
        bounds: Bounds | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        verify: ssl.SSLContext | None = None,
        resolver: type[GuardedResolver] | None = None,
        home: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bounds = bounds or Bounds()
        # httpx's client adds redirects, cookies and proxies, which we do not want, for a fifth of
        # the time of a request: its transport alone is asked.
        self._transport = transport or HonestTransport(verify, resolver)
        self._refuses = resolver.refuses if resolver else None
        self._home = _origin(safe_url(home, "The address of a service")) if home else None
        self._gate = Gate(MAX_CONNECTIONS, RESERVED, self._home, clock)
        self._clock = clock

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        bounds: Bounds | None = None,
        *,
        urgent: bool = False,
    ) -> Answer:
        """Send one request, once; an `urgent` one waits for no other.

        Raises `NotSent` or `OutcomeUnknown`, which tell in `late` whether a limit was reached;
        `UsageError` for an address that is neither https nor on loopback, and `Refused` for one
        that may not be asked and for a header that would end early.
        """
        origin = self._checked(url)
        _check_headers(headers)
        limits = bounds or self._bounds
        began = self._clock()
        head = min(limits.head, limits.total)
        # Waiting for a connection is part of the time for the head, but never most of it: a request
        # that is sent with no time left would be one of which nobody knows what became of it.
        passage = await self._gate.enter(origin, head / 2, urgent=urgent)
        ok: bool | None = None
        try:
            left = head - (self._clock() - began)
            address = _parsed(url) if origin == self._home else httpx.URL(url)
            request = _request(method, address, headers, body, left)
            answer = await self._exchange(request, limits.body, began + limits.total)
            ok = answer.status not in _NOBODY_THERE
            return answer
        except (NotSent, OutcomeUnknown):
            ok = False
            raise
        finally:
            passage.leave(ok)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    def _checked(self, url: str) -> Origin:
        parts = split_url(url)
        if parts is None:
            raise UsageError("Other services are reached by https, or by http on loopback.")
        if self._refuses is not None and self._refuses(parts.hostname or ""):
            raise Refused("The address is one that must not be asked.", code="forbidden_address")
        return _origin(parts)

    async def _exchange(self, request: httpx.Request, limit: int, due: float) -> Answer:
        try:
            response = await self._transport.handle_async_request(request)
        except _UNSENT as error:
            sentence = f"The service was not reached ({error}); nothing was sent."
            raise NotSent(sentence, late=_late(error)) from None
        except FAULTS as error:
            sentence = f"The service was sent it and gave no answer ({error})."
            raise OutcomeUnknown(sentence, late=_late(error)) from None
        content, ending = await _read(response, limit, due - self._clock())
        return Answer(response.status_code, response.headers, content, ending)


def is_page(answer: Answer) -> bool:
    """Whether an answer is a web page, which no service that we ask ever gives."""
    return answer.headers.get("content-type", "").lower().startswith("text/html")


def _origin(parts: SplitResult) -> Origin:
    return parts.scheme, parts.netloc


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if any(end in value or end in name for end in _LINE_ENDS):
            raise Refused("A header holds a line end, so it cannot be sent.", code="header")


def _request(
    method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes | None, head: float
) -> httpx.Request:
    # In lower case, so that a name that is given replaces ours however it is written.
    given = {name.lower(): value for name, value in headers.items()}
    extensions = {"head": head}
    in_utf8 = httpx.Headers({**_ALWAYS, **given}, encoding="utf-8")
    return httpx.Request(method, url, headers=in_utf8, content=body, extensions=extensions)


async def _read(
    response: httpx.Response, limit: int, seconds: float
) -> tuple[bytes, Literal["whole", "cut", "too_long"]]:
    """The body, or how it failed to come: too long, or cut off by the other side or by our time."""
    content = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > limit:
                    return b"", "too_long"
    except (*FAULTS, httpx.StreamError):
        return b"", "cut"
    finally:
        with suppress(*FAULTS):
            await response.aclose()
    return bytes(content), "whole"


def _late(error: Exception) -> bool:
    return isinstance(error, httpx.TimeoutException)
