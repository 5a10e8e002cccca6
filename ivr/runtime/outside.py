"""What each effect means outside: Graph, a business system, or our own recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
    CheckCall,
    FetchRecording,
    PlayPrompts,
    RecordCaller,
    RedirectCall,
    SendRequest,
    TransferCall,
)
from ivr.core.events import AnyEvent, RecordingStored, as_checked
from ivr.core.snapshot import Snapshot
from ivr.core.values import Audio
from ivr.errors import MediaError, Refused
from ivr.ports import BusinessSystem, CallControl, Line, Sound
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
        callback_key: Callable[[str], str],
        dial_allow: Sequence[str] = (),
    ) -> None:
        self._control = control
        self._business = business
        self._audio = audio
        self._recordings = recordings
        self._public_url = public_url.rstrip("/")
        self._token = token
        self._callback_key = callback_key
        self._dial_allow = tuple(dial_allow)

    async def perform(self, effect: AnyEffect, snapshot: Snapshot) -> Sequence[AnyEvent]:
        """Do it; see `ivr.runtime.performer.Perform`."""
        if isinstance(effect, SendRequest):
            return [await self._business.send(effect)]
        if isinstance(effect, FetchRecording):
            return [await self._fetch(effect, snapshot)]
        self._check_destination(effect)
        sounds = await self._sounds(effect)
        line = Line(
            call_id=snapshot.call_id,
            tenant=snapshot.tenant,
            callback=f"{self._public_url}/api/calls/{self._callback_key(snapshot.call_id)}",
            sounds=sounds,
        )
        events = await self._control.perform(effect, line)
        return as_checked(events) if isinstance(effect, CheckCall) else events

    def _check_destination(self, effect: AnyEffect) -> None:
        """A phone number is dialled only where the operator allows its prefix."""
        targets = effect.to if isinstance(effect, RedirectCall) else ()
        if isinstance(effect, TransferCall):
            targets = (effect.to,)
        for target in targets:
            if target.kind == "phone" and not target.id.startswith(self._dial_allow):
                log.warning("destination_not_allowed", effect=effect.id)
                raise Refused("IVR_DIAL_ALLOW does not name this number.", code="not_allowed")

    async def _sounds(self, effect: AnyEffect) -> tuple[Sound, ...]:
        if isinstance(effect, PlayPrompts):
            pieces: Sequence[Audio] = effect.audio
        elif isinstance(effect, RecordCaller):
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
