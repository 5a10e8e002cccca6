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
