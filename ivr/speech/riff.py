"""Walks the chunks of a RIFF file without trusting a single length in it.

A sound file comes from a copywriter's mailbox or from the network, so a length
field is only ever compared with what is there: nothing is allocated or skipped
because a header says so. Layout: "Multimedia Programming Interface and Data
Specifications 1.0", IBM and Microsoft, 1991.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from ivr.errors import MediaError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHUNKS: Final = 256
"""More than any editor writes; a flood of empty chunks ends here."""

FIRST_CHUNK: Final = 12
_HEADER: Final = struct.Struct("<4sI")

_OTHER_KINDS: Final = (
    (b"RF64", "an RF64 file (WAV of more than 4 GB)"),
    (b"BW64", "a BW64 file (WAV of more than 4 GB)"),
    (b"RIFX", "a RIFX file (WAV with the bytes the other way round)"),
    (b"FORM", "an AIFF file"),
    (b"ID3", "an MP3 file"),
    (b"OggS", "an Ogg file"),
    (b"fLaC", "a FLAC file"),
    (b"#!AMR", "an AMR file"),
    (b"\x30\x26\xb2\x75", "a Windows Media file"),
    (b"\x7fELF", "a program (ELF)"),
    (b"MZ", "a Windows program"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF document"),
    (b"version https://git-lfs", "a Git LFS pointer whose sound has not been pulled"),
)
_TEXT_KINDS: Final = (
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<?xml", "an XML document"),
    (b"<svg", "an SVG picture"),
)


class Chunk(NamedTuple):
    """One chunk: its four-letter name, where its content starts, the size that it claims."""

    name: bytes
    start: int
    size: int

    @property
    def shown(self) -> str:
        """The name as it may stand in a sentence."""
        return ascii(self.name.decode("latin-1"))


def claimed_end(audio: bytes) -> int:
    """Where the file says that it ends, in bytes from its start.

    Raises:
        MediaError: it is not RIFF/WAVE; the text goes on from the file's name.
    """
    if not audio:
        raise MediaError("is empty")
    if not audio.startswith(b"RIFF"):
        raise MediaError(f"is {_kind_of(audio)}")
    if len(audio) < FIRST_CHUNK:
        raise MediaError("is cut short within its first 12 bytes")
    if audio[8:12] != b"WAVE":
        raise MediaError("is a RIFF file, but not a WAV file")
    return 8 + int.from_bytes(audio[4:8], "little")


def chunks(audio: bytes, end: int) -> Iterator[Chunk]:
    """The chunks whose headers lie before `end`, in their order; sizes are unchecked claims.

    Raises:
        MediaError: there are more than `MAX_CHUNKS`; the text goes on from the file's name.
    """
    position = FIRST_CHUNK
    for _ in range(MAX_CHUNKS):
        if position + _HEADER.size > end:
            return
        name, size = _HEADER.unpack_from(audio, position)
        yield Chunk(name, position + _HEADER.size, size)
        position += _HEADER.size + size + size % 2
    if position + _HEADER.size <= end:
        raise MediaError(f"has more than {MAX_CHUNKS} chunks")


def _kind_of(audio: bytes) -> str:
    for start, kind in _OTHER_KINDS:
        if audio.startswith(start):
            return kind
    if audio[4:8] == b"ftyp":
        return "an MP4 or M4A file"
    text = audio[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for start, kind in _TEXT_KINDS:
        if text.startswith(start):
            return kind
    return _mpeg_kind(audio) or "not a WAV file: it does not begin with RIFF"


def _mpeg_kind(audio: bytes) -> str | None:
    """MPEG frames have no signature, only eleven set bits; layer 0 is AAC (ISO 13818-7)."""
    if len(audio) < 2 or audio[0] != 0xFF or audio[1] & 0xE0 != 0xE0:
        return None
    return "an MP3 file" if audio[1] & 0x06 else "an AAC file"
