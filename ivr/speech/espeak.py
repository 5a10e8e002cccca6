"""The embedded voice: espeak-ng, offline and fast, from the extra `ivr[espeak]`.

A sentence takes some 5 ms. espeak is licensed under the GPL, version 3, so it is
an extra that is loaded at run time and no part of this package.

Equal texts do not give equal bytes: espeak varies pitch and breath from one text to
the next, by some samples in length. So audio is named after its text and its voice,
never after its bytes (`ivr.speech.library`).
"""

from __future__ import annotations

import importlib
import re
from typing import Final

from ivr.errors import MediaError, UsageError
from ivr.speech.espeak_library import Language, espeak_library
from ivr.speech.voice import MAX_SPEECH_SECONDS, MIN_SAMPLES
from ivr.speech.wav import RATE, build, shown

SOUND_VERSION: Final = 1
"""Raise it when the same text is to sound different, for example after a change of volume."""

_UNSPEAKABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
"""Control characters are commands to espeak (0x01 sets its speed for good); a null ends a text."""


class EspeakVoice:
    """Speaks any of espeak's hundred languages; safe to call from several threads."""

    def __init__(self) -> None:
        """Load the library, once for the process.

        Raises:
            UsageError: the extra is not installed, or the library does not start.
        """
        _require("espeakng_loader", "numpy", "soxr")
        self._library = espeak_library()
        self._voices = _best_voices(self._library.languages())
        self.name: Final = f"espeak-ng {self._library.version} {SOUND_VERSION}"

    def speak(self, text: str, language: str) -> bytes:
        """A WAV file in Graph's format, cut off after `MAX_SPEECH_SECONDS`.

        `text` is plain text; markup in it is read out or skipped. A region that espeak does not
        know falls back to the language itself, `de-DE` to `de`.

        Raises:
            MediaError: espeak does not know the language.
        """
        voice = self._voice_for(language)
        plain = _UNSPEAKABLE.sub(" ", text)
        sound = self._library.speak(plain, voice, MAX_SPEECH_SECONDS)
        return build(_in_graphs_rate(sound, self._library.rate).ljust(2 * MIN_SAMPLES, b"\0"))

    def _voice_for(self, language: str) -> bytes:
        tag = language.lower().replace("_", "-")
        while tag:
            if voice := self._voices.get(tag):
                return voice
            tag = tag.rpartition("-")[0]
        raise MediaError(
            f"The espeak voice does not speak the language {shown(language)!r}: use a tag such as"
            " en-GB, de-DE or fr-FR"
        )


def _require(*modules: str) -> None:
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError as error:
            raise UsageError(
                f"The espeak voice needs the package {module}: run pip install 'ivr[espeak]',"
                " or set IVR_SPEECH=none"
            ) from error


def _best_voices(languages: list[Language]) -> dict[str, bytes]:
    best: dict[str, Language] = {}
    for language in languages:
        if language.tag not in best or language.rank < best[language.tag].rank:
            best[language.tag] = language
    return {tag: language.voice for tag, language in best.items()}


def _in_graphs_rate(sound: bytes, rate: int) -> bytes:
    """Band-limited, so that nothing above 8 kHz folds back as a hiss."""
    import numpy as np
    import soxr

    if not sound:
        return b""
    wave = np.frombuffer(sound, dtype=np.int16).astype(np.float32)
    resampled = soxr.resample(wave, rate, RATE)
    whole: bytes = np.rint(resampled).clip(-32768, 32767).astype("<i2").tobytes()
    return whole
