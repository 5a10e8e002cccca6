"""Where the audio of a flow's prompts comes from: a recorded file, or the voice."""

from __future__ import annotations

from ivr.core.values import Audio
from ivr.speech.library import AudioLibrary
from ivr.speech.prompts_folder import RecordedPrompt

SECONDS_PER_CHARACTER = 0.08
SECONDS_OF_PAUSE = 0.5


class FlowAudio:
    """Names the audio of prompts, and remembers what the voice has still to speak."""

    def __init__(self, library: AudioLibrary) -> None:
        self._library = library
        self._unspoken: list[tuple[str, str]] = []

    def recorded(self, prompt: RecordedPrompt, words: str, language: str) -> Audio:
        """A recorded WAV of the flow. Raises `MediaError`."""
        file = self._library.add_file(prompt.read(), prompt.name)
        seconds = prompt.format.seconds if prompt.format else 0.0
        return Audio(prompt.name, words, file, language, seconds)

    def spoken(self, prompt: str, words: str, language: str) -> Audio:
        """Words for the voice; `seconds` is an estimate on the long side."""
        self._unspoken.append((words, language))
        seconds = SECONDS_OF_PAUSE + SECONDS_PER_CHARACTER * len(words)
        return Audio(prompt, words, self._library.name_for(words, language), language, seconds)

    def unspoken(self) -> list[tuple[str, str]]:
        """Texts that were asked for since the last time."""
        wanted, self._unspoken = self._unspoken, []
        return [(text, lang) for text, lang in wanted
                if not self._library.exists(self._library.name_for(text, lang))]  # fmt: skip
