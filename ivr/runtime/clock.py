"""The one place that asks the machine for the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from ivr.core.values import Millis

SLOWED = 20
"""Time goes on by one part in so many less, until a clock that was set back has caught up."""


class OnwardTime:
    """The time of day, which is never set back.

    Deadlines are moments of the day: with a clock that is set back by an hour every call would
    wait an hour longer. Time goes on at nearly its own pace then, until the clock has caught up.
    Both `wall`, which people may set, and `timer`, which nobody sets, count nanoseconds.
    """

    def __init__(self, wall: Callable[[], int], timer: Callable[[], int]) -> None:
        self._wall = wall
        self._timer = timer
        self._now, self._at = wall(), timer()

    def now(self) -> int:
        """Nanoseconds since 1970 (UTC)."""
        at = self._timer()
        passed, self._at = at - self._at, at
        self._now = max(self._wall(), self._now + passed - passed // SLOWED)
        return self._now


class SystemClock:
    """The machine's own time."""

    def __init__(self) -> None:
        self._time = OnwardTime(time.time_ns, _steady_ns)

    def now(self) -> Millis:
        """Milliseconds since 1970 (UTC)."""
        return self._time.now() // 1_000_000

    async def sleep(self, length: Millis) -> None:
        """Return after `length` milliseconds."""
        await asyncio.sleep(length / 1000)


def steady() -> Millis:
    """Milliseconds of a clock that nobody sets; where the system has one, it also counts sleep.

    Linux's CLOCK_MONOTONIC stands still while the machine is suspended, CLOCK_BOOTTIME does not
    (clock_gettime(2)).
    """
    return _steady_ns() // 1_000_000


def _steady_ns() -> int:
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
