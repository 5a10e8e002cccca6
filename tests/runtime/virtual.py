"""A clock that moves only when a test says so, and lets everything happen on the way."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count

from ivr.core.values import Millis
from tests.universe import NOON

TURNS = 60
"""Turns of the event loop after which nothing more happens without time passing."""


class VirtualClock:
    """The `Clock` of tests; `slept` are the lengths that were asked for."""

    def __init__(self, now: Millis = NOON) -> None:
        self._now = now
        self._order = count()
        self._sleepers: list[tuple[Millis, int, asyncio.Future[None]]] = []
        self.slept: list[Millis] = []

    def now(self) -> Millis:
        return self._now

    async def sleep(self, length: Millis) -> None:
        self.slept.append(length)
        awake = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + length, next(self._order), awake))
        await awake

    async def pass_(self, length: Millis) -> None:
        """Let time pass; whoever sleeps wakes at the due time, one after the other."""
        until = self._now + length
        await settled()
        while self._sleepers and self._sleepers[0][0] <= until:
            due, _, awake = heapq.heappop(self._sleepers)
            if awake.done():
                continue
            self._now = max(self._now, due)
            awake.set_result(None)
            await settled()
        self._now = max(self._now, until)

    def jump(self, length: Millis) -> None:
        """Move the time and wake nobody, as when the machine was asleep."""
        self._now += length


async def settled() -> None:
    """Return when everything has happened that needs no time."""
    for _ in range(TURNS):
        await asyncio.sleep(0)
