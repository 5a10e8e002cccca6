"""How often an effect is tried: never twice where that could do harm."""

from __future__ import annotations

import math

import pytest
from msgspec.structs import replace

from ivr.core.effects import AnyEffect
from ivr.core.events import AnyEvent, CallEnded, EffectFailed
from ivr.core.values import kind_of
from ivr.errors import (
    CallGone,
    IvrError,
    MediaError,
    NotSent,
    OutcomeUnknown,
    Refused,
    StoreUnavailable,
    Temporary,
)
from ivr.ports import Loaded
from ivr.runtime.attempts import FIRST_PAUSE, WHILE_SOMEBODY_LISTENS
from tests.runtime.bench import (
    ANSWER,
    CONNECTED,
    FETCH,
    HANG_UP,
    HARMFUL,
    HARMLESS,
    KEEP,
    LISTEN,
    OVER,
    PLAY,
    RECORD,
    RINGING,
    TRANSFER,
    UP,
    Bench,
    wanting,
)
from tests.runtime.virtual import settled
from tests.universe import CALL_ID


def kind(effect: AnyEffect) -> str:
    return type(effect).__name__


async def perform(bench: Bench, effect: AnyEffect) -> None:
    bench.now = Loaded(wanting(effect), 1)
    await bench.add(effect, snapshot=wanting(effect))


# -- what was not sent -------------------------------------------------------------------


@pytest.mark.parametrize("effect", [*HARMFUL, *HARMLESS, ANSWER, HANG_UP], ids=kind)
async def test_what_was_not_sent_is_sent_again_after_the_time_asked_for(
    bench: Bench, effect: AnyEffect
) -> None:
    bench.chance = 0.0
    bench.line.will(kind_of(effect), NotSent(delay=2.128))
    await perform(bench, effect)
    await bench.clock.pass_(2_127)
    assert bench.line.asked == [effect]
    await bench.clock.pass_(1)
    assert bench.line.asked == [effect, effect]
    assert bench.told == []


async def test_what_another_node_has_made_needless_is_not_sent_again(bench: Bench) -> None:
    bench.line.will(kind_of(PLAY), NotSent())
    await perform(bench, PLAY)
    bench.now = Loaded(replace(CONNECTED, phase="ended"), 2)
    await bench.clock.pass_(60_000)
    assert bench.line.asked == [PLAY]
    assert bench.told == []


@pytest.mark.parametrize("delay", [1e9, math.inf])
async def test_an_absurd_delay_is_cut_short(bench: Bench, delay: float) -> None:
    bench.line.will("transfer_call", NotSent(delay=delay))
    await perform(bench, TRANSFER)
    assert max(bench.clock.slept) <= WHILE_SOMEBODY_LISTENS.longest + FIRST_PAUSE


@pytest.mark.parametrize("delay", [0.0, -1.0, -math.inf, math.nan, None])
async def test_a_delay_that_is_none_is_none(bench: Bench, delay: float | None) -> None:
    bench.line.will("transfer_call", NotSent(delay=delay))
    await perform(bench, TRANSFER)
    await bench.clock.pass_(FIRST_PAUSE)
    assert bench.line.asked == [TRANSFER, TRANSFER]


async def test_calls_that_failed_together_come_back_apart(bench: Bench) -> None:
    bench.line.will("play_prompts", *[NotSent(delay=2.0) for _ in range(2)])
    for chance in (0.25, 0.75):
        bench.chance = chance
        prompt = replace(PLAY, id=f"call-{chance}.1")
        await bench.add(prompt, snapshot=wanting(prompt, call=f"call-{chance}"))
    assert len(set(bench.clock.slept)) == 2


async def test_without_a_time_asked_for_the_pauses_grow(bench: Bench) -> None:
    bench.line.will("transfer_call", *[NotSent() for _ in range(3)])
    await perform(bench, TRANSFER)
    await bench.clock.pass_(60_000)
    assert bench.clock.slept == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert bench.line.asked == [TRANSFER] * 4


