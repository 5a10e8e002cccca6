"""The espeak-ng library through ctypes: loaded once, used by one thread at a time.

espeak keeps all of its state in global variables, so a process has one `EspeakLibrary`
and every call into it holds one lock; a call releases Python's own lock meanwhile.
The numbers are those of espeak's `speak_lib.h`, version 1.52.
"""

from __future__ import annotations

import ctypes
import os
import threading
from typing import TYPE_CHECKING, Final, NamedTuple

from ivr.errors import MediaError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

VOLUME: Final = 60
"""Of espeak's 100. Mandarin clips at 100; at 60 English speaks at -26 dBFS, the level of
speech that telephone networks are built for (ITU-T P.56)."""
CHUNK_MILLISECONDS: Final = 0
"""0 is espeak's own length of the pieces in which it hands over sound."""

_SYNCHRONOUS: Final = 2
_NEVER_EXIT: Final = 0x8000
"""Without it espeak ends the whole process when its voice files are missing."""
_UTF8_WITH_END_PAUSE: Final = 0x1001
"""Plain text: neither SSML (0x10) nor phonemes in brackets (0x100)."""
_VOLUME_PARAMETER: Final = 2
_GO_ON: Final = 0
_STOP: Final = 1


class Language(NamedTuple):
    """One language that a voice speaks; of several voices the lowest rank suits it best."""

    tag: str
    rank: int
    voice: bytes


class _Voice(ctypes.Structure):
    """The head of `espeak_VOICE`; espeak owns the memory."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
    )


_TakeSound = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
_loading = threading.Lock()
_loaded: list[EspeakLibrary] = []


def espeak_library() -> EspeakLibrary:
    """The one library of this process.

    Raises:
        UsageError: it is not installed, or does not start.
    """
    with _loading:
        if not _loaded:
            _loaded.append(EspeakLibrary())
        return _loaded[0]


class EspeakLibrary:
    """Speaks into memory. Make it through `espeak_library`, never twice in a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._library, folder = _open()
        started = self._library.espeak_Initialize
        self.rate: Final[int] = started(_SYNCHRONOUS, CHUNK_MILLISECONDS, folder, _NEVER_EXIT)
        if self.rate <= 0:
            raise UsageError(
                f"The espeak voice did not start with its files in {os.fsdecode(folder)}: install"
                " it again in a folder whose path is shorter than 150 letters, or set"
                " IVR_SPEECH=none"
            )
        self._declare()
        self.version: Final[str] = self._library.espeak_Info(None).decode("ascii", "replace")

    def languages(self) -> list[Language]:
        """Every language of every voice, tags in small letters."""
        with self._lock:
            voices = self._library.espeak_ListVoices(None)
            return [found for voice in _until_null(voices) for found in _languages_of(voice)]

    def speak(self, text: str, voice: bytes, max_seconds: float) -> bytes:
        """16-bit samples in this machine's byte order, `rate` of them a second.

        Sound beyond `max_seconds` is cut off, within a fraction of a second of work.

        Raises:
            MediaError: espeak refused the voice or the text.
        """
        sound = bytearray()
        limit = int(max_seconds * self.rate) * 2

        def take(samples: int | None, count: int, _events: int | None) -> int:
            if samples and count > 0:
                sound.extend(ctypes.string_at(samples, count * 2))
            return _STOP if len(sound) >= limit else _GO_ON

        with self._lock:
            self._synthesize(text.encode("utf-8", "replace") + b"\0", voice, _TakeSound(take))
        return bytes(sound[:limit])

    def _synthesize(self, text: bytes, voice: bytes, take: ctypes._FuncPointer) -> None:
        library = self._library
        library.espeak_SetSynthCallback(take)
        refused = library.espeak_SetVoiceByName(voice)
        refused = refused or library.espeak_SetParameter(_VOLUME_PARAMETER, VOLUME, 0)
        refused = refused or library.espeak_Synth(
            text, len(text), 0, 0, 0, _UTF8_WITH_END_PAUSE, None, None
        )
        if refused:
            raise MediaError(f"espeak could not speak a text: its error is {refused}")

    def _declare(self) -> None:
        library = self._library
        library.espeak_Info.restype = ctypes.c_char_p
        library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        unsigned, size, pointer = ctypes.c_uint, ctypes.c_size_t, ctypes.c_void_p
        library.espeak_Synth.argtypes = (
            *(ctypes.c_char_p, size, unsigned, ctypes.c_int),
            *(unsigned, unsigned, pointer, pointer),
        )


def _open() -> tuple[ctypes.CDLL, bytes]:
    import espeakng_loader

    try:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
        return library, os.fsencode(espeakng_loader.get_data_path())
    except (OSError, RuntimeError) as error:
        raise UsageError(
            f"The espeak voice does not run on this machine ({error}): set IVR_SPEECH=none"
        ) from error


def _until_null(voices: ctypes._Pointer[ctypes._Pointer[_Voice]]) -> Iterator[_Voice]:
    position = 0
    while voices[position]:
        yield voices[position].contents
        position += 1


def _languages_of(voice: _Voice) -> Iterator[Language]:
    """Espeak packs them as a rank byte and a tag that ends in a null, until a null rank."""
    position: int = voice.languages
    while rank := ctypes.string_at(position, 1)[0]:
        tag = ctypes.string_at(position + 1)
        yield Language(tag.decode("ascii", "replace").lower(), rank, voice.identifier)
        position += len(tag) + 2
