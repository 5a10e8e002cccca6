"""Calls at a given rate, whatever the bots can take: an open load, without coordinated omission.

What happens on a call is due at a moment that was fixed beforehand, and its time counts from that
moment: a bot that stalls cannot make the load wait, and does not hide how late it is.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import quantiles
from time import perf_counter

from benchmarks import graph_wire as wire
from benchmarks.graph_http import WebhookConnections
from benchmarks.graph_server import GraphServer
from benchmarks.long_call import DOINGS, NOTIFICATIONS, PLAN, LongCall, shortened

LONGEST = 15.0
"""Seconds after which what is still on its way has failed."""

TAKEN = 0.75
"""The share of slots that are taken, rather than left out, when their turn comes."""


@dataclass
class Found:
    """Seconds from due to acknowledged, and from a key to the next command; what failed."""

    acknowledged: list[float] = field(default_factory=list)
    keys: list[float] = field(default_factory=list)
    failed: int = 0
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        """Notifications that were acknowledged in a second."""
        return len(self.acknowledged) / self.seconds


def percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """The median and the 99th percentile in milliseconds."""
    if len(seconds) < 2:
        return 0.0, 0.0
    cuts = quantiles(seconds, n=100)
    return cuts[49] * 1000, cuts[98] * 1000


class OpenLoad:
    """So many calls at any time, each followed by another; told in turns to bots at these ports."""

    def __init__(self, graph: GraphServer, token: bytes, ports: Sequence[int], calls: int) -> None:
        self._graph = graph
        self._token = token
        self._doors = [WebhookConnections(port) for port in ports]
        self._next_door = itertools.cycle(self._doors)
        self._slots: list[LongCall | None] = [None] * calls
        self._in_turns = itertools.cycle(range(calls))
        self._chance = random.Random(1)  # the same load each time
        self._found = Found()
        self._on_their_way = 0

    async def begin(self, calls_per_second: float) -> None:
        """Let the first call of each slot ring."""
        await self._tick(calls_per_second, range(len(self._slots)))
        await self.settle()

    async def run(self, notifications_per_second: float, seconds: float) -> Found:
        """Let calls go on at that rate."""
        rate = notifications_per_second * DOINGS / NOTIFICATIONS
        return await self._tick(rate, itertools.islice(self._some(), int(rate * seconds)))

    async def settle(self) -> None:
        """Wait until nothing is on its way; what takes too long has failed."""
        until = perf_counter() + LONGEST
        while self._unfinished() and perf_counter() < until:
            await asyncio.sleep(0.02)
        self._found.failed += self._unfinished()
        self._on_their_way = 0

    async def accepted(self) -> bool:
        """Whether a notification is acknowledged that says nothing new; of the first call."""
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        call = next(filter(None, self._slots))
        request = wire.post(call.path, self._token, wire.established(call.id))
        self._doors[0].post(request, done.set_result)
        return 200 <= await done < 300

    def close(self) -> None:
        """Let go of the connections."""
        for door in self._doors:
            door.close()

    def _unfinished(self) -> int:
        return self._on_their_way + sum(call.behind for call in self._slots if call is not None)

    def _some(self) -> Iterator[int]:
        """Slots in turns, of which each time some are left out: so calls do not march in step."""
        return (slot for slot in self._in_turns if self._chance.random() < TAKEN)

    async def _tick(self, rate: float, slots: Iterable[int]) -> Found:
        self._found = found = Found()
        began = due = perf_counter()
        for number, slot in enumerate(slots, 1):
            pause = due - perf_counter()
            if pause > 0:
                await asyncio.sleep(pause)
            self._go_on(slot, due)
            due = began + number / rate
        found.seconds = due - began
        return found

    def _go_on(self, slot: int, due: float) -> None:
        call = self._slots[slot]
        if call is not None and not call.at_end:
            call.go_on(due)
            return
        # The first calls are cut short, each elsewhere, so that later as many end at any time.
        plan = PLAN if call is not None else shortened(slot)
        if call is not None:
            call.hang_up(due, partial(self._graph.calls.pop, call.id, None))
        self._slots[slot] = new = LongCall(self._tell, self._note_key, plan)
        self._graph.calls[new.id] = new
        new.ring(due)

    def _tell(self, path: bytes, body: bytes, due: float, accepted: Callable[[], object]) -> None:
        self._on_their_way += 1
        done = partial(self._told, self._found, due, accepted)
        next(self._next_door).post(wire.post(path, self._token, body), done)

    def _told(self, found: Found, due: float, accepted: Callable[[], object], status: int) -> None:
        self._on_their_way -= 1
        if 200 <= status < 300:
            found.acknowledged.append(perf_counter() - due)
            accepted()
        else:
            found.failed += 1

    def _note_key(self, due: float) -> None:
        self._found.keys.append(perf_counter() - due)
