"""How many notifications one node and several take, and how fast, with 1,000 calls in progress.

The load is open (`open_load.py`): each notification is due at a fixed moment, and its time counts
from then to the 202. It grows by steps, until the 99th percentile is over 100 ms. With several
nodes each notification goes to the next one, whichever call it is of.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from time import perf_counter, process_time
from typing import NamedTuple

from uvicorn.loops.auto import auto_loop_factory

from benchmarks import flows
from benchmarks.bots import Bot, cpu_of_all
from benchmarks.open_load import Found, percentiles
from benchmarks.site import CALLS, Site, running
from benchmarks.stores import Store, postgresql, sqlite
from benchmarks.table import Table, Target

RATES = (150, 225, 300, 450, 600, 800, 1_000, 1_250, 1_500)
"""Notifications in a second."""

PROMISED = 600
"""Where it begins; more is tried as long as it goes well, less until it does."""

MOST_WAIT = 100.0
MOST_KEY_WAIT = 150.0
"""Milliseconds of the 99th percentile."""

SECONDS = 6.0
IN_FULL = 30.0
SETTLE = 1.5
MIX = 4.0
"""Seconds that are not measured: before each rate, and first of all until calls are everywhere."""

RAMP = 150.0
"""Calls that begin in a second, until all are there."""

TRIES = 2
"""A rate is too high when it did not go well so often."""

ENOUGH_CORES = 4
"""Two nodes, the load and the database, each on its own."""

BY_A_SECOND = 1.6


class Step(NamedTuple):
    """One rate.

    `cpu` is the processor time of nodes, store and load for each notification, `elsewhere` the
    processors that others have taken meanwhile.
    """

    rate: int
    found: Found
    cpu: tuple[float, ...]
    elsewhere: float

    @property
    def wait(self) -> float:
        """Milliseconds from due to acknowledged, 99th percentile."""
        return percentiles(self.found.acknowledged)[1]

    @property
    def sustained(self) -> bool:
        """Whether all went well and in time, which says also that it was as often as it was due."""
        return self.wait <= MOST_WAIT and not self.found.failed


class Measured(NamedTuple):
    """One installation and the best try at each rate.

    `megabytes` is what its largest node holds, `kilobytes` what a call leaves in the database.
    """

    name: str
    nodes: int
    steps: Mapping[int, Step]
    megabytes: float
    kilobytes: float

    @property
    def highest(self) -> Step | None:
        """The highest rate that was sustained."""
        return max((one for one in self.steps.values() if one.sustained), default=None)

    @property
    def per_second(self) -> float:
        """What was acknowledged in a second at that rate."""
        return self.highest.found.per_second if self.highest else 0.0


def run(*, full: bool = False) -> Table:
    """Measure SQLite with one node, PostgreSQL with one, two and four."""
    seconds = IN_FULL if full else SECONDS
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        with sqlite() as store:
            measured = [runner.run(_measure(store, 1, seconds))]
        with ExitStack() as stack:
            try:
                server = stack.enter_context(postgresql())
            except Exception as error:
                return _table(measured, [f"PostgreSQL cannot run here: {type(error).__name__}."])
            for nodes in (1, 2, 4):
                with server.store() as store:
                    measured.append(runner.run(_measure(store, nodes, seconds)))
    return _table(measured, [])


async def _measure(store: Store, nodes: int, seconds: float) -> Measured:
    async with running(store, nodes, flows.long_call()) as (site, bots):
        before = store.size()
        await site.load.begin(RAMP)
        await site.load.run(PROMISED, MIX)
        steps: dict[int, Step] = {}
        for rate in _rates(steps):
            for _ in range(TRIES):
                step = await _try(site, bots, rate, seconds)
                steps[rate] = min(step, steps.get(rate, step), key=lambda one: one.wait)
                if step.sustained:
                    break
        megabytes = max(bot.resident() for bot in bots) / 1e6
        kilobytes = (store.size() - before) / store.seen() / 1e3
        return Measured(store.name, nodes, steps, megabytes, kilobytes)


def _rates(steps: Mapping[int, Step]) -> Iterator[int]:
    """What to try next, while the steps are made."""
    yield PROMISED
    upward = steps[PROMISED].sustained
    for rate in RATES if upward else reversed(RATES):
        if rate not in steps and (rate > PROMISED) is upward:
            yield rate
            if steps[rate].sustained is not upward:
                return


async def _try(site: Site, bots: Sequence[Bot], rate: int, seconds: float) -> Step:
    await site.load.run(rate, SETTLE)
    began, before, everybody = perf_counter(), _cpu(site.store, bots), cpu_of_all()
    found = await site.load.run(rate, seconds)
    await site.load.settle()
    spent = [(after - at) for after, at in zip(_cpu(site.store, bots), before, strict=True)]
    elsewhere = (cpu_of_all() - everybody - sum(spent)) / (perf_counter() - began)
    each = tuple(one / max(len(found.acknowledged), 1) for one in spent)
    return Step(rate, found, each, max(elsewhere, 0.0))


def _cpu(store: Store, bots: Sequence[Bot]) -> tuple[float, ...]:
    return sum(bot.cpu() for bot in bots), store.cpu(), process_time()


def _table(measured: Sequence[Measured], notes: list[str]) -> Table:
    by = {(one.name, one.nodes): one for one in measured}
    table = Table(
        f"load: {CALLS:,} calls in a menu, notifications at a fixed rate to nodes in turns",
        (
            "store and nodes", "sustained", f"at {PROMISED}/s: p50", "p99", "key to command p50",
            "p99", "CPU nodes", "store", "load", "elsewhere", "memory", "disk a call",
        ),
        rows=[_row(one) for one in measured],
        targets=[target for one in measured if one.nodes == 1 for target in _targets(one)],
        notes=[
            f"{os.cpu_count()} cores for nodes, store and load. Times count from the moment that a",
            f"notification was due. Sustained: p99 at most {MOST_WAIT:.0f} ms, nothing failed.",
            *notes,
        ],
    )  # fmt: skip
    one, two = by.get(("PostgreSQL", 1)), by.get(("PostgreSQL", 2))
    if one and two:
        _judge_second(table, one, two)
    return table


def _judge_second(table: Table, one: Measured, two: Measured) -> None:
    gain = two.per_second / max(one.per_second, 1)
    words = "notifications/s of two nodes beside one on PostgreSQL"
    if (os.cpu_count() or 1) >= ENOUGH_CORES:
        table.targets.append(Target(words, gain, BY_A_SECOND, "at least"))
    else:
        table.notes.append(f"{words}: {gain:.2f}; not judged: {os.cpu_count()} cores are shared.")


def _targets(one: Measured) -> list[Target]:
    found = one.steps[PROMISED].found
    name = f"{one.name}, one node"
    return [
        Target(f"{name}, notifications/s sustained", one.per_second, PROMISED * 0.97, "at least"),
        Target(f"{name}, ms to acknowledge, p99", percentiles(found.acknowledged)[1], MOST_WAIT),
        Target(f"{name}, ms from key to command, p99", percentiles(found.keys)[1], MOST_KEY_WAIT),
    ]


def _row(one: Measured) -> list[str]:
    step = one.steps[PROMISED]
    waits = (*percentiles(step.found.acknowledged), *percentiles(step.found.keys))
    name = f"{one.name}, {one.nodes} node{'s' * (one.nodes > 1)}"
    return [
        name, f"{one.per_second:.0f}/s", *(f"{wait:.1f} ms" for wait in waits),
        *(f"{each * 1000:.2f} ms" for each in step.cpu),
        f"{step.elsewhere:.1f} cores", f"{one.megabytes:.0f} MB", f"{one.kilobytes:.1f} kB",
    ]  # fmt: skip
