"""What each effect means outside: Graph, a business system, or our own recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
    CheckCall,
    CountUse,
    FetchRecording,
    HoldParticipant,
    PlayPrompts,
    RecordCaller,
    SendRequest,
)
from ivr.core.events import AnyEvent, RecordingStored, as_checked, on_leg
from ivr.core.snapshot import Snapshot
from ivr.core.values import Audio
from ivr.errors import MediaError, Refused
from ivr.ports import BusinessSystem, CallControl, Sound
from ivr.runtime.lines import Lines, leg_of
from ivr.runtime.permits import Permits
from ivr.runtime.recordings import Recordings
from ivr.speech.library import AudioLibrary
from ivr.speech.wav import read_recording

log = structlog.get_logger()


class Outside:
    """Performs effects with the adapters of this node."""

    def __init__(
        self,
        control: CallControl,
        business: BusinessSystem,
        audio: AudioLibrary,
        recordings: Recordings,
        public_url: str,
        token: Callable[[str, bytes], str],
        lines: Lines,
        permits: Permits,
    ) -> None:
        self._control = control
        self._business = business
        self._audio = audio
        self._recordings = recordings
        self._public_url = public_url.rstrip("/")
        self._token = token
        self._lines = lines
        self._permits = permits

    async def perform(self, effect: AnyEffect, snapshot: Snapshot) -> Sequence[AnyEvent]:
        """Do it; see `ivr.runtime.performer.Perform`.

        `snapshot` is the call as it was when the effect was wanted.
        """
        if isinstance(effect, SendRequest):
            return [await self._business.send(effect)]
        if isinstance(effect, FetchRecording):
            return [await self._fetch(effect, snapshot)]
        if isinstance(effect, CountUse):
            return [await self._permits.count(effect)]
        return await self._on_line(effect, snapshot)

    async def _on_line(self, effect: AnyEffect, snapshot: Snapshot) -> Sequence[AnyEvent]:
        """The line first: what cannot be sent yet uses up nothing."""
        line = await self._lines.of(effect, snapshot, await self._sounds(effect))
        await self._permits.check(effect, snapshot)
        events = await self._control.perform(effect, line)
        if isinstance(effect, CheckCall):
            events = as_checked(events)
        leg = leg_of(effect, snapshot)
        return [on_leg(event, leg) for event in events] if leg else events

    async def _sounds(self, effect: AnyEffect) -> tuple[Sound, ...]:
        if isinstance(effect, PlayPrompts):
            pieces: Sequence[Audio] = effect.audio
        elif isinstance(effect, RecordCaller | HoldParticipant):
            pieces = (effect.audio,) if effect.audio is not None else ()
        elif isinstance(effect, AnswerCall):
            return tuple(Sound(self._media(name), name) for name in effect.fetch_first)
        else:
            return ()
        return tuple([await self._sound(effect.id, at, each) for at, each in enumerate(pieces)])

    async def _sound(self, effect_id: str, index: int, audio: Audio) -> Sound:
        """A caller's data is rendered before it is asked for, under a name that tells nothing."""
        if audio.file:
            return Sound(self._media(audio.file), audio.file)
        try:
            await self._audio.render_private(audio.text, audio.language)
        except MediaError as error:
            raise Refused(str(error), code="not_spoken") from error
        name = self._token("media", f"{effect_id} {index}".encode())
        return Sound(self._media(name))

    def _media(self, name: str) -> str:
        return f"{self._public_url}/media/{name}.wav"

    async def _fetch(self, effect: FetchRecording, snapshot: Snapshot) -> AnyEvent:
        clip = await self._control.fetch(effect.location, effect.token)
        seconds = await asyncio.to_thread(_seconds, clip)
        name = await self._recordings.keep(snapshot.call_id, clip, seconds, effect.keep_for)
        log.info("recording_stored", call=snapshot.call_id, seconds=seconds, size=len(clip))
        return RecordingStored(effect.id, f"{self._public_url}/recordings/{name}.wav", seconds)


def _seconds(clip: bytes) -> float:
    """The length of a clip; 0 where its format is not one that we can read."""
    try:
        return round(read_recording(clip).seconds, 1)
    except MediaError:
        return 0.0
