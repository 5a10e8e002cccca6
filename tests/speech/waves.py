"""WAV files for tests, put together chunk by chunk so that each can be wrong in one place."""

from __future__ import annotations

import math
import struct
from array import array
from typing import Final

PCM_GUID: Final = bytes.fromhex("0100000000001000800000aa00389b71")


def chunk(name: bytes, content: bytes, *, size: int | None = None, pad: bool = True) -> bytes:
    """One chunk; `size` is a lie about its length."""
    claimed = len(content) if size is None else size
    padding = b"\0" * (len(content) % 2) if pad else b""
    return name + struct.pack("<I", claimed) + content + padding


def layout(
    code: int = 1,
    channels: int = 1,
    rate: int = 16000,
    bits: int = 16,
    *,
    frame_bytes: int | None = None,
    byte_rate: int | None = None,
) -> bytes:
    """The content of a `fmt ` chunk, consistent unless told otherwise."""
    frame = channels * bits // 8 if frame_bytes is None else frame_bytes
    a_second = (rate * frame) & 0xFFFFFFFF if byte_rate is None else byte_rate
    return struct.pack("<HHIIHH", code, channels, rate, a_second, frame & 0xFFFF, bits)


def extensible(guid: bytes = PCM_GUID, *, valid_bits: int = 16, size: int = 22) -> bytes:
    """The content of an extensible `fmt ` chunk."""
    return layout(0xFFFE) + struct.pack("<HHI", size, valid_bits, 4) + guid


def riff(*chunks: bytes, size: int | None = None) -> bytes:
    """A file of these chunks."""
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def wav(fmt: bytes | None = None, pcm: bytes = bytes(3200)) -> bytes:
    """A file with a format and a sound; a tenth of a second of silence unless told otherwise."""
    return riff(chunk(b"fmt ", layout() if fmt is None else fmt), chunk(b"data", pcm))


def tone(seconds: float = 0.5, level: int = 8000) -> bytes:
    """Samples of a 440 Hz tone."""
    wave = (level * math.sin(math.tau * 440 * n / 16000) for n in range(int(seconds * 16000)))
    return array("h", (round(value) for value in wave)).tobytes()
