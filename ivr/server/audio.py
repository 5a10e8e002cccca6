"""Where the audio of a flow's prompts comes from: a recorded file, or the voice."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from ivr.core.values import Audio
from ivr.flow.checked import CheckedFlow
from ivr.flow.compile import FindAudio
from ivr.speech.library import AudioLibrary

SECONDS_PER_CHARACTER = 0.08
SECONDS_OF_PAUSE = 0.5


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
