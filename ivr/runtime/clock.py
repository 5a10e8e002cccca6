"""The one place that asks the machine for the time."""

from __future__ import annotations

import asyncio
import time

from ivr.core.values import Millis


class SystemClock:
    """The machine's own time."""

    def now(self) -> Millis:
        """Milliseconds since 1970 (UTC)."""
        return time.time_ns() // 1_000_000

    async def sleep(self, length: Millis) -> None:
        """Return after `length` milliseconds."""
        await asyncio.sleep(length / 1000)


def steady() -> Millis:
    """Milliseconds of a clock that nobody sets; where the system has one, it also counts sleep.

    Linux's CLOCK_MONOTONIC stands still while the machine is suspended, CLOCK_BOOTTIME does not
    (clock_gettime(2)).
    """
    counter = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(counter) // 1_000_000
