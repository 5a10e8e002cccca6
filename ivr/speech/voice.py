"""What turns words into sound, and the voice that says nothing."""

from __future__ import annotations

from typing import Final, Protocol

from ivr.speech.wav import RATE, build

MAX_SPEECH_SECONDS: Final = 300
"""A voice stops here however long the text is; nobody listens to a menu for five minutes."""
SILENT_LETTERS_A_SECOND: Final = 15
"""About the pace of English at 150 words a minute."""
MIN_SAMPLES: Final = RATE // 10
"""A text without a sound in it still gives a file that Graph can play."""


class Voice(Protocol):
    """Speaks texts; safe to call from several threads at once."""

    @property
    def name(self) -> str:
        """Engine and version; part of every audio file's name, so new sound needs a new name."""

    def speak(self, text: str, language: str) -> bytes:
        """A whole WAV file in Graph's format: mono, 16-bit, 16000 Hz. Blocks while it renders.

        `text` is plain text, never markup; `language` a BCP 47 tag such as `en-GB`.

        Raises:
            MediaError: the language is unknown to this voice, or it failed. The sentence
                never holds `text`, which may be a caller's data.
        """


class SilentVoice:
    """Silence that lasts as long as the words would: `IVR_SPEECH=none`, tests, the simulator."""

    name: Final = "silent 1"

    def speak(self, text: str, language: str) -> bytes:
        """One second of silence for every 15 letters; equal texts give equal bytes."""
        length = len(text) * RATE // SILENT_LETTERS_A_SECOND
        length = min(max(length, MIN_SAMPLES), MAX_SPEECH_SECONDS * RATE)
        return build(bytes(2 * length))
