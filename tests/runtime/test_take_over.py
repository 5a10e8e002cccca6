"""What a dead node has left: done, done again, asked after, or given back as unknown."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ivr.core.effects import AnyEffect
from ivr.core.events import AnyEvent, EffectFailed
from ivr.core.snapshot import Leg
from ivr.core.values import kind_of
from ivr.ports import Loaded, Outgoing
from tests.runtime.bench import (
    ANSWER,
    HANG_UP,
    HARMFUL,
    HARMLESS,
    OVER,
    PLACE,
    PLAY,
    RINGING,
    UP,
    Bench,
    wanting,
)
from tests.runtime.virtual import settled
from tests.universe import CALL_ID


def kind(effect: AnyEffect) -> str:
    return type(effect).__name__


@pytest.mark.parametrize("effect", [*HARMFUL, *HARMLESS, ANSWER, HANG_UP], ids=kind)
async def test_what_a_dead_node_had_not_begun_is_simply_done(
    bench: Bench, effect: AnyEffect
) -> None:
    await bench.take_over(effect, begun=False)
    assert bench.line.asked == [effect]


async def test_what_has_been_taken_over_from_us_is_left_to_others(bench: Bench) -> None:
    await bench.commit(PLAY)
    other = type(bench.store)(bench.store)
    assert [each.effect for each in await other.orphans()] == [PLAY]
    bench.performer.take_over(wanting(PLAY), [Outgoing(CALL_ID, PLAY, 0, begun=False)])
    await settled()
    assert bench.line.asked == []


@pytest.mark.parametrize("effect", HARMFUL, ids=kind)
async def test_what_a_dead_node_had_begun_comes_back_as_unknown(
    bench: Bench, effect: AnyEffect
) -> None:
    await bench.take_over(effect, begun=True)
    assert bench.line.asked == []
    assert bench.told == [EffectFailed(effect.id, kind_of(effect), "unknown", leg=effect.leg)]
    assert await bench.unsettled() == []


@pytest.mark.parametrize("effect", HARMLESS, ids=kind)
async def test_what_a_dead_node_had_begun_and_does_no_harm_is_done_again(
    bench: Bench, effect: AnyEffect
) -> None:
    await bench.take_over(effect, begun=True)
    assert bench.line.asked == [effect]


@pytest.mark.parametrize(("found", "answered"), [(RINGING, True), (UP, False), (OVER, False)])
async def test_a_call_that_a_dead_node_was_answering_is_answered_while_it_rings(
    bench: Bench, found: list[AnyEvent], answered: bool
) -> None:
    bench.line.will("check_call", found)
    await bench.take_over(ANSWER, begun=True)
    assert bench.line.kinds == (["check_call", "answer_call"] if answered else ["check_call"])


@pytest.mark.parametrize("begun", [True, False])
async def test_a_leg_that_may_be_there_is_told_of_although_nobody_wants_it(
    bench: Bench, begun: bool
) -> None:
    await bench.commit(PLACE)
    leaving = replace(wanting(PLACE), legs={PLACE.id: Leg(state="leaving")})
    bench.now = Loaded(leaving, 1)
    bench.performer.take_over(leaving, [Outgoing(CALL_ID, PLACE, 0, begun=begun)])
    await settled()
    assert bench.line.asked == []
    unknown = EffectFailed(PLACE.id, "place_call", "unknown")
    assert bench.told == ([unknown] if begun else [])
    assert await bench.unsettled() == []
