"""The public keys with which Microsoft signs its calling notifications, fetched and kept.

A token names its key by `kid`; the keys are found through OpenID metadata documents. An endpoint
that is down must not stop calls: known keys stay in use, new ones are fetched in the background,
and no answer without a usable key replaces one that had some. The cache never raises for what it
is asked or what it is served: a key is found or it is not.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ivr.errors import UsageError
from ivr.graph.jwks import UnusableError, is_key_id, keys_url, rsa_keys
from ivr.graph.kept_keys import KeptKeys, Lives
from ivr.net.addresses import safe_url

Fetch = Callable[[str], Awaitable[bytes]]
Clock = Callable[[], float]

HALF_LIFE = 3600.0
"""Seconds until keys are fetched again; Microsoft's sample keeps them for twice as long."""
RETRY_AFTER = 300.0
"""Seconds between attempts in the background while an endpoint is down."""
MIN_GAP = 30.0
"""Seconds between two refreshes that unknown key ids cause, however many there are."""
STALE_LIFE = 72 * 3600.0
"""Seconds a key outlives its last sighting when its endpoint is down: a long weekend."""
RETIRED_LIFE = 24 * 3600.0
"""Seconds a withdrawn key is still good for: the longest life of a token signed with it."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    key: RSAPublicKey
    until: float


@dataclass(slots=True)
class _Source:
    """One metadata document and the keys it has led to."""

    url: str
    keys: dict[str, _Known] = field(default_factory=dict)

    def merge(self, fresh: dict[str, RSAPublicKey], now: float) -> None:
        retired = now + RETIRED_LIFE
        kept = {
            kid: _Known(old.key, min(old.until, retired))
            for kid, old in self.keys.items()
            if now < old.until
        }
        self.keys = kept | {kid: _Known(key, now + STALE_LIFE) for kid, key in fresh.items()}


class KeyCache:
    """Finds the public key of a key id, over any number of metadata documents.

    All of `metadata_urls` are asked, and the first wins where two know the same key id. `fetch`
    gets a document's bytes: it keeps its own time limit (2 s), follows no redirect and may raise
    anything. `clock` gives seconds, best those of `time.monotonic`. Raises `UsageError` for an
    address that is neither https nor on loopback. Belongs to one event loop.

    `kept` is where the last good keys outlive the process: a restart while the endpoint is down
    begins with them.
    """

    def __init__(
        self,
        metadata_urls: Sequence[str],
        fetch: Fetch,
        clock: Clock,
        kept: KeptKeys | None = None,
    ) -> None:
        if not metadata_urls:
            raise UsageError("IVR_WEBHOOK_METADATA_URLS is empty: name one metadata document.")
        for url in metadata_urls:
            safe_url(url, "IVR_WEBHOOK_METADATA_URLS")
        self._sources = [_Source(url) for url in metadata_urls]
        self._fetch = fetch
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._refreshing: asyncio.Task[None] | None = None
        self._unknown_at = -math.inf
        self._due_at = -math.inf
        self._kept = kept
        if kept is not None:
            self._begin_with(kept.read())

    @property
    def ready(self) -> bool:
        """Whether at least one key is known that may be used now."""
        now = self._clock()
        return any(now < known.until for known in self._known.values())

    async def find(self, kid: str) -> RSAPublicKey | None:
        """The key named `kid`, or None when there is none or it could not be fetched.

        A known key is returned without waiting; when the keys have reached half of their life, one
        refresh starts in the background. An unknown one waits for a refresh, if one is allowed.
        """
        now = self._clock()
        key = self._usable(kid, now)
        if key is not None:
            if now >= self._due_at and self._refreshing is None:
                self._start_refresh()
            return key
        task = self._refresh_for_unknown(now) if is_key_id(kid) else None
        if task is None:
            return None
        # Only watched: a webhook request that is given up must not end the others' refresh.
        await asyncio.wait([task])
        return self._usable(kid, self._clock())

    async def refresh(self) -> bool:
        """Fetch all keys now, as at start-up; the answer is `ready`. Joins a refresh under way."""
        await asyncio.wait([self._refreshing or self._start_refresh()])
        return self.ready

    async def aclose(self) -> None:
        """Give up a refresh that is under way."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait([self._refreshing])
            self._refreshing = None

    def _usable(self, kid: str, now: float) -> RSAPublicKey | None:
        known = self._known.get(kid)
        return known.key if known is not None and now < known.until else None

    def _refresh_for_unknown(self, now: float) -> asyncio.Task[None] | None:
        """A refresh to wait for; None so soon after the last, since key ids can be made up."""
        if self._refreshing is not None:
            return self._refreshing
        # A clock that was set back must not put off the next refresh.
        if 0 <= now - self._unknown_at < MIN_GAP:
            return None
        self._unknown_at = now
        return self._start_refresh()

    def _start_refresh(self) -> asyncio.Task[None]:
        self._refreshing = asyncio.create_task(self._refresh())
        return self._refreshing

    async def _refresh(self) -> None:
        try:
            answers = await asyncio.gather(*(self._read(source.url) for source in self._sources))
            self._take(answers, self._clock())
            if self._kept is not None and any(answers):
                await asyncio.to_thread(self._kept.write, self._lives())
        finally:
            self._refreshing = None

    def _begin_with(self, kept: dict[str, Lives]) -> None:
        """However long ago they were kept, and whatever the clock was, they live no longer."""
        now = self._clock()
        for source in self._sources:
            for kid, (key, left) in kept.get(source.url, {}).items():
                source.keys[kid] = _Known(key, now + min(left, STALE_LIFE))
        self._merge()

    def _lives(self) -> dict[str, Lives]:
        now = self._clock()
        return {
            source.url: {kid: (known.key, known.until - now) for kid, known in source.keys.items()}
            for source in self._sources
        }

    def _take(self, answers: Sequence[dict[str, RSAPublicKey] | None], now: float) -> None:
        for source, fresh in zip(self._sources, answers, strict=True):
            if fresh is not None:
                source.merge(fresh, now)
        self._merge()
        self._due_at = now + (RETRY_AFTER if None in answers else HALF_LIFE)

    def _merge(self) -> None:
        self._known = {}
        for source in reversed(self._sources):
            self._known |= source.keys

    async def _read(self, metadata_url: str) -> dict[str, RSAPublicKey] | None:
        """The keys that a metadata document leads to; None when they cannot be had."""
        try:
            address = keys_url(metadata_url, await self._fetch(metadata_url))
            return rsa_keys(await self._fetch(address))
        except UnusableError as error:
            reason = str(error)
        except Exception as error:  # whatever the client raises, calls go on with the known keys
            reason = type(error).__name__
        _log.warning("signing keys not read from %s: %s", metadata_url, reason)
        return None
