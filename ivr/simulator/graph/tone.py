"""The sound of a simulated caller: a tone for speech, zeros for silence."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable

from ivr.core.values import Millis

RATE = 16_000
PITCH = 440
_SECOND = struct.pack(
    f"<{RATE}h", *(round(6_000 * math.sin(2 * math.pi * PITCH * n / RATE)) for n in range(RATE))
)


def spoken(length: Millis, speech: Iterable[tuple[Millis, Millis]]) -> bytes:
    """16-bit little-endian mono samples, 16 kHz: speech as (from, until) milliseconds."""
    sound = bytearray(_bytes(length))
    for since, until in speech:
        start, end = _bytes(since), _bytes(min(until, length))
        whole = (end - start) // len(_SECOND) + 1
        sound[start:end] = (_SECOND * whole)[: end - start]
    return bytes(sound)


def _bytes(length: Millis) -> int:
    return length * RATE // 1000 * 2
