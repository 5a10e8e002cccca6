"""What can be played but should not be: a recording that is silent or overdriven."""

from __future__ import annotations

import sys
from array import array
from typing import Final

FULL_SCALE: Final = 32767
SILENT_BELOW: Final = 100
"""-50 dBFS, the noise of a room: a microphone that was off stays below it."""
CLIPPED_SHARE: Final = 0.01
"""Music mastered to the limit touches full scale in far fewer samples than this."""


def remark(pcm: bytes) -> str | None:
    """What its author should know of 16-bit little-endian samples, going on from the file's name.

    None when they sound as speech does.
    """
    wave = array("h", pcm)
    if sys.byteorder == "big":
        wave.byteswap()
    highest, lowest = max(wave), min(wave)
    if highest < SILENT_BELOW and lowest > -SILENT_BELOW:
        return "is silent: was the microphone off?"
    full = sum(wave.count(level) for level in (FULL_SCALE, -FULL_SCALE, -FULL_SCALE - 1))
    if full > CLIPPED_SHARE * len(wave):
        return f"is overdriven in {full / len(wave):.0%} of its samples: record it at a lower level"
    return None
