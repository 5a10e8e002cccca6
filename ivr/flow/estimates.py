"""Audio where there is no voice: recordings as they are, words by their length."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from ivr.core.values import Audio
from ivr.flow.checked import CheckedFlow

SECONDS_PER_CHARACTER: Final = 0.06
SECONDS_OF_PAUSE: Final = 0.3


class Estimates:
    """Finds the audio of a prompt; as a `FindAudio`, it is called with flow, prompt and words."""

    def __init__(self, flows: Mapping[str, CheckedFlow]) -> None:
        self._flows = flows

    def __call__(self, flow: str, prompt: str, words: str) -> Audio:
        """A recording, else a name and a length made of the words."""
        known = self._flows[flow]
        language, recording = known.options.language, known.recordings.get(prompt)
        if recording is not None and recording.format is not None:
            file = hashlib.sha256(recording.read()).hexdigest()
            return Audio(prompt, words, file, language, recording.format.seconds)
        file = hashlib.sha256(f"{language}\n{words}".encode()).hexdigest()
        seconds = SECONDS_PER_CHARACTER * len(words) + SECONDS_OF_PAUSE
        return Audio(prompt, words, file, language, round(seconds, 3))
