"""What breaks for people in production, as it looks to the runtime.

Each test names the row of the study of field problems (P..) that it is about.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from ivr.core.events import (
    CallEnded,
    CallProgressed,
    EffectFailed,
    PromptFinished,
    TimerFired,
    TonePressed,
)
from ivr.core.values import Millis
from ivr.errors import CallGone, NotSent, OutcomeUnknown, Refused
from ivr.runtime.attempts import ALARM_AFTER
from ivr.runtime.timers import GRACE, SWEEP_EVERY
from tests.runtime.cluster import cluster
from tests.runtime.virtual import settled
from tests.runtime.world import World
from tests.universe import CALL_ID, NOON

MINUTE: Millis = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
HOLD = """
    max_duration: 24h
    states:
      hold: { type: wait, for: 24h, next: thanks }
"""


@pytest.fixture
async def held() -> AsyncIterator[World]:
    """A call that waits for a day, on a node whose timers run."""
    world = World(HOLD)
    running = asyncio.create_task(world.timers.run())
    await world.connect()
    yield world
    running.cancel()
    await world.performer.stop()


async def keep_alives(world: World) -> list[Millis]:
    """When the call was kept alive, since its beginning."""
    lines = await world.store.journal(CALL_ID)
    return [line.at - lines[0].at for line in lines if "keep_alive" in line.effects]


# -- P31: a call dies after 45 minutes ---------------------------------------------------


async def test_p31_a_call_is_kept_alive_for_a_day() -> None:
    world = World(HOLD)
    await world.connect()
    while (due := (await world.now()).next_due()) is not None and due < NOON + DAY:
        world.clock.jump(due - world.clock.now())
        await world.tell(TimerFired())
    at = [0, *await keep_alives(world)]
    assert len(at) > 75
    assert max(after - before for before, after in pairwise(at)) < 31 * MINUTE
    assert (await world.now()).phase == "connected"


@pytest.mark.problem("P31", fault="restart_before_keep_alive")
async def test_p31_a_restart_just_before_it_is_due_does_not_lose_it() -> None:
    old = World(HOLD)
    await old.connect()
    old.clock.jump(44 * MINUTE)
    new = World(HOLD, beside=old)
    running = asyncio.create_task(new.timers.run())
    await settled()
    assert new.line.kinds.count("keep_alive") == 1
    running.cancel()


async def test_p31_another_node_keeps_alive_the_calls_of_a_dead_one() -> None:
    async with cluster(2, HOLD) as nodes:
        nodes.teams.ring()
        await nodes.clock.pass_(MINUTE)
        due = (await nodes[1].now()).next_due()
        assert due is not None
        last = next(node for node in nodes.nodes if node.handler.at_hand(CALL_ID))
        last.power.turn_off()
        await nodes.clock.pass_(due - nodes.clock.now() + GRACE + SWEEP_EVERY + 100)
        assert nodes.teams.kinds.count("keep_alive") == 1


async def test_p31_a_service_without_time_for_us_is_asked_until_it_has(held: World) -> None:
    held.line.will("keep_alive", *[NotSent(delay=30.0) for _ in range(19)])
    await held.clock.pass_(30 * MINUTE)
    assert (await held.now()).phase == "connected"
    assert held.line.kinds.count("keep_alive") > 19


async def test_p31_people_are_told_while_there_is_time(held: World) -> None:
    held.line.will("keep_alive", *[NotSent(delay=30.0) for _ in range(60)])
    with capture_logs() as logs:
        await held.clock.pass_(18 * MINUTE + ALARM_AFTER)
    assert [log["event"] for log in logs].count("keep_alive_failing") == 1


async def test_p31_a_slow_prompt_does_not_hold_up_a_keep_alive() -> None:
    world = World("""
        max_duration: 24h
        states: { hold: { type: wait, for: 24h, music: tune, next: thanks } }
    """)
    running = asyncio.create_task(world.timers.run())
    world.line.hold("play_prompts")
    await world.connect()
    await world.clock.pass_(18 * MINUTE)
    assert "keep_alive" in world.line.kinds
    running.cancel()
    await world.performer.stop()


# -- P32: the call is gone, and we think that it lives -----------------------------------


async def test_p32_a_keep_alive_to_a_call_that_is_gone_ends_it_here(held: World) -> None:
    held.line.will("keep_alive", CallGone("gone", 404, "8522"))
    await held.clock.pass_(HOUR)
    assert await held.is_closed()
    assert held.line.kinds.count("keep_alive") == 1
    assert "hang_up" not in held.line.kinds
    [row] = await held.store.calls()
    assert row.end.startswith("failed")


# -- P33: answering failed, and somebody went on as if it had not ------------------------


@pytest.mark.parametrize(
    "failure",
    [Refused("no", 403, "7504"), Refused("no", 400, "8523"), CallGone("gone", 404, "8522")],
    ids=["403", "400", "404"],
)
async def test_p33_no_call_outlives_a_failed_answer(failure: Exception) -> None:
    world = World(HOLD)
    running = asyncio.create_task(world.timers.run())
    world.line.will("answer_call", failure)
    await world.arrive()
    await world.clock.pass_(HOUR)
    assert await world.is_closed()
    assert world.line.kinds == ["answer_call"]
    running.cancel()


async def test_p33_nor_one_whose_answer_is_never_heard_of_again() -> None:
    world = World(HOLD)
    running = asyncio.create_task(world.timers.run())
    world.line.will("answer_call", *[OutcomeUnknown() for _ in range(99)])
    world.line.will("check_call", *[OutcomeUnknown() for _ in range(99)])
    await world.arrive()
    await world.clock.pass_(HOUR)
    assert await world.is_closed()
    assert world.line.kinds.count("answer_call") == 1
    assert "keep_alive" not in world.line.kinds
    running.cancel()


# -- P36: the first call after a start comes too early, or its answer too late -----------


async def test_p36_a_call_that_was_given_up_while_we_answered_is_over() -> None:
    world = World(HOLD)
    world.line.hold("answer_call")
    await world.arrive()
    world.clock.jump(15_100)
    world.line.will("answer_call", CallGone("gone", 404, "8522"))
    world.line.release("answer_call")
    await settled()
    assert await world.is_closed()


# -- P16, P60: answers that come late, or never ------------------------------------------


async def test_p16_a_prompt_that_is_over_before_its_request_is_answered_was_heard_once() -> None:
    world = World()
    world.line.hold("play_prompts")
    await world.connect()
    played = (await world.now()).media
    await world.tell(PromptFinished(played))
    world.line.will("play_prompts", OutcomeUnknown())
    world.line.release("play_prompts")
    await settled()
    assert world.line.kinds.count("play_prompts") == 1
    assert await world.tell(TonePressed("1", 1)) == "ok"
    assert (await world.now()).result == "sales"


@pytest.mark.parametrize("over", [False, True])
async def test_p60_a_lost_answer_to_a_prompt_is_asked_after_and_not_repeated(over: bool) -> None:
    world = World()
    running = asyncio.create_task(world.timers.run())
    world.line.will("play_prompts", OutcomeUnknown())
    up = CallProgressed("established", audio=True, checked=True)
    world.line.will("check_call", [CallEnded("failed", "404") if over else up])
    await world.connect()
    await world.clock.pass_(20_000)
    assert world.line.kinds.count("check_call") == 1
    assert world.line.kinds.count("play_prompts") == (1 if over else 2), "the menu's next attempt"
    assert await world.is_closed() is over
    running.cancel()
    await world.performer.stop()


# -- P58: rolling restarts under live calls ----------------------------------------------


@pytest.mark.problem("P58", fault="rolling_restart")
async def test_p58_twenty_restarts_lose_no_call_and_repeat_no_prompt() -> None:
    flow = """
        states:
          one: { type: prompt, prompt: first, next: hold }
          hold: { type: wait, for: 150s, next: last }
          last: { type: hangup, prompt: bye, result: served }
    """
    async with cluster(2, flow) as nodes:
        nodes.teams.ring()
        for turn in range(20):
            await nodes.clock.pass_(4_000)
            nodes[turn].power.turn_off()
            await nodes.start(f"node-{turn % 2}")
            await nodes.clock.pass_(4_000)
        await nodes.until_closed(MINUTE)
        [row] = await nodes.store.calls()
        assert row.result == "served"
        assert nodes.teams.calls[CALL_ID].heard == ["first", "bye"]


# -- P70: two actions at once on one call ------------------------------------------------


async def test_p70_no_two_commands_are_under_way_on_one_line() -> None:
    world = World()
    await world.connect()
    for sequence, key in enumerate("7897891", start=1):
        await world.tell(TonePressed(key, sequence))
    assert world.line.most_at_work == 1


async def test_an_effect_that_fails_after_the_call_is_over_changes_nothing() -> None:
    world = World()
    await world.connect()
    await world.tell(CallEnded("hung_up"))
    assert await world.tell(EffectFailed(f"{CALL_ID}.3", "play_prompts", "unknown")) == "late"
