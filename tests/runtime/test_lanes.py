"""In which order the effects of a call are performed, and what may go ahead."""

from __future__ import annotations

import asyncio

import pytest

from ivr.core.effects import AnyEffect, HangUp
from ivr.core.events import PromptFinished
from ivr.core.snapshot import Snapshot
from ivr.errors import NotSent
from ivr.runtime.lanes import PATIENCE
from tests.runtime.bench import (
    ANSWER,
    ASK,
    CHECK,
    FETCH,
    HANG_UP,
    KEEP,
    LISTEN,
    PLACE,
    PLAY,
    TRANSFER,
    Bench,
    wanting,
)
from tests.runtime.virtual import settled
from tests.universe import CALL_ID


async def test_effects_of_the_line_are_done_one_after_the_other_in_order(bench: Bench) -> None:
    bench.line.hold("answer_call")
    await bench.add(ANSWER, PLAY)
    await bench.add(TRANSFER)
    assert bench.line.asked == [ANSWER]
    bench.line.release("answer_call")
    await settled()
    assert bench.line.asked == [ANSWER, PLAY, TRANSFER]
    assert bench.line.most_at_work == 1


async def test_no_lane_waits_for_another(bench: Bench) -> None:
    bench.line.hold("send_request")
    bench.line.hold("fetch_recording")
    await bench.add(ASK, FETCH, PLAY)
    assert PLAY in bench.line.asked
    assert bench.line.at_work == 2


async def test_a_leg_that_is_being_placed_holds_up_nothing_but_itself(bench: Bench) -> None:
    bench.line.hold("place_call")
    await bench.add(PLACE, HangUp(f"{CALL_ID}.30", leg=PLACE.id), PLAY, snapshot=wanting(PLACE))
    assert bench.line.asked == [PLACE, PLAY]


async def test_a_slow_effect_of_one_call_holds_up_no_other_call(bench: Bench) -> None:
    bench.line.hold("play_prompts")
    await bench.add(PLAY)
    await bench.add(LISTEN, snapshot=Snapshot("another-call", "bundle-1", 0))
    assert bench.line.asked == [PLAY, LISTEN]


async def test_what_the_line_answers_goes_through_the_door(bench: Bench) -> None:
    bench.line.will("play_prompts", [PromptFinished(PLAY.id)])
    await bench.add(PLAY)
    assert bench.told == [PromptFinished(PLAY.id)]


async def test_a_keep_alive_waits_for_nothing(bench: Bench) -> None:
    bench.line.hold("play_prompts")
    await bench.add(PLAY, KEEP)
    assert bench.line.asked == [PLAY, KEEP]


@pytest.mark.parametrize("urgent", [HANG_UP, CHECK], ids=lambda each: type(each).__name__)
async def test_what_is_urgent_keeps_its_place_but_not_for_ever(
    bench: Bench, urgent: AnyEffect
) -> None:
    bench.line.hold("listen_for_tones")
    await bench.add(LISTEN, urgent)
    await bench.clock.pass_(PATIENCE - 1)
    assert bench.line.asked == [LISTEN]
    await bench.clock.pass_(1)
    assert bench.line.asked == [LISTEN, urgent]


async def test_a_hang_up_does_not_wait_behind_a_question_that_hangs_as_well(bench: Bench) -> None:
    bench.line.hold("listen_for_tones")
    bench.line.hold("check_call")
    await bench.add(LISTEN, CHECK)
    await bench.clock.pass_(PATIENCE)
    await bench.add(HANG_UP)
    await bench.clock.pass_(PATIENCE)
    assert bench.line.asked == [LISTEN, CHECK, HANG_UP]


async def test_what_a_hang_up_overtakes_is_not_sent_any_more(bench: Bench) -> None:
    await bench.commit(LISTEN, PLAY, HANG_UP)
    bench.line.hold("listen_for_tones")
    bench.line.will("listen_for_tones", NotSent())
    await bench.add(LISTEN, PLAY, HANG_UP)
    await bench.clock.pass_(PATIENCE)
    bench.line.release("listen_for_tones")
    await bench.clock.pass_(60_000)
    assert bench.line.asked == [LISTEN, HANG_UP]
    assert await bench.unsettled() == []


async def test_a_hang_up_that_is_over_leaves_no_watch_behind(bench: Bench) -> None:
    before = asyncio.all_tasks()
    bench.line.hold("listen_for_tones")
    await bench.add(LISTEN, HANG_UP)
    bench.line.release("listen_for_tones")
    await settled()
    assert bench.line.asked == [LISTEN, HANG_UP]
    assert asyncio.all_tasks() == before
