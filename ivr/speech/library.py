"""The prompts that can be played, each rendered once and named after its content.

A name is a hash, so a changed text has a new name and Graph, which caches media
by name, never plays the old one. Files with a caller's words or numbers are never written:
they are rendered in memory by `render_private`.

    DIRECTORY/3f/3fa0...c1.wav      fixed texts and recorded files

Several processes may share the directory: a file appears whole or not at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
from typing import TYPE_CHECKING, Final

from ivr.errors import MediaError
from ivr.speech.recent import RecentAudio
from ivr.speech.wav import check_prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ivr.speech.voice import Voice

NAME: Final = re.compile(r"[0-9a-f]{40}")
RENDERED_AT_ONCE: Final = 2
"""Leaves most of the event loop's worker threads to the calls that are running."""
PRIVATE_BYTES: Final = 16 * 1024 * 1024
"""About 500 sentences of one second, shared by all calls."""

_SPEECH: Final = b"ivr speech 1"
_FILE: Final = b"ivr file 1"


class AudioLibrary:
    """The audio files under one directory, and the voice that makes the missing ones."""

    def __init__(self, directory: Path, voice: Voice) -> None:
        self._directory = directory
        self._voice = voice
        self._private = RecentAudio(PRIVATE_BYTES)

    def name_for(self, text: str, language: str) -> str:
        """The name of this text, spoken by this library's voice: 40 hexadecimal digits."""
        words = (self._voice.name, language, text)
        return _digest(_SPEECH, *(word.encode("utf-8", "surrogatepass") for word in words))

    def name_for_file(self, audio: bytes) -> str:
        """The name of a recorded file: another one as soon as a byte differs."""
        return _digest(_FILE, audio)

    def path(self, name: str) -> Path:
        """Where the audio of this name lies or would lie.

        Raises:
            MediaError: it is not a name of this library.
        """
        if not NAME.fullmatch(name):
            raise MediaError("That is not the name of an audio file: names are 40 hex digits")
        return self._directory / name[:2] / f"{name}.wav"

    def exists(self, name: str) -> bool:
        """Whether the audio of this name can be read."""
        return NAME.fullmatch(name) is not None and self.path(name).is_file()

    def read(self, name: str) -> bytes | None:
        """The WAV file of this name, or None when there is none or it is not a name.

        Raises:
            MediaError: the file is there and cannot be read.
        """
        if not self.exists(name):
            return None
        try:
            return self.path(name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise MediaError(f"Audio file {name} cannot be read: {error.strerror}") from error

    def add_file(self, audio: bytes, name: str) -> str:
        """Keep a recorded prompt; `name` is what its author calls it, the result what we do.

        Raises:
            MediaError: Graph could not play it, or the directory cannot be written.
        """
        check_prompt(audio, name)
        kept_as = self.name_for_file(audio)
        self.keep(kept_as, audio)
        return kept_as

    async def prepare(
        self,
        items: Iterable[tuple[str, str]],
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Render each `(text, language)` that has no file yet, before a caller waits for it.

        `progress` is told how many are ready, of how many different ones.

        Raises:
            MediaError: a text cannot be spoken or written; the others may be ready or not.
        """
        wanted = list(dict.fromkeys(items))
        waiting = iter(wanted)
        ready = 0

        async def render() -> None:
            nonlocal ready
            for text, language in waiting:
                await asyncio.to_thread(self._render, text, language)
                ready += 1
                if progress is not None:
                    progress(ready, len(wanted))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(RENDERED_AT_ONCE):
                    group.create_task(render())
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def render_private(self, text: str, language: str) -> bytes:
        """A WAV file of a text that holds a caller's data; it stays in memory.

        Raises:
            MediaError: the text cannot be spoken.
        """
        name = self.name_for(text, language)
        audio = self._private.get(name)
        if audio is None:
            audio = await asyncio.to_thread(self._speak, text, language)
            self._private.put(name, audio)
        return audio

    def _render(self, text: str, language: str) -> None:
        name = self.name_for(text, language)
        if not self.exists(name):
            self.keep(name, self._speak(text, language))

    def _speak(self, text: str, language: str) -> bytes:
        audio = self._voice.speak(text, language)
        check_prompt(audio, f"The answer of the voice {self._voice.name}")
        return audio

    def keep(self, name: str, audio: bytes) -> None:
        """Keep audio under a name of this library, where there is none yet.

        Raises:
            MediaError: it is not a name of this library, or the directory cannot be written.
        """
        path = self.path(name)
        if path.is_file():  # the first bytes under a name stay: Graph may have them already
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(path, audio)
        except OSError as error:
            raise MediaError(
                f"Audio cannot be written to {self._directory}: {error.strerror}; make room there,"
                " or set IVR_DATA_DIR to a folder that can be written"
            ) from error


def _write_whole(path: Path, audio: bytes) -> None:
    """Under a name of its own first, so that nobody ever reads half a file."""
    part = path.with_name(f".{path.stem}.{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            file.write(audio)
            file.flush()
            os.fsync(file.fileno())  # or a power cut leaves an empty file under a good name
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _digest(*parts: bytes) -> str:
    """Each part goes in with its length, so that moving a letter across makes another name."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:40]
