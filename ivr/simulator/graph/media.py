"""Sound on the wire: prompts are really fetched and judged, recordings really served."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

import httpx

from ivr.core.values import Millis
from ivr.errors import MediaError
from ivr.simulator.faults.fault import PROMPT
from ivr.simulator.faults.plan import Faults
from ivr.simulator.graph.broken import PAGE
from ivr.simulator.graph.clock import FastClock
from ivr.simulator.graph.leg import Leg
from ivr.simulator.graph.log import Exchange
from ivr.simulator.graph.objects import MediaInfo
from ivr.simulator.graph.tone import spoken
from ivr.simulator.phone.rules import Piece
from ivr.simulator.phone.signals import Clip, Result
from ivr.speech.wav import MAX_AUDIO_BYTES, build, check_prompt

CHUNK = 64 * 1024
LOST = ("reset", "hang", "slow")
"""What a fetch with one try and little patience takes for no answer."""


class UnfetchedError(Exception):
    """A prompt that was not there to be fetched; `status` is HTTP's, or 0 without an answer."""

    def __init__(self, status: int = 0) -> None:
        super().__init__(status)
        self.status = status


class Prompts:
    """Fetches prompts as the service does: a GET without credentials, no redirects, one try.

    The length of a file is kept under its `resourceId`, so a changed file behind the same id is
    not heard (mediaInfo page).
    """

    def __init__(self, client: httpx.AsyncClient, clock: FastClock, faults: Faults, most: int):
        self._client = client
        self._clock = clock
        self._faults = faults
        self._most = most
        self._lengths: OrderedDict[str, Millis] = OrderedDict()

    async def pieces(self, leg: Leg, media: Sequence[MediaInfo]) -> list[Piece] | Result:
        """The pieces that a request plays, or why it cannot be played."""
        try:
            return [Piece(one.uri, await self._length(leg, one)) for one in media]
        except MediaError:
            return "bad_audio"
        except UnfetchedError:
            return "not_fetched"

    async def _length(self, leg: Leg, media: MediaInfo) -> Millis:
        key = media.resource_id or ""
        if key in self._lengths:
            return self._lengths[key]
        status, note = 200, ""
        try:
            audio = await self._get(leg, media.uri)
            length = round(check_prompt(audio, "The prompt").seconds * 1000)
        except MediaError as wrong:
            note = str(wrong)
            raise
        except UnfetchedError as failed:
            status, note = failed.status, "could not be fetched"
            raise
        finally:
            now = self._clock.now()
            leg.log.append(Exchange(now, "sent", "GET", media.uri, status, "prompt", note=note))
        self._keep(key, length)
        return length

    async def _get(self, leg: Leg, uri: str) -> bytes:
        fault = self._faults.take(PROMPT, leg.id)
        if fault and (fault.respond or fault.breaks in LOST):
            raise UnfetchedError(fault.respond.status if fault.respond else 0)
        if fault and fault.breaks:
            return PAGE
        await asyncio.sleep(fault.delay_ms / 1000 if fault else 0)
        body = bytearray()
        try:
            async with self._client.stream("GET", uri) as response:
                if response.status_code != 200:
                    raise UnfetchedError(response.status_code)
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > MAX_AUDIO_BYTES:
                        raise MediaError("The prompt is too large.")
        except (httpx.HTTPError, httpx.InvalidURL):
            raise UnfetchedError from None
        return bytes(body)

    def _keep(self, key: str, length: Millis) -> None:
        if key:
            self._lengths[key] = length
            while len(self._lengths) > self._most:
                self._lengths.popitem(last=False)


class Recording(NamedTuple):
    """A clip that can be fetched with its token."""

    token: str
    clip: Clip
    leg: Leg


class Recordings:
    """Recordings by their names, each for its token and until a while after its call."""

    def __init__(self, clock: FastClock, lives: Millis, most: int) -> None:
        self._clock = clock
        self._lives = lives
        self._most = most
        self._kept: OrderedDict[str, Recording] = OrderedDict()

    def keep(self, leg: Leg, clip: Clip) -> tuple[str, str]:
        """Offer a clip; returns its address and the token with which it is fetched."""
        name, token = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
        self._kept[name] = Recording(token, clip, leg)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return f"{leg.base}recordings/{name}", token

    def find(self, name: str) -> Recording | None:
        """The recording of that name while it can be fetched."""
        found = self._kept.get(name)
        ended = found.leg.ended_at if found else None
        if ended is not None and self._clock.now() > ended + self._lives:
            del self._kept[name]
            return None
        return found


async def wav_chunks(clip: Clip) -> AsyncIterator[bytes]:
    """The WAV file of a clip in chunks: a tone where the caller spoke, else silence."""
    audio = await asyncio.to_thread(lambda: build(spoken(clip.ended - clip.started, clip.speech)))
    for start in range(0, len(audio), CHUNK):
        yield audio[start : start + CHUNK]
