"""Effects: only what is this node's own, and never after they are wanted no more."""

from __future__ import annotations

import asyncio

import structlog
from msgspec.structs import replace
from structlog.testing import capture_logs

from ivr.core.effects import HangUp, PlayPrompts
from ivr.core.events import EffectFailed, PromptFinished
from ivr.core.snapshot import Leg, Snapshot
from ivr.core.values import Audio
from ivr.errors import Fenced, NotSent, OutcomeUnknown, StoreUnavailable
from ivr.ports import Loaded
from tests.canaries import PHONE
from tests.runtime.bench import (
    ANSWER,
    ASK,
    CONNECTED,
    ENDED,
    HANG_UP,
    KEEP,
    LISTEN,
    PLACE,
    PLAY,
    STOP,
    TRANSFER,
    Bench,
    wanting,
)
from tests.runtime.virtual import settled
from tests.universe import CALL_ID

NEXT = PlayPrompts(f"{CALL_ID}.20", (Audio("next"),))


# -- claims ------------------------------------------------------------------------------


async def test_the_first_of_each_idle_lane_is_claimed_with_the_commit(bench: Bench) -> None:
    claims = bench.performer.claims(CALL_ID, [STOP, PLAY, ASK, KEEP])
    assert claims == {STOP.id, ASK.id, KEEP.id}
    bench.line.hold("send_request")
    await bench.add(ASK)
    assert bench.performer.claims(CALL_ID, [STOP, ASK]) == {STOP.id}
    assert bench.performer.claims("another-call", [ASK]) == {ASK.id}


async def test_without_a_lease_nothing_is_claimed(bench: Bench) -> None:
    bench.lease.fresh = False
    assert bench.performer.claims(CALL_ID, [STOP]) == frozenset()


async def test_what_has_waited_is_claimed_before_it_is_sent(bench: Bench) -> None:
    await bench.commit(LISTEN, PLAY)
    bench.store.available = False
    bench.performer.add(CONNECTED, [LISTEN, PLAY], {LISTEN.id})
    await settled()
    assert bench.line.asked == [LISTEN]
    bench.store.available = True
    await bench.clock.pass_(1_000)
    assert bench.line.asked == [LISTEN, PLAY]


async def test_what_is_another_node_s_is_not_sent(bench: Bench) -> None:
    await bench.commit(LISTEN, PLAY)
    bench.line.hold("listen_for_tones")
    bench.performer.add(CONNECTED, [LISTEN, PLAY], {LISTEN.id})
    await settled()
    other = type(bench.store)(bench.store)
    assert await other.claim(CALL_ID, PLAY.id)
    bench.line.release("listen_for_tones")
    await settled()
    assert bench.line.asked == [LISTEN]
    assert bench.told == []


async def test_what_is_in_hand_is_not_taken_in_again(bench: Bench) -> None:
    bench.line.hold("play_prompts")
    await bench.add(PLAY)
    await bench.add(PLAY)
    bench.line.release("play_prompts")
    await settled()
    assert bench.line.asked == [PLAY]


async def test_how_a_call_is_is_asked_once_at_a_time(bench: Bench) -> None:
    bench.line.hold("check_call")
    for _ in range(5):
        bench.performer.check(CONNECTED)
        await settled()
    assert bench.line.kinds == ["check_call"]


# -- the lease ---------------------------------------------------------------------------


async def test_nothing_is_sent_without_a_lease(bench: Bench) -> None:
    bench.lease.fresh = False
    await bench.add(PLAY)
    assert bench.line.asked == []
    bench.lease.fresh = True
    await settled()
    assert bench.line.asked == [PLAY]


async def test_nothing_more_is_sent_of_what_was_dropped(bench: Bench) -> None:
    bench.line.hold("play_prompts")
    await bench.add(PLAY, TRANSFER, ASK, HANG_UP)
    bench.performer.drop()
    bench.line.release("play_prompts")
    await bench.clock.pass_(60_000)
    assert bench.line.asked == [PLAY, ASK]
    assert len(bench.performer) == 0


