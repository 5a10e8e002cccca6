"""The simulator's time: the real clock, made faster."""

from __future__ import annotations

import asyncio
import time

from ivr.core.values import Millis


class FastClock:
    """Simulated milliseconds since 1970 that pass `speed` times as fast as real ones."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._start = _steady()
        self._epoch = int(time.time() * 1000)

    def now(self) -> Millis:
        """The simulated moment."""
        return self._epoch + int((_steady() - self._start) * 1000 * self._speed)

    def real(self, length: Millis) -> float:
        """How many real seconds a simulated length takes."""
        return max(0, length) / 1000 / self._speed

    async def sleep(self, length: Millis) -> None:
        """Wait for a simulated length."""
        await asyncio.sleep(self.real(length))


def _steady() -> float:
    """Seconds of the clock by which the event loop sleeps: a test may have one that jumps."""
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return time.monotonic()
