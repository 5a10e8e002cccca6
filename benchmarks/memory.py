"""What a live call that waits for its caller keeps in the memory of a node.

The calls are real ones: they came through the engine's one door, were answered and welcomed,
and wait for a key in a menu, with their reminders and their rows in SQLite. Only Python's own
allocations are counted (tracemalloc); SQLite's page cache is bounded, whatever the calls.
"""

from __future__ import annotations

import asyncio
import gc
import tracemalloc

from benchmarks.in_process import InProcess, in_process, to_the_menu
from benchmarks.table import Table, Target

CALLS = (4_000, 20_000)
"""As many as are kept at hand, and many more."""

AT_ONCE = 250
MOST = 4_096
"""Bytes for one call."""


def run() -> Table:
    """Hold more and more calls, and divide what they keep by their number."""
    kept = asyncio.run(_measure())
    return Table(
        "memory: a live call that waits in a menu, its store in SQLite",
        ("calls", "all of them", "one call"),
        rows=[
            (f"{calls:,}", f"{size / 1e6:.1f} MB", f"{size / calls:,.0f} bytes")
            for calls, size in kept.items()
        ],
        targets=[
            Target(f"bytes a call at {calls:,} calls", size / calls, MOST)
            for calls, size in kept.items()
        ],
    )


async def _measure() -> dict[int, int]:
    kept = {}
    async with in_process() as node:
        await _take(node, 0, AT_ONCE)
        tracemalloc.start()
        try:
            begun = AT_ONCE
            for calls in CALLS:
                await _take(node, begun, AT_ONCE + calls)
                begun = AT_ONCE + calls
                kept[calls] = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
    return kept


async def _take(node: InProcess, first: int, until: int) -> None:
    for start in range(first, until, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, until))
        await asyncio.gather(*(node.tell(number, *to_the_menu(number)) for number in numbers))
    await node.performer.drain()
    gc.collect()