async def test_what_was_dropped_may_be_taken_over_again(bench: Bench) -> None:
    bench.line.hold("play_prompts")
    await bench.add(PLAY)
    bench.performer.drop()
    await bench.take_over(LISTEN, begun=False)
    assert bench.line.asked == [PLAY, LISTEN]


async def test_a_store_that_has_fenced_us_off_ends_the_lease(bench: Bench) -> None:
    await bench.store.enlist("node", 5_000)
    await bench.commit(LISTEN, PLAY)
    bench.clock.jump(5_000)
    bench.performer.add(CONNECTED, [LISTEN, PLAY], {LISTEN.id})
    await settled()
    assert bench.lease.lost == 1
    assert bench.line.asked == [LISTEN]


async def test_what_has_come_back_is_told_after_all_when_there_is_a_lease_again(
    bench: Bench,
) -> None:
    bench.line.will("play_prompts", [PromptFinished(PLAY.id)])
    bench.door = [Fenced()]
    await bench.add(PLAY, TRANSFER)
    bench.performer.drop()
    bench.lease.fresh = True
    await bench.clock.pass_(1_000)
    assert bench.lease.lost == 1
    assert bench.told == [PromptFinished(PLAY.id)]
    assert bench.line.asked == [PLAY]


# -- what is wanted no more --------------------------------------------------------------


async def test_what_waits_for_the_line_is_dropped_when_it_is_down(bench: Bench) -> None:
    await bench.commit(ANSWER, PLAY, ASK)
    bench.line.hold("answer_call")
    bench.line.hold("send_request")
    await bench.add(ANSWER, PLAY, ASK)
    await bench.add(snapshot=ENDED)
    bench.line.release("answer_call")
    bench.line.release("send_request")
    await settled()
    assert bench.line.kinds == ["answer_call", "send_request"]
    assert await bench.unsettled() == []


async def test_a_prompt_whose_state_was_left_is_not_heard_any_more(bench: Bench) -> None:
    bench.line.hold("listen_for_tones")
    await bench.add(LISTEN, PLAY)
    await bench.add(STOP, NEXT, snapshot=replace(CONNECTED, media=NEXT.id))
    bench.now = Loaded(replace(CONNECTED, media=NEXT.id), 2)
    bench.line.release("listen_for_tones")
    await settled()
    assert bench.line.asked == [LISTEN, STOP, NEXT]


async def test_what_another_node_has_left_behind_is_not_sent(bench: Bench) -> None:
    bench.line.hold("listen_for_tones")
    await bench.commit(LISTEN, PLAY)
    await bench.add(LISTEN, PLAY)
    bench.now = Loaded(replace(CONNECTED, media=NEXT.id), 2)
    bench.line.release("listen_for_tones")
    await settled()
    assert bench.line.asked == [LISTEN]
    assert await bench.unsettled() == []


async def test_nothing_is_tried_again_on_a_line_that_is_down(bench: Bench) -> None:
    bench.line.will("play_prompts", NotSent(delay=1.0))
    await bench.add(PLAY)
    await bench.add(snapshot=ENDED)
    await bench.clock.pass_(60_000)
    assert bench.line.asked == [PLAY]
    assert bench.told == []


async def test_a_leg_that_is_over_takes_only_its_own_effects_with_it(bench: Bench) -> None:
    of_leg = HangUp(f"{CALL_ID}.30", leg=PLACE.id)
    bench.line.hold("place_call")
    await bench.add(PLACE, of_leg, snapshot=wanting(PLACE))
    gone = replace(CONNECTED, legs={PLACE.id: Leg(state="over")})
    await bench.add(PLAY, snapshot=gone)
    bench.line.release("place_call")
    await bench.clock.pass_(60_000)
    assert bench.line.asked == [PLACE, PLAY]


