"""Loops that go on as long as they are wanted: a fault of ours in one of them ends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import structlog

from ivr.core.values import Millis
from ivr.ports import Clock

BEGIN_AGAIN_AFTER: Millis = 1_000

log = structlog.get_logger()

Loop = Callable[[], Coroutine[None, None, None]]


class Loops:
    """Some loops of a node; one that comes to its end has done what it was for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, *loops: Loop) -> None:
        """Run them from now on."""
        self._tasks += [asyncio.create_task(self._forever(loop)) for loop in loops]

    async def stop(self) -> None:
        """Return when none of them runs any more."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _forever(self, loop: Loop) -> None:
        while True:
            try:
                await loop()
                return
            except Exception as fault:
                log.error("loop_fault", fault=type(fault).__name__)
                await self._clock.sleep(BEGIN_AGAIN_AFTER)
