"""What the checks look at: the settings, the network, and what several of them need, once."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar, cast

import httpx

from ivr import __version__
from ivr.cli.doctor.check import NotLooked
from ivr.errors import IvrError, NotSent, OutcomeUnknown
from ivr.net.addresses import split_url
from ivr.server.settings import Settings

T = TypeVar("T")

TIMEOUT = 8.0
MAX_BODY = 8_000_000
"""Bytes of an answer; the longest are prompts, of some four minutes."""


class Answer:
    """An answer over HTTP; `seconds` is how long it took, `at` when it came (epoch seconds)."""

    def __init__(self, response: httpx.Response, body: bytes, seconds: float, at: float) -> None:
        self.status, self.headers, self.body = response.status_code, response.headers, body
        self.seconds, self.at = seconds, at


class Scene:
    """One examination. `trust` is whom TLS connections trust, `clock` gives epoch seconds."""

    def __init__(
        self,
        settings: Settings,
        trust: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings, self.clock = settings, clock
        self.trust = trust or httpx.create_ssl_context(trust_env=False)
        self._once: dict[str, asyncio.Task[object]] = {}
        # No proxies from the environment and no redirects: what is examined is what Graph meets.
        self._client = httpx.AsyncClient(
            verify=self.trust,
            trust_env=False,
            timeout=TIMEOUT,
            headers={"User-Agent": f"ivr-doctor/{__version__}"},
        )

    @property
    def tenants(self) -> Sequence[str]:
        """The tenants whose calls are taken, the registration's own first."""
        own = [self.settings.tenant_id] if self.settings.tenant_id else []
        return list(dict.fromkeys([*own, *self.settings.tenants]))

    def need(self, *names: str) -> None:
        """Return when these settings are there. Raises `NotLooked`."""
        for name in names:
            if not getattr(self.settings, name):
                raise NotLooked(f"IVR_{name.upper()} is not set.")

    async def once(self, name: str, make: Callable[[], Awaitable[T]]) -> T:
        """What `make` gives, or raises; made once for all who ask for `name`."""

        async def made() -> object:
            return await make()

        if name not in self._once:
            self._once[name] = asyncio.create_task(made())
        # Shielded: one check's deadline must not take it from the others.
        return cast("T", await asyncio.shield(self._once[name]))

    async def ask(
        self, method: str, url: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """Send a request. Raises `NotSent` when nobody is there, and `OutcomeUnknown`."""
        if split_url(url) is None:
            raise NotLooked("The address is neither https nor on loopback.")
        began = time.monotonic()
        try:
            async with self._client.stream(method, url, headers=headers, content=body) as response:
                content = await _content(response)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NotSent(_reason(error)) from None
        except httpx.HTTPError as error:
            raise OutcomeUnknown(f"The connection broke ({type(error).__name__}).") from None
        return Answer(response, content, time.monotonic() - began, self.clock())

    async def aclose(self) -> None:
        """Let go of everything."""
        for task in self._once.values():
            task.cancel()
        await asyncio.gather(*self._once.values(), return_exceptions=True)
        await self._client.aclose()


async def _content(response: httpx.Response) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > MAX_BODY:
            break
    return bytes(content)


def _reason(error: httpx.HTTPError) -> str:
    """Why nobody was reached; the names in the library's own text are those of the operator."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "The TLS connection was not made."
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ConnectTimeout):
        return "Nobody answers there."
    return "The connection was refused, or the name leads nowhere."


def first_line(error: IvrError) -> str:
    """What an error says, as one line."""
    return str(error).partition("\n")[0]