async def test_pauses_have_full_jitter(bench: Bench) -> None:
    bench.chance = 0.5
    bench.line.will("transfer_call", NotSent())
    await perform(bench, TRANSFER)
    assert bench.clock.slept == [FIRST_PAUSE // 2]


async def test_what_cannot_be_sent_at_all_never_started(bench: Bench) -> None:
    bench.line.will("transfer_call", *[NotSent() for _ in range(9)])
    await perform(bench, TRANSFER)
    await bench.clock.pass_(60_000)
    assert bench.told == [EffectFailed(TRANSFER.id, "transfer_call", "not_started")]


async def test_a_store_that_is_away_before_anything_is_sent_leaves_no_doubt(bench: Bench) -> None:
    bench.line.will("transfer_call", StoreUnavailable())
    await perform(bench, TRANSFER)
    await bench.clock.pass_(60_000)
    assert bench.line.asked == [TRANSFER, TRANSFER]


@pytest.mark.parametrize("effect", [KEEP, HANG_UP], ids=kind)
async def test_ten_minutes_without_any_time_for_us_lose_no_keep_alive_and_no_hang_up(
    bench: Bench, effect: AnyEffect
) -> None:
    bench.line.will(kind_of(effect), *[NotSent(delay=15.0) for _ in range(40)])
    await perform(bench, effect)
    await bench.clock.pass_(11 * 60_000)
    assert len(bench.line.asked) == 41
    assert bench.told == []


async def test_a_clip_is_asked_for_long_enough_for_a_service_to_come_back(bench: Bench) -> None:
    bench.line.will("fetch_recording", Temporary(), OutcomeUnknown(), StoreUnavailable(), *[
        Temporary() for _ in range(4)
    ])  # fmt: skip
    await perform(bench, FETCH)
    await bench.clock.pass_(30_000)
    assert bench.line.asked == [FETCH] * 8
    assert bench.told == []


# -- what may have been carried out ------------------------------------------------------


@pytest.mark.parametrize("effect", HARMFUL, ids=kind)
async def test_what_may_have_been_done_is_never_done_again(bench: Bench, effect: AnyEffect) -> None:
    bench.line.will(kind_of(effect), OutcomeUnknown(delay=1.0))
    await perform(bench, effect)
    await bench.clock.pass_(60_000)
    assert bench.line.asked == [effect]
    assert bench.told == [EffectFailed(effect.id, kind_of(effect), "unknown", leg=effect.leg)]


@pytest.mark.parametrize("effect", HARMFUL, ids=kind)
async def test_that_nobody_knows_is_told_at_once(bench: Bench, effect: AnyEffect) -> None:
    bench.line.will(kind_of(effect), OutcomeUnknown(delay=5.0))
    await perform(bench, effect)
    assert len(bench.told) == 1


@pytest.mark.parametrize("effect", HARMLESS, ids=kind)
async def test_what_is_harmless_to_repeat_is_repeated(bench: Bench, effect: AnyEffect) -> None:
    bench.line.will(kind_of(effect), OutcomeUnknown())
    await perform(bench, effect)
    await bench.clock.pass_(1_000)
    assert bench.line.asked == [effect, effect]
    assert bench.told == []


async def test_a_call_is_answered_again_while_it_rings(bench: Bench) -> None:
    bench.line.will("answer_call", OutcomeUnknown())
    bench.line.will("check_call", RINGING)
    await perform(bench, ANSWER)
    await bench.clock.pass_(1_000)
    assert bench.line.kinds == ["answer_call", "check_call", "answer_call"]
    assert bench.told == []


@pytest.mark.parametrize(
    "found", [UP, OVER, CallGone("gone", 404, "8522")], ids=["up", "over", "gone"]
)
async def test_a_call_that_is_answered_already_or_over_is_not_answered_again(
    bench: Bench, found: list[AnyEvent] | CallGone
) -> None:
    bench.line.will("answer_call", OutcomeUnknown())
    bench.line.will("check_call", found)
    await perform(bench, ANSWER)
    await bench.clock.pass_(60_000)
    assert bench.line.kinds == ["answer_call", "check_call"]
    assert bench.told == (found if isinstance(found, list) else [CallEnded("failed", "8522")])


async def test_what_was_looked_at_once_is_in_doubt_no_more(bench: Bench) -> None:
    bench.line.will("answer_call", OutcomeUnknown(), *[NotSent() for _ in range(9)])
    bench.line.will("check_call", RINGING)
    await perform(bench, ANSWER)
    await bench.clock.pass_(60_000)
    assert bench.line.kinds == ["answer_call", "check_call", *["answer_call"] * 3]
    assert bench.told == [EffectFailed(ANSWER.id, "answer_call", "not_started")]


async def test_a_second_answer_is_refused_when_the_first_one_arrives_after_all(
    bench: Bench,
) -> None:
    bench.line.will("answer_call", OutcomeUnknown(), Refused("answered already", 400, "8585"))
    bench.line.will("check_call", RINGING, UP)
    await perform(bench, ANSWER)
    await bench.clock.pass_(60_000)
    assert bench.line.kinds == ["answer_call", "check_call", "answer_call", "check_call"]
    assert bench.told == UP


async def test_a_second_answer_for_a_call_that_is_gone_is_told(bench: Bench) -> None:
    bench.line.will("answer_call", OutcomeUnknown(), CallGone("gone", 404, "8522"))
    bench.line.will("check_call", RINGING)
    await perform(bench, ANSWER)
    await bench.clock.pass_(60_000)
    assert bench.told == [EffectFailed(ANSWER.id, "answer_call", "gone", "8522")]


async def test_a_call_that_still_lives_is_hung_up_again(bench: Bench) -> None:
    bench.line.will("hang_up", OutcomeUnknown())
    bench.line.will("check_call", UP)
    await perform(bench, HANG_UP)
    await bench.clock.pass_(1_000)
    assert bench.line.kinds == ["hang_up", "check_call", "hang_up"]


async def test_a_call_that_is_over_is_not_hung_up_again(bench: Bench) -> None:
    bench.line.will("hang_up", OutcomeUnknown())
    bench.line.will("check_call", OVER)
    await perform(bench, HANG_UP)
    await bench.clock.pass_(60_000)
    assert bench.line.kinds == ["hang_up", "check_call"]
    assert bench.told == OVER


@pytest.mark.parametrize("silence", [OutcomeUnknown, NotSent, Refused])
async def test_an_answer_of_which_nobody_learns_anything_stays_unknown(
    bench: Bench, silence: type[IvrError]
) -> None:
    bench.line.will("answer_call", OutcomeUnknown())
    bench.line.will("check_call", *[silence("no") for _ in range(9)])
    await perform(bench, ANSWER)
    await bench.clock.pass_(60_000)
    assert bench.line.kinds.count("answer_call") == 1
    assert bench.told == [EffectFailed(ANSWER.id, "answer_call", "unknown")]


async def test_doubt_is_not_forgotten_when_the_next_attempt_is_not_sent(bench: Bench) -> None:
    bench.line.will("listen_for_tones", OutcomeUnknown(), *[NotSent() for _ in range(9)])
    await perform(bench, LISTEN)
    await bench.clock.pass_(60_000)
    assert bench.told == [EffectFailed(LISTEN.id, "listen_for_tones", "unknown")]


# -- what cannot be helped ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (Refused("no", 400, "8523"), EffectFailed(TRANSFER.id, "transfer_call", "failed", "8523")),
        (CallGone("gone", 404, "8522"), EffectFailed(TRANSFER.id, "transfer_call", "gone", "8522")),
        (MediaError("bad"), EffectFailed(TRANSFER.id, "transfer_call", "failed")),
        (IvrError("any"), EffectFailed(TRANSFER.id, "transfer_call", "failed")),
        (KeyError("bug"), EffectFailed(TRANSFER.id, "transfer_call", "failed", "fault")),
    ],
    ids=lambda each: type(each).__name__,
)
async def test_a_clear_no_is_told_once_and_the_lane_goes_on(
    bench: Bench, error: Exception, failure: EffectFailed
) -> None:
    bench.line.will("transfer_call", error)
    await bench.add(TRANSFER, LISTEN)
    assert bench.told == [failure]
    assert bench.line.asked == [TRANSFER, LISTEN]


async def test_which_of_two_lines_is_gone_is_unknown(bench: Bench) -> None:
    consultative = replace(TRANSFER, replaces=f"{CALL_ID}.12")
    bench.line.will("transfer_call", CallGone("gone", 404, "8522"))
    await perform(bench, consultative)
    assert bench.told == [EffectFailed(TRANSFER.id, "transfer_call", "unknown", "8522")]


@pytest.mark.parametrize("effect", [PLAY, RECORD], ids=kind)
async def test_a_prompt_that_is_refused_was_not_heard(bench: Bench, effect: AnyEffect) -> None:
    bench.line.will(kind_of(effect), Refused("no", 400, "8535"))
    await perform(bench, effect)
    assert bench.told == [EffectFailed(effect.id, kind_of(effect), "not_started", "8535")]


async def test_a_lease_that_ends_between_two_attempts_ends_the_attempts(bench: Bench) -> None:
    bench.line.will("play_prompts", NotSent(delay=1.0))
    await bench.add(PLAY, snapshot=CONNECTED)
    bench.lease.fresh = False
    await bench.clock.pass_(60_000)
    assert bench.line.asked == [PLAY]
    bench.lease.fresh = True
    await settled()
    assert bench.line.asked == [PLAY, PLAY]
