"""Loops of a node: a fault ends none of them, and stopping ends them all."""

from __future__ import annotations

import asyncio

from ivr.runtime.loops import BEGIN_AGAIN_AFTER, Loops
from tests.runtime.virtual import VirtualClock, settled


async def test_a_loop_that_has_failed_begins_again() -> None:
    clock, begun = VirtualClock(), 0
    loops = Loops(clock)

    async def faulty() -> None:
        nonlocal begun
        begun += 1
        raise KeyError("bug")

    loops.begin(faulty)
    await settled()
    assert begun == 1
    await clock.pass_(3 * BEGIN_AGAIN_AFTER)
    assert begun == 4
    await loops.stop()


async def test_a_loop_that_has_done_its_work_is_not_begun_again() -> None:
    clock, begun = VirtualClock(), 0
    loops = Loops(clock)

    async def short() -> None:
        nonlocal begun
        begun += 1

    loops.begin(short)
    await clock.pass_(60_000)
    assert begun == 1
    await loops.stop()


async def test_nothing_runs_after_the_stop() -> None:
    before = asyncio.all_tasks()
    loops = Loops(VirtualClock())
    loops.begin(asyncio.Event().wait, asyncio.Event().wait)  # type: ignore[arg-type]
    await settled()
    assert len(asyncio.all_tasks()) == len(before) + 2
    await loops.stop()
    await loops.stop()
    assert asyncio.all_tasks() == before
