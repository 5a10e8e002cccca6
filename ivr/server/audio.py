"""Where the audio of a flow's prompts comes from: a recorded file, or the voice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from ivr.core.values import Audio
from ivr.flow.bundle import Bundle
from ivr.flow.checked import CheckedFlow
from ivr.flow.compile import FindAudio
from ivr.ports import CallStore
from ivr.speech.library import AudioLibrary

SECONDS_PER_CHARACTER = 0.08
SECONDS_OF_PAUSE = 0.5


async def share_audio(bundle: Bundle, library: AudioLibrary, store: CallStore) -> None:
    """Put the fixed prompts of a bundle where every node finds them.

    Raises `MediaError` and `StoreUnavailable`.
    """
    prompts = (each for flow in bundle.programs.values() for each in flow.prompts.values())
    for name in {prompt.fixed.file for prompt in prompts if prompt.fixed is not None}:
        if await store.audio(name) is None:
            audio = await asyncio.to_thread(library.read, name)
            if audio is not None:
                await store.put_audio(name, audio)


class FlowAudio:
    """Names the audio of prompts, and remembers what the voice has still to speak."""

    def __init__(self, library: AudioLibrary) -> None:
        self._library = library
        self._unspoken: list[tuple[str, str]] = []

    def __call__(self, flows: Mapping[str, CheckedFlow]) -> FindAudio:
        """What finds the audio of these flows; a recording wins over the voice."""
        return partial(self._find, flows)

    def unspoken(self) -> list[tuple[str, str]]:
        """Texts with their language that were named since the last time and have no file yet."""
        wanted, self._unspoken = self._unspoken, []
        return [each for each in wanted if not self._library.exists(self._library.name_for(*each))]

    def _find(self, flows: Mapping[str, CheckedFlow], flow: str, prompt: str, words: str) -> Audio:
        known = flows[flow]
        language, recording = known.options.language, known.recordings.get(prompt)
        if recording is not None and recording.format is not None:
            file = self._library.add_file(recording.read(), prompt)
            return Audio(prompt, words, file, language, recording.format.seconds)
        self._unspoken.append((words, language))
        # On the long side: it only bounds how long the end of the prompt is waited for.
        seconds = SECONDS_OF_PAUSE + SECONDS_PER_CHARACTER * len(words)
        return Audio(prompt, words, self._library.name_for(words, language), language, seconds)
