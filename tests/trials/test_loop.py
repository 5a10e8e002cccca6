"""Virtual time: it jumps, it is the same each time, and a process can stand still in it or die."""

from __future__ import annotations

import asyncio
from contextvars import copy_context

import pytest

from ivr.simulator.trials.loop import OWNER, SECOND, Owner, Stuck, VirtualLoop


def test_a_day_of_sleep_takes_no_time_and_wakes_in_order() -> None:
    loop, woken = VirtualLoop(), list[tuple[str, float]]()

    async def sleeper(name: str, length: float) -> None:
        await asyncio.sleep(length)
        woken.append((name, loop.time()))

    async def main() -> None:
        await asyncio.gather(sleeper("late", 86_400), sleeper("early", 0.5), sleeper("next", 0.5))

    loop.run(main())
    assert woken == [("early", 0.5), ("next", 0.5), ("late", 86_400)]


def test_what_asyncio_offers_works_as_usual() -> None:
    loop = VirtualLoop()

    async def main() -> list[object]:
        found: list[object] = [await asyncio.to_thread(len, "four")]
        try:
            async with asyncio.timeout(3):
                await asyncio.Event().wait()
        except TimeoutError:
            found.append(loop.time())
        queue = asyncio.Queue[int]()
        asyncio.get_running_loop().call_later(1, queue.put_nowait, 7)
        return [*found, await queue.get(), loop.time()]

    assert loop.run(main()) == [4, 3.0, 7, 4.0]


async def tick(loop: VirtualLoop, ticks: list[float]) -> None:
    while True:
        await asyncio.sleep(1)
        ticks.append(loop.time())


def owned(owner: Owner, loop: VirtualLoop, ticks: list[float]) -> None:
    context = copy_context()
    context.run(OWNER.set, owner)
    loop.create_task(tick(loop, ticks), context=context)


def test_a_process_that_stands_still_wakes_late_and_goes_on() -> None:
    loop, owner, ticks = VirtualLoop(), Owner("n1"), list[float]()

    async def main() -> None:
        owned(owner, loop, ticks)
        await asyncio.sleep(1.5)
        owner.stopped = True
        await asyncio.sleep(5)
        loop.resume(owner)
        await asyncio.sleep(2)

    loop.run(main())
    loop.close()
    assert ticks == [1.0, 6.5, 7.5, 8.5]


def test_of_a_dead_process_nothing_happens_any_more() -> None:
    loop, owner, ticks = VirtualLoop(), Owner("n1"), list[float]()

    async def main() -> None:
        owned(owner, loop, ticks)
        await asyncio.sleep(2.5)
        loop.kill(owner)
        await asyncio.sleep(5)

    loop.run(main())
    loop.close()
    assert ticks == [1.0, 2.0]


def test_time_that_nothing_happened_in_is_found_to_be_late() -> None:
    loop, ticks = VirtualLoop(), list[float]()

    async def main() -> None:
        loop.create_task(tick(loop, ticks))
        await asyncio.sleep(0.5)
        loop.jump(10 * SECOND)
        await asyncio.sleep(0.25)

    loop.run(main())
    loop.close()
    assert ticks == [10.5]


def test_a_run_that_waits_for_nothing_is_stuck() -> None:
    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Stuck, match="Nothing is left"):
        VirtualLoop().run(main())


def test_a_run_that_turns_for_ever_is_stuck() -> None:
    async def main() -> None:
        while True:
            await asyncio.sleep(0)

    with pytest.raises(Stuck, match="without end"):
        VirtualLoop(most=1_000).run(main())


def test_a_fault_in_a_callback_is_kept_and_stops_nothing() -> None:
    loop = VirtualLoop()

    async def main() -> str:
        loop.call_soon(int, "x")
        await asyncio.sleep(1)
        return "done"

    assert loop.run(main()) == "done"
    assert [type(fault) for fault in loop.faults] == [ValueError]
