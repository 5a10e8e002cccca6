"""What a live call that waits for its caller keeps in the memory of a node.

The calls are real ones: they came through the engine's one door, were answered and welcomed,
and wait for a key in a menu, with their reminders and their rows in SQLite. Only Python's own
allocations are counted (tracemalloc); SQLite's page cache is bounded, whatever the calls.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

from benchmarks import flows
from benchmarks.table import Table, Target
from ivr.core.effects import AnyEffect
from ivr.core.events import AnyEvent, Arrival, CallArrived, CallProgressed, PromptFinished
from ivr.core.program import Program
from ivr.core.snapshot import Snapshot
from ivr.core.step import Step
from ivr.core.values import Caller
from ivr.flow.bundle import load_folder
from ivr.runtime.clock import SystemClock
from ivr.runtime.handler import Handler
from ivr.runtime.performer import Performer
from ivr.runtime.timers import Timers
from ivr.store.seal import KEY_BYTES, Sealer
from ivr.store.sql import SqlStore

CALLS = (4_000, 20_000)
"""As many as are kept at hand, and many more."""

AT_ONCE = 250
MOST = 4_096
"""Bytes for one call."""


class _OneFlow:
    """A library with one program in it."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def program_for(self, _called: str) -> Program:
        """The program that takes a new call."""
        return self._program

    def program_of(self, _snapshot: Snapshot) -> Program:
        """The program with which a call began."""
        return self._program


class _Node:
    """The parts of a node that hold something of a call; its telephone does all it is told."""

    def __init__(self, store: SqlStore, sealer: Sealer, program: Program) -> None:
        clock = SystemClock()
        self.handler = Handler(
            store, _OneFlow(program), clock, sealer.callback_key, self._after_commit
        )
        self.performer = Performer(store, clock, self._perform, self.handler.handle)
        self.timers = Timers(store, clock, self._wake)
        self.waiting = 0

    async def take(self, number: int) -> None:
        """One call, from its arrival to the menu."""
        call_id = f"00000000-0000-4000-8000-{number:012}"
        caller = Caller("phone", f"+4416329{number:05}", "Benchmark")
        for event in (
            CallArrived(caller, "line", "tenant"),
            CallProgressed("established", audio=True),
            PromptFinished(f"{call_id}.3"),
            PromptFinished(f"{call_id}.4"),
        ):
            verdict = await self.handler.handle(Arrival(call_id, event))
            assert verdict == "ok", verdict
        self.waiting += 1

    def _after_commit(self, snapshot: Snapshot, step: Step) -> None:
        self.timers.remind(snapshot.call_id, snapshot.next_due())
        self.performer.add(snapshot, step.effects)

    async def _perform(self, effect: AnyEffect, snapshot: Snapshot) -> Sequence[AnyEvent]:
        return ()

    async def _wake(self, _call_id: str) -> None:
        raise AssertionError("no call is woken while they are counted")


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
    sealer = Sealer(bytes(KEY_BYTES))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        bundle = load_folder(flows.write(place, "short_call", flows.short_call())).bundle
        assert bundle is not None
        store = await SqlStore.open(f"sqlite:///{place / 'ivr.db'}", sealer)
        try:
            return await _count(_Node(store, sealer, bundle.programs["short_call"]))
        finally:
            await store.close()


async def _count(node: _Node) -> dict[int, int]:
    await _take_until(node, AT_ONCE)
    kept = {}
    tracemalloc.start()
    try:
        for calls in CALLS:
            await _take_until(node, AT_ONCE + calls)
            kept[calls] = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    return kept


async def _take_until(node: _Node, calls: int) -> None:
    while node.waiting < calls:
        more = range(node.waiting, min(node.waiting + AT_ONCE, calls))
        await asyncio.gather(*map(node.take, more))
    await node.performer.drain()
    gc.collect()