async def test_what_was_wanted_at_the_very_end_is_done_all_the_same(bench: Bench) -> None:
    bench.line.will("answer_call", OutcomeUnknown())
    bench.line.will("hang_up", NotSent())
    closed = Snapshot(CALL_ID, "bundle-1", 0, phase="ended", done=True)
    await bench.add(ANSWER)
    bench.performer.add(closed, [HANG_UP])
    await bench.clock.pass_(60_000)
    assert bench.line.asked == [ANSWER, HANG_UP, HANG_UP]


# -- the door ----------------------------------------------------------------------------


async def test_an_outcome_waits_until_the_store_is_back(bench: Bench) -> None:
    await bench.commit(PLAY, TRANSFER)
    bench.line.will("play_prompts", [PromptFinished(PLAY.id)])
    bench.door = [StoreUnavailable(), StoreUnavailable()]
    await bench.add(PLAY, TRANSFER)
    assert (bench.told, bench.line.asked) == ([], [PLAY])
    assert await bench.unsettled() == [PLAY, TRANSFER]
    await bench.clock.pass_(5_000)
    assert bench.told == [PromptFinished(PLAY.id)]
    assert bench.line.asked == [PLAY, TRANSFER]
    assert await bench.unsettled() == []


async def test_a_fault_behind_the_door_stops_no_lane(bench: Bench) -> None:
    bench.line.will("play_prompts", [PromptFinished(PLAY.id)])
    bench.door = [KeyError("bug")]
    await bench.add(PLAY, TRANSFER)
    assert bench.line.asked == [PLAY, TRANSFER]


async def test_of_a_fault_only_its_kind_is_written_down(bench: Bench) -> None:
    bench.line.will("play_prompts", [PromptFinished(PLAY.id)])
    bench.line.will("transfer_call", KeyError(PHONE))
    bench.door = [KeyError(PHONE)]
    structlog.reset_defaults()
    with capture_logs() as logs:
        await bench.add(PLAY, TRANSFER)
    assert [(each["event"], each["fault"]) for each in logs] == [
        ("event_fault", "KeyError"),
        ("effect_fault", "KeyError"),
    ]


# -- the end -----------------------------------------------------------------------------


async def test_draining_ends_when_everything_is_done(bench: Bench) -> None:
    bench.line.hold("play_prompts")
    await bench.add(PLAY, TRANSFER)
    draining = asyncio.create_task(bench.performer.drain())
    await settled()
    assert not draining.done()
    bench.line.release("play_prompts")
    await settled()
    assert draining.done()
    assert bench.line.asked == [PLAY, TRANSFER]


async def test_a_halted_node_finishes_what_is_at_work_and_leaves_the_rest(bench: Bench) -> None:
    await bench.commit(PLAY, TRANSFER)
    bench.line.hold("play_prompts")
    await bench.add(PLAY, TRANSFER)
    bench.performer.halt()
    await bench.add(LISTEN)
    assert bench.performer.claims(CALL_ID, [ASK]) == frozenset()
    bench.line.release("play_prompts")
    await bench.performer.drain()
    assert bench.line.asked == [PLAY]
    assert await bench.unsettled() == [TRANSFER]
    assert len(bench.performer) == 0


async def test_what_is_stopped_stays_in_the_outbox(bench: Bench) -> None:
    await bench.commit(PLAY, TRANSFER)
    bench.line.hold("play_prompts")
    await bench.add(PLAY, TRANSFER)
    await bench.performer.stop()
    assert await bench.unsettled() == [PLAY, TRANSFER]


async def test_an_effect_that_fails_goes_through_the_door_with_its_leg(bench: Bench) -> None:
    of_leg = replace(PLAY, leg=PLACE.id)
    bench.line.will("play_prompts", OutcomeUnknown())
    await bench.add(of_leg, snapshot=replace(CONNECTED, legs={PLACE.id: Leg("line", "up")}))
    assert bench.told == [EffectFailed(PLAY.id, "play_prompts", "unknown", leg=PLACE.id)]
