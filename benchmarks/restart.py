"""A node is killed under load with 1,000 live calls, stays away, and is started again.

While it is away its callers press keys that nobody hears and its deadlines pass. Counted are the
seconds from the start of the new process until it acknowledges a notification, until it is ready,
and until no deadline that had passed, and no effect that the old one had left, is open any more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from time import perf_counter
from typing import NamedTuple

from uvicorn.loops.auto import auto_loop_factory

from benchmarks import flows
from benchmarks.bots import is_ready, ready
from benchmarks.site import CALLS, Site, open_site
from benchmarks.stores import Store, postgresql, sqlite
from benchmarks.table import Table, Target
from ivr.core.values import Millis

RATE = 500
SECONDS = 4.0
RAMP = 150.0
AWAY = 14.0
"""Seconds without a node: by then all that was being played or waited for is overdue."""

SILENCE = "5s"
MOST = 10.0
LOOK_EVERY = 0.05
LONGEST = 60.0


class Restart(NamedTuple):
    """What the new process found, and the seconds from its start until each thing was done."""

    name: str
    calls: int
    overdue: int
    unsettled: int
    accepts: float
    is_ready: float
    timers: float
    effects: float


def run() -> Table:
    """Measure it on each store."""
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        with sqlite() as store:
            found = [runner.run(_measure(store))]
        with ExitStack() as stack:
            try:
                server = stack.enter_context(postgresql())
            except Exception as error:
                return _table(found, [f"PostgreSQL cannot run here: {type(error).__name__}."])
            with server.store() as store:
                found.append(runner.run(_measure(store)))
    return _table(found, [])


async def _measure(store: Store) -> Restart:
    async with open_site(store, 1, flows.long_call(SILENCE, times=1)) as site:
        async with site.node(0) as bot:
            await ready(bot)
            await site.load.begin(RAMP)
            await site.load.run(RATE, SECONDS)
            bot.process.kill()
            killed = _now()
            await bot.process.wait()
        await asyncio.sleep(AWAY)
        return await _start_again(site, killed)


async def _start_again(site: Site, killed: Millis) -> Restart:
    store, again = site.store, _now()
    calls, overdue, unsettled = store.live(), store.due(again), store.unsettled(killed)
    began = perf_counter()
    async with site.node(0) as bot:
        took = await asyncio.gather(
            _until(began, site.load.accepted),
            _until(began, lambda: is_ready(bot)),
            _until(began, lambda: _none(store.due, again)),
            _until(began, lambda: _none(store.unsettled, killed)),
        )
    return Restart(store.name, calls, overdue, unsettled, *took)


async def _until(began: float, done: Callable[[], Awaitable[bool]]) -> float:
    while not await done():
        if perf_counter() - began > LONGEST:
            return float("inf")
        await asyncio.sleep(LOOK_EVERY)
    return perf_counter() - began


async def _none(count: Callable[[Millis], int], moment: Millis) -> bool:
    return not count(moment)


def _now() -> Millis:
    return time.time_ns() // 1_000_000


def _table(found: list[Restart], notes: list[str]) -> Table:
    return Table(
        f"restart: SIGKILL with {CALLS:,} live calls at {RATE} notifications/s, {AWAY:.0f} s away",
        (
            "store", "live calls", "overdue", "effects left",
            "accepts", "ready", "deadlines done", "effects done",
        ),
        rows=[_row(one) for one in found],
        targets=[
            Target(f"{one.name}, seconds until all is done", max(one[4:]), MOST) for one in found
        ],
        notes=["seconds from the start of the new process (SIGKILL to start not included)", *notes],
    )  # fmt: skip


def _row(one: Restart) -> list[str]:
    counts = [f"{count:,}" for count in (one.calls, one.overdue, one.unsettled)]
    times = (one.accepts, one.is_ready, one.timers, one.effects)
    return [one.name, *counts, *(f"{seconds:.1f} s" for seconds in times)]
