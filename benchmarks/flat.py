"""Whether anything is left in the memory of a node by calls that are over.

Calls come through the engine's one door, are answered and welcomed, and the caller hangs up, so
many at once, one batch after the other, over SQLite. After a tenth of them and after all of them
the process is looked at: its resident memory, and the objects that Python keeps. It is a process
of its own, as what an earlier benchmark has left would hide what this one leaves.
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

from benchmarks.bots import resident
from benchmarks.in_process import InProcess, in_process, to_the_menu
from benchmarks.table import Table, Target
from ivr.core.events import CallEnded

CALLS = 20_000
IN_FULL = 100_000
AT_ONCE = 250
MOST = 1.10
"""Growth from a tenth of the calls to all of them; what is more counts as a leak."""


class Held(NamedTuple):
    """What the process holds after so many calls."""

    calls: int
    resident: int
    objects: int
    kinds: Counter[str]


def run(*, full: bool = False) -> Table:
    """Make the calls in a process of their own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        before, after = process.submit(_held, IN_FULL if full else CALLS).result()
    return _table(before, after)


def _held(calls: int) -> tuple[Held, Held]:
    return asyncio.run(_measure(calls))


async def _measure(calls: int) -> tuple[Held, Held]:
    async with in_process() as node:
        await _pass_through(node, 0, calls // 10)
        before = _look(calls // 10)
        await _pass_through(node, calls // 10, calls)
        return before, _look(calls)


async def _pass_through(node: InProcess, first: int, until: int) -> None:
    for start in range(first, until, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, until))
        await asyncio.gather(*(_call(node, number) for number in numbers))
        await node.admission.look()
    await node.performer.drain()


async def _call(node: InProcess, number: int) -> None:
    arrived, established, welcomed, _ = to_the_menu(number)
    await node.tell(number, arrived, established, welcomed, CallEnded("hung_up"))


def _look(calls: int) -> Held:
    gc.collect()
    objects = gc.get_objects()
    kinds = Counter(type(each).__qualname__ for each in objects)
    return Held(calls, resident(os.getpid()), len(objects), kinds)


def _table(before: Held, after: Held) -> Table:
    grown = (after.kinds - before.kinds).most_common(3)
    return Table(
        "memory: what calls that are over have left, their store in SQLite",
        ("calls", "resident", "objects"),
        rows=[
            (f"{one.calls:,}", f"{one.resident / 1e6:.1f} MB", f"{one.objects:,}")
            for one in (before, after)
        ],
        targets=[
            Target("growth of resident memory", after.resident / before.resident, MOST),
            Target("growth of objects", after.objects / before.objects, MOST),
        ],
        notes=["grown most: " + ", ".join(f"{kind} {more:+,}" for kind, more in grown)],
    )
