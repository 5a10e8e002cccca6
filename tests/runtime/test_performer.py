"""Effects: in order, each lane by itself, never done twice where that could do harm."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
    FetchRecording,
    HangUp,
    KeepAlive,
    PlayPrompts,
    SendRequest,
    TransferCall,
)
from ivr.core.events import AnyEvent, Arrival, EffectFailed, PromptFinished
from ivr.core.snapshot import Snapshot
from ivr.core.values import Audio, Target, kind_of
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
from ivr.ports import Line
from ivr.runtime.performer import Performer
from ivr.store.memory import MemoryStore
from tests.runtime.virtual import VirtualClock, settled
from tests.runtime.world import FakeLine
from tests.store.store_calls import change
from tests.universe import CALL_ID

CONNECTED = Snapshot(CALL_ID, "bundle-1", 0, phase="connected")
ENDED = Snapshot(CALL_ID, "bundle-1", 0, phase="ended")
ANSWER = AnswerCall(f"{CALL_ID}.1")
PLAY = PlayPrompts(f"{CALL_ID}.2", (Audio("hello"),))
TRANSFER = TransferCall(f"{CALL_ID}.3", Target("user", "u"))
ASK = SendRequest(f"{CALL_ID}.4", "POST", "https://crm.example/x", "crm.example", 3_000)
FETCH = FetchRecording(f"{CALL_ID}.5", "https://media.example/1", "token", 1_000)
KEEP = KeepAlive(f"{CALL_ID}.6")
HANG_UP = HangUp(f"{CALL_ID}.7")


class Bench:
    """A performer and what it does; `told` is what came back through the door."""

    def __init__(self) -> None:
        self.clock, self.line, self.store = VirtualClock(), FakeLine(), MemoryStore()
        self.told: list[object] = []
        self.door: list[Exception] = []
        self.performer = Performer(self.store, self.clock, self._perform, self._handle)

    async def add(self, *effects: AnyEffect, snapshot: Snapshot = CONNECTED) -> None:
        self.performer.add(snapshot, effects)
        await settled()

    async def commit(self, *effects: AnyEffect) -> None:
        await self.store.commit(change(CALL_ID, 0, *effects))

    async def unsettled(self) -> list[AnyEffect]:
        return [outgoing.effect for outgoing in await self.store.unsettled()]

    async def _perform(self, effect: AnyEffect, snapshot: Snapshot) -> Sequence[AnyEvent]:
        return await self.line.perform(effect, Line(snapshot.call_id, "", ""))

    async def _handle(self, arrival: Arrival) -> None:
        if self.door:
            raise self.door.pop()
        self.told.append(arrival.event)


@pytest.fixture
def bench() -> Bench:
    return Bench()


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


async def test_a_slow_effect_of_one_call_holds_up_no_other_call(bench: Bench) -> None:
    bench.line.hold("play_prompts")
    await bench.add(PLAY)
    await bench.add(ANSWER, snapshot=Snapshot("another-call", "bundle-1", 0))
    assert bench.line.asked == [PLAY, ANSWER]


async def test_what_the_line_answers_goes_through_the_door(bench: Bench) -> None:
    bench.line.will("play_prompts", [PromptFinished(PLAY.id)])
    await bench.add(PLAY)
    assert bench.told == [PromptFinished(PLAY.id)]


@pytest.mark.parametrize("effect", [PLAY, TRANSFER, ASK], ids=lambda each: type(each).__name__)
async def test_what_was_not_sent_is_sent_again_after_the_time_asked_for(
    bench: Bench, effect: AnyEffect
) -> None:
    bench.line.will(kind_of(effect), NotSent(delay=2.128))
    await bench.add(effect)
    await bench.clock.pass_(2_127)
    assert bench.line.asked == [effect]
    await bench.clock.pass_(1)
    assert bench.line.asked == [effect, effect]
    assert bench.told == []


async def test_an_absurd_delay_is_cut_short(bench: Bench) -> None:
    bench.line.will("keep_alive", NotSent(delay=1e9))
    await bench.add(KEEP)
    assert max(bench.clock.slept) <= 5_000


async def test_without_a_time_asked_for_the_pauses_grow(bench: Bench) -> None:
    bench.line.will("keep_alive", *[NotSent() for _ in range(3)])
    await bench.add(KEEP)
    await bench.clock.pass_(60_000)
    assert bench.clock.slept == sorted(set(bench.clock.slept))
    assert bench.line.asked == [KEEP] * 4


async def test_what_cannot_be_sent_at_all_never_started(bench: Bench) -> None:
    bench.line.will("transfer_call", *[NotSent() for _ in range(9)])
    await bench.add(TRANSFER)
    await bench.clock.pass_(60_000)
    assert bench.told == [EffectFailed(TRANSFER.id, "transfer_call", "not_started")]


@pytest.mark.parametrize("effect", [PLAY, TRANSFER, ASK], ids=lambda each: type(each).__name__)
async def test_what_may_have_been_done_is_never_done_again(bench: Bench, effect: AnyEffect) -> None:
    kind = kind_of(effect)
    bench.line.will(kind, OutcomeUnknown(delay=1.0))
    await bench.add(effect)
    await bench.clock.pass_(60_000)
    assert bench.line.asked == [effect]
    assert bench.told == [EffectFailed(effect.id, kind, "unknown")]


@pytest.mark.parametrize("effect", [ANSWER, KEEP, HANG_UP], ids=lambda each: type(each).__name__)
async def test_what_is_harmless_to_repeat_is_repeated(bench: Bench, effect: AnyEffect) -> None:
    bench.line.will(kind_of(effect), OutcomeUnknown())
    await bench.add(effect)
    await bench.clock.pass_(1_000)
    assert bench.line.asked == [effect, effect]
    assert bench.told == []


async def test_a_clip_is_asked_for_long_enough_for_a_service_to_come_back(bench: Bench) -> None:
    bench.line.will("fetch_recording", Temporary(), OutcomeUnknown(), StoreUnavailable(), *[
        Temporary() for _ in range(4)
    ])  # fmt: skip
    await bench.add(FETCH)
    await bench.clock.pass_(30_000)
    assert bench.line.asked == [FETCH] * 8
    assert bench.told == []


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
    await bench.add(TRANSFER, KEEP)
    assert bench.told == [failure]
    assert bench.line.asked == [TRANSFER, KEEP]


async def test_a_prompt_that_is_refused_was_not_heard(bench: Bench) -> None:
    bench.line.will("play_prompts", Refused("no", 400, "8535"))
    await bench.add(PLAY)
    assert bench.told == [EffectFailed(PLAY.id, "play_prompts", "not_started", "8535")]


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


async def test_nothing_is_tried_again_on_a_line_that_is_down(bench: Bench) -> None:
    bench.line.will("play_prompts", NotSent(delay=1.0))
    await bench.add(PLAY)
    await bench.add(snapshot=ENDED)
    await bench.clock.pass_(60_000)
    assert bench.line.asked == [PLAY]
    assert bench.told == []


async def test_what_was_wanted_at_the_very_end_is_done_all_the_same(bench: Bench) -> None:
    bench.line.will("answer_call", OutcomeUnknown())
    bench.line.will("hang_up", NotSent())
    await bench.add(ANSWER)
    await bench.add(HANG_UP, snapshot=ENDED)
    await bench.add(snapshot=ENDED)
    await bench.clock.pass_(60_000)
    assert bench.line.asked == [ANSWER, HANG_UP, HANG_UP]


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


async def test_what_is_stopped_stays_in_the_outbox(bench: Bench) -> None:
    await bench.commit(PLAY, TRANSFER)
    bench.line.hold("play_prompts")
    await bench.add(PLAY, TRANSFER)
    await bench.performer.stop()
    assert await bench.unsettled() == [PLAY, TRANSFER]
