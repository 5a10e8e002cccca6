"""Prompt audio for Graph, and recordings for the business systems that were told of them.

Both are found by a name that cannot be guessed and that tells nothing. Fixed prompts are
named by their content and may be cached for ever; what holds a caller's data is rendered from
the call's sealed effect, by any node, and is gone with the call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from ivr.core.effects import AnyEffect, PlayPrompts, RecordCaller
from ivr.errors import IvrError
from ivr.runtime.recordings import Recordings
from ivr.speech.library import NAME, AudioLibrary

HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"}
FOR_EVER = {**HEADERS, "Cache-Control": "public, max-age=31536000, immutable"}
NEVER = {**HEADERS, "Cache-Control": "no-store"}
WAV = "audio/wav"


class Media:
    """Serves audio by name."""

    def __init__(
        self,
        audio: AudioLibrary,
        recordings: Recordings,
        read_token: Callable[[str, str], bytes | None],
        effect_of: Callable[[str, str], Awaitable[AnyEffect | None]],
        stored: Callable[[str], Awaitable[bytes | None]],
    ) -> None:
        self._audio = audio
        self._recordings = recordings
        self._read_token = read_token
        self._effect_of = effect_of
        self._stored = stored

    async def prompt(self, request: Request) -> Response:
        """`GET /media/{name}.wav`."""
        name = request.path_params["name"]
        if self._audio.exists(name):
            return FileResponse(self._audio.path(name), media_type=WAV, headers=FOR_EVER)
        try:
            if await self._fetched(name):
                return FileResponse(self._audio.path(name), media_type=WAV, headers=FOR_EVER)
            audio = await self._private(name)
        except IvrError:
            return Response(status_code=503)
        if audio is None:
            return Response(status_code=404)
        return Response(audio, media_type=WAV, headers=NEVER)

    async def recording(self, request: Request) -> Response:
        """`GET /recordings/{name}.wav`."""
        try:
            path = await self._recordings.path(request.path_params["name"])
        except IvrError:
            return Response(status_code=503)
        if path is None:
            return Response(status_code=404)
        return FileResponse(path, media_type=WAV, headers=NEVER)

    async def _fetched(self, name: str) -> bool:
        """Whether another node has made this audio; from now on it is here too."""
        audio = await self._stored(name) if NAME.fullmatch(name) else None
        if audio is not None:
            await asyncio.to_thread(self._audio.keep, name, audio)
        return audio is not None

    async def _private(self, name: str) -> bytes | None:
        payload = self._read_token("media", name)
        if payload is None:
            return None
        effect_id, _, index = payload.decode().rpartition(" ")
        effect = await self._effect_of(effect_id.rpartition(".")[0], effect_id)
        if isinstance(effect, PlayPrompts):
            audio = effect.audio[int(index)]
        elif isinstance(effect, RecordCaller) and effect.audio is not None:
            audio = effect.audio
        else:
            return None
        return await self._audio.render_private(audio.text, audio.language)
