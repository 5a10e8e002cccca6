"""Voices with a memory and a will of their own, for tests of what uses a voice."""

from __future__ import annotations

import threading
from contextlib import suppress

from ivr.errors import MediaError
from ivr.speech.library import AudioLibrary
from ivr.speech.wav import build
from tests.speech.waves import tone


class TellingVoice:
    """Speaks a tone as long as the text, and remembers what it was asked to speak."""

    def __init__(self, name: str = "telling 1") -> None:
        self.name = name
        self.spoken: list[tuple[str, str]] = []

    def speak(self, text: str, language: str) -> bytes:
        self.spoken.append((text, language))
        return build(tone(0.01 * max(1, len(text))))


class CrowdedVoice:
    """Knows whether it was ever asked for as many texts at once as `crowd`."""

    name = "crowded 1"

    def __init__(self, crowd: int, patience: float) -> None:
        self.was_crowded = False
        self._crowd = threading.Barrier(crowd, timeout=patience)

    def speak(self, text: str, language: str) -> bytes:
        with suppress(threading.BrokenBarrierError):
            self._crowd.wait()
            self.was_crowded = True
        return build(tone(0.1))


class OvertakenVoice:
    """While it speaks, another process finishes the same file."""

    name = "overtaken 1"

    def __init__(self) -> None:
        self.library: AudioLibrary | None = None

    def speak(self, text: str, language: str) -> bytes:
        assert self.library is not None
        path = self.library.path(self.library.name_for(text, language))
        path.parent.mkdir()
        path.write_bytes(build(tone(0.2)))
        return build(tone(0.1))


class BrokenVoice:
    """Answers with a web page, as a service behind a login does."""

    name = "broken 1"

    def speak(self, text: str, language: str) -> bytes:
        return b"<!DOCTYPE html><title>Sign in</title>"


class MonoglotVoice:
    """Knows English only."""

    name = "monoglot 1"

    def speak(self, text: str, language: str) -> bytes:
        if language != "en-GB":
            raise MediaError(f"The voice does not speak the language {language}")
        return build(tone(0.1))
