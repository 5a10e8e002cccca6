"""The `fmt ` part of a WAV file: which sound the bytes of its `data` part are.

Only PCM passes. Layout: WAVEFORMATEX and WAVEFORMATEXTENSIBLE (Microsoft, mmreg.h).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ivr.errors import MediaError

if TYPE_CHECKING:
    from ivr.speech.riff import Chunk

PCM: Final = 1
MAX_CHANNELS: Final = 32
RATES: Final = range(1_000, 384_001)

FORMAT: Final = struct.Struct("<HHIIHH")
"""Encoding, channels, frames a second, bytes a second, bytes a frame, bits a sample."""

_EXTENSIBLE: Final = 0xFFFE
_EXTENSION: Final = struct.Struct("<HHI16s")
_PCM_GUID: Final = bytes.fromhex("0100000000001000800000aa00389b71")
_ENCODINGS: Final = {
    2: "ADPCM",
    3: "floating-point",
    6: "A-law",
    7: "mu-law",
    17: "IMA ADPCM",
    49: "GSM",
    85: "MP3",
    255: "AAC",
}


@dataclass(frozen=True, slots=True)
class WavFormat:
    """What a PCM WAV file holds; a frame is one sample of every channel."""

    channels: int
    rate: int
    bits: int
    frames: int

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return self.frames / self.rate

    def __str__(self) -> str:
        channels = {1: "mono", 2: "stereo"}.get(self.channels, f"{self.channels} channels")
        return f"{channels}, {self.bits}-bit and {self.rate} Hz"


@dataclass(frozen=True, slots=True)
class Layout:
    """How the bytes of the sound are laid out; `byte_rate` is only what the file claims."""

    channels: int
    rate: int
    bits: int
    frame_bytes: int
    byte_rate: int

    def format(self, size: int) -> WavFormat:
        """The format of a file with `size` bytes of sound; a torn last frame does not count."""
        return WavFormat(self.channels, self.rate, self.bits, size // self.frame_bytes)


def read_layout(audio: bytes, chunk: Chunk) -> Layout:
    """The layout that a `fmt ` chunk describes.

    Raises:
        MediaError: it is not PCM, or contradicts itself; the text goes on from the file's name.
    """
    if chunk.size < FORMAT.size or chunk.start + FORMAT.size > len(audio):
        raise MediaError("has a format part that is too short")
    code, channels, rate, byte_rate, frame_bytes, bits = FORMAT.unpack_from(audio, chunk.start)
    if code == _EXTENSIBLE:
        _require_pcm(audio, chunk, bits)
    elif code != PCM:
        raise MediaError(f"holds {_ENCODINGS.get(code, f'format {code}')} sound, not PCM")
    if not 1 <= channels <= MAX_CHANNELS:
        raise MediaError(f"claims {channels} channels")
    if rate not in RATES:
        raise MediaError(f"claims {rate} samples a second")
    if bits not in (8, 16, 24, 32) or frame_bytes != channels * bits // 8:
        raise MediaError(f"claims {bits} bits a sample in frames of {frame_bytes} bytes")
    return Layout(channels, rate, bits, frame_bytes, byte_rate)


def _require_pcm(audio: bytes, chunk: Chunk, bits: int) -> None:
    """The extensible format keeps the true encoding in a GUID behind the plain fields."""
    start = chunk.start + FORMAT.size
    if chunk.size < FORMAT.size + _EXTENSION.size or start + _EXTENSION.size > len(audio):
        raise MediaError("has an extended format part that is too short")
    size, valid_bits, _speakers, guid = _EXTENSION.unpack_from(audio, start)
    if size < _EXTENSION.size - 2 or guid != _PCM_GUID:
        raise MediaError("holds sound of an extended format other than PCM")
    if valid_bits != bits:
        raise MediaError(f"holds {valid_bits}-bit samples in {bits} bits")
