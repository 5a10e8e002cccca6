"""Deadlines: met on time, found when forgotten, and not lost to a failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ivr.core.values import Millis
from ivr.errors import StoreUnavailable
from ivr.ports import Moved
from ivr.runtime.timers import AT_ONCE, FEW, GRACE, HOLD, MOST_SWEPT, SWEEP_EVERY, Timers
from ivr.store.memory import MemoryStore
from tests.runtime.virtual import VirtualClock, settled
from tests.runtime.world import World
from tests.store.store_calls import change
from tests.universe import NOON


class Alarm:
    """Timers that note who was woken, and when; `faults` are what the next wakes meet."""

    def __init__(self, beside: Alarm | None = None) -> None:
        self.clock: VirtualClock = beside.clock if beside else VirtualClock()
        self.store: MemoryStore = MemoryStore(beside.store if beside else None, self.clock.now)
        self.woken: list[tuple[str, Millis]] = []
        self.faults: list[Exception] = []
        self.gate: asyncio.Event | None = None
        self.at_work = self.most_at_work = 0
        self.timers = Timers(self.store, self.clock, self._wake)

    @property
    def calls(self) -> list[str]:
        return [call for call, _ in self.woken]

    def remind(self, call: str, after: Millis | None) -> None:
        self.timers.remind(call, None if after is None else NOON + after)

    async def store_due(self, call: str, after: Millis) -> None:
        await self.store.commit(change(call, due=NOON + after, callback=call))

    async def _wake(self, call: str) -> None:
        self.woken.append((call, self.clock.now() - NOON))
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        if self.gate is not None:
            await self.gate.wait()
        self.at_work -= 1
        if self.faults:
            raise self.faults.pop()


@pytest.fixture
async def alarm() -> AsyncIterator[Alarm]:
    alarm = Alarm()
    running = asyncio.create_task(alarm.timers.run())
    await settled()
    yield alarm
    assert not running.done(), "the timers have stopped"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_call_is_woken_when_it_is_due_and_not_before(alarm: Alarm) -> None:
    alarm.remind("one", 700)
    alarm.remind("two", 300)
    await alarm.clock.pass_(1_000)
    assert alarm.woken == [("two", 300), ("one", 700)]


async def test_a_call_is_woken_once(alarm: Alarm) -> None:
    alarm.remind("one", 700)
    alarm.remind("one", 700)
    await alarm.clock.pass_(4_000)
    assert alarm.calls == ["one"]


@pytest.mark.parametrize("again", [200, 900])
async def test_the_last_word_on_a_deadline_counts(alarm: Alarm, again: Millis) -> None:
    alarm.remind("one", 500)
    alarm.remind("one", again)
    await alarm.clock.pass_(4_000)
    assert alarm.woken == [("one", again)]


async def test_a_call_without_a_deadline_is_left_alone(alarm: Alarm) -> None:
    alarm.remind("one", 500)
    alarm.remind("one", None)
    await alarm.clock.pass_(4_000)
    assert alarm.woken == []


async def test_a_deadline_that_nobody_reminded_of_is_found(alarm: Alarm) -> None:
    await alarm.store_due("forgotten", 1_000)
    await alarm.clock.pass_(1_000 + GRACE + SWEEP_EVERY)
    assert alarm.calls == ["forgotten"]


async def test_a_deadline_that_another_node_has_brought_forward_is_found(alarm: Alarm) -> None:
    alarm.remind("one", 3_600_000)
    await alarm.store_due("one", 1_000)
    await alarm.clock.pass_(1_000 + GRACE + SWEEP_EVERY)
    assert alarm.calls == ["one"]


async def test_a_call_is_left_to_the_node_that_has_the_reminder(alarm: Alarm) -> None:
    await alarm.store_due("another's", 1_000)
    await alarm.clock.pass_(1_000 + GRACE)
    assert alarm.calls == []


async def test_at_the_start_nothing_is_left_to_anybody() -> None:
    alarm = Alarm()
    await alarm.store_due("overdue", -1)
    running = asyncio.create_task(alarm.timers.run())
    await settled()
    assert alarm.calls == ["overdue"]
    running.cancel()


async def test_only_one_of_many_nodes_wakes_a_forgotten_call(alarm: Alarm) -> None:
    other = Alarm(beside=alarm)
    running = asyncio.create_task(other.timers.run())
    await alarm.store_due("forgotten", 1_000)
    await alarm.clock.pass_(GRACE + HOLD)
    assert alarm.calls + other.calls == ["forgotten"]
    running.cancel()


async def test_more_overdue_calls_than_one_look_brings_back_are_found_all_the_same() -> None:
    alarm = Alarm()
    for number in range(MOST_SWEPT + 100):
        await alarm.store_due(f"call-{number}", 0)
    running = asyncio.create_task(alarm.timers.run())
    for _ in range(10):
        await alarm.clock.pass_(SWEEP_EVERY // 20)
    assert len(alarm.calls) == MOST_SWEPT + 100
    running.cancel()


async def test_a_call_that_another_node_has_moved_on_is_not_woken_here(alarm: Alarm) -> None:
    alarm.remind("one", 700)
    alarm.timers.forget([Moved("one", 2, NOON + 700), Moved("unknown", 2, None)])
    await alarm.clock.pass_(1_500)
    assert alarm.calls == []


async def test_reminders_that_stand_no_longer_are_cleared_away(alarm: Alarm) -> None:
    for round_ in range(1_000):
        for call in ("one", "two", "three"):
            alarm.remind(call, 3_600_000 + round_)
    assert len(alarm.timers) <= 2 * 3 + FEW + 1
    await alarm.clock.pass_(3_600_000 + 1_000)
    assert sorted(alarm.calls) == ["one", "three", "two"]


async def test_all_that_was_forgotten_over_a_restart_is_found_at_once(alarm: Alarm) -> None:
    for number in range(300):
        await alarm.store_due(f"call-{number}", 0)
    await alarm.clock.pass_(GRACE + SWEEP_EVERY)
    assert len(set(alarm.calls)) == 300


@pytest.mark.parametrize("fault", [StoreUnavailable(), KeyError("bug")])
async def test_a_wake_that_fails_is_tried_again(alarm: Alarm, fault: Exception) -> None:
    alarm.faults = [fault]
    alarm.remind("one", 100)
    alarm.remind("two", 100)
    await alarm.clock.pass_(4_000)
    assert sorted(alarm.calls) == ["one", "one", "two"]


async def test_a_store_that_is_down_for_a_while_loses_no_deadline(alarm: Alarm) -> None:
    await alarm.store_due("forgotten", 1_000)
    alarm.store.available = False
    await alarm.clock.pass_(3 * SWEEP_EVERY)
    alarm.store.available = True
    await alarm.clock.pass_(GRACE + SWEEP_EVERY)
    assert "forgotten" in alarm.calls


async def test_deadlines_that_passed_while_the_machine_slept_are_met_at_once(alarm: Alarm) -> None:
    alarm.remind("one", 60_000)
    alarm.clock.jump(1_800_000)
    await alarm.clock.pass_(SWEEP_EVERY)
    assert alarm.calls == ["one"]


async def test_a_call_is_woken_once_however_many_of_its_deadlines_have_passed(alarm: Alarm) -> None:
    alarm.remind("one", 900)
    alarm.remind("one", 500)
    alarm.clock.jump(1_000)
    await alarm.clock.pass_(SWEEP_EVERY)
    assert alarm.calls == ["one"]


async def test_only_so_many_calls_are_woken_at_the_same_time(alarm: Alarm) -> None:
    alarm.gate = asyncio.Event()
    for number in range(3 * AT_ONCE):
        alarm.remind(f"call-{number}", 100)
    await alarm.clock.pass_(100)
    assert alarm.most_at_work == AT_ONCE
    alarm.gate.set()
    await alarm.clock.pass_(100)
    assert len(alarm.calls) == 3 * AT_ONCE


async def test_timers_that_are_stopped_leave_nothing_behind() -> None:
    alarm = Alarm()
    before = asyncio.all_tasks()
    running = asyncio.create_task(alarm.timers.run())
    await settled()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await settled()
    assert asyncio.all_tasks() == before


async def test_a_caller_who_presses_nothing_is_asked_again_and_then_let_go() -> None:
    world = World("""
        states:
          ask: { type: menu, prompt: choose, attempts: 2, on: { '1': sales, give_up: bye } }
    """)
    running = asyncio.create_task(world.timers.run())
    await world.connect()
    await world.clock.pass_(60_000)
    assert world.line.kinds.count("play_prompts") == 2
    assert "hang_up" in world.line.kinds
    assert await world.is_closed()
    running.cancel()
