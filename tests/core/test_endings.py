"""How calls end: the caller, an operator, the service or time ends them."""

from __future__ import annotations

import pytest

from ivr.core.advance import abandon
from ivr.core.effects import FetchRecording, HangUp, RejectCall
from ivr.core.events import (
    AnyEvent,
    CallEnded,
    CallProgressed,
    EffectFailed,
    Failure,
    HangUpAsked,
    HttpAnswered,
    RecordingFinished,
    RecordingStored,
    RosterChanged,
    TimerFired,
    TonePressed,
    Unrecognised,
)
from ivr.core.values import kind_of
from tests.universe import connected, program, ringing

WELCOME = "states: { welcome: { type: prompt, prompt: hello, next: served } }"
HTTP = """
on: { error: lost }
states:
  look: { type: http, request: { get: "https://a.example/" }, timeout: 10s, on: { ok: welcome } }
  welcome: { type: prompt, prompt: hello, on: { next: served, hangup: left } }
"""
TAKE = """
vars: { clip: { type: recording } }
states:
  take: { type: record, purpose: call back, keep: 30d, save_as: clip, next: served }
"""


def test_a_hang_up_comes_at_once_where_the_caller_is_needed() -> None:
    ride = connected(WELCOME)
    ride.hang_up()
    assert (ride.result, ride.snapshot.closed, ride.effects) == ("caller_hung_up", True, [])


def test_a_hang_up_is_told_to_the_next_state_that_needs_the_caller() -> None:
    ride = connected(HTTP)
    ride.hang_up()
    assert ride.state == "look"
    ride.tell(HttpAnswered(ride.done[0].id, 200))
    assert ride.path == ["look ok welcome", "welcome hangup left"]
    assert ride.result == "left"


def test_states_that_need_no_caller_run_on_for_a_minute_at_most() -> None:
    ride = connected("""
        states:
          a: { type: http, request: { get: "https://a.example/" }, on: { ok: b, error: b } }
          b: { type: http, request: { get: "https://a.example/" }, on: { ok: a, error: a } }
    """)
    ride.hang_up()
    ride.wait(59_999)
    assert ride.result == ""
    ride.wait(1)
    assert (ride.result, ride.snapshot.closed) == ("caller_hung_up", True)


def test_the_flow_may_have_the_exit_for_a_hang_up() -> None:
    ride = connected("on: { hangup: left }\n" + WELCOME)
    ride.hang_up()
    assert ride.path == ["welcome hangup left"]


def test_a_hang_up_exit_into_a_state_that_needs_the_caller_ends_all_the_same() -> None:
    ride = connected("on: { hangup: welcome }\n" + WELCOME)
    ride.hang_up()
    assert ride.path == ["welcome hangup"]
    assert (ride.result, ride.snapshot.closed) == ("caller_hung_up", True)


def test_a_line_ends_once() -> None:
    ride = connected(HTTP)
    ride.hang_up()
    ride.hang_up()
    assert ride.verdict == "duplicate"


@pytest.mark.parametrize("event", [CallProgressed("established", audio=True), TonePressed("1", 1)])
def test_what_is_told_after_the_end_is_late(event: AnyEvent) -> None:
    ride = connected(HTTP)
    ride.hang_up()
    ride.tell(event)
    assert ride.verdict == "late"


def test_a_clip_may_still_come_after_the_hang_up() -> None:
    ride = connected(TAKE)
    recording = ride.done[-1].id
    ride.hang_up()
    ride.tell(RecordingFinished(recording, "hung_up", "there", "token"))
    assert ride.effects == ["fetch_recording"]
    ride.tell(RecordingStored(ride.sent(FetchRecording).id, "https://ours.example/1", 3.5))
    assert ride.snapshot.closed
    assert ride.snapshot.visits[-1].scope["clip"]["url"] == "https://ours.example/1"


def test_a_clip_that_is_being_fetched_keeps_the_call_open_after_its_flow() -> None:
    ride = connected(TAKE)
    ride.tell(RecordingFinished(ride.done[-1].id, "end_key", "there", "token"))
    ride.wait(5_000)
    ride.hang_up("ended_by_us")
    assert (ride.result, ride.snapshot.closed) == ("served", False)
    ride.wait(55_000)
    assert ride.snapshot.closed


def test_an_operator_can_end_a_call() -> None:
    ride = connected(WELCOME)
    ride.tell(HangUpAsked())
    assert ride.effects == ["stop_media", "hang_up"]
    ride.hang_up("ended_by_us")
    assert (ride.result, ride.snapshot.closed) == ("hung_up_by_operator", True)


def test_an_operator_can_turn_away_a_call_that_rings() -> None:
    ride = ringing(HTTP)
    ride.tell(HangUpAsked())
    assert ride.effects == ["reject_call"]
    assert isinstance(ride.done[-1], RejectCall)


def test_a_call_that_is_ended_already_is_not_ended_again() -> None:
    ride = connected(WELCOME)
    ride.tell(HangUpAsked())
    ride.tell(HangUpAsked())
    assert ride.verdict == "late"


@pytest.mark.parametrize("failure", ["failed", "gone", "unknown", "not_started"])
def test_a_hang_up_that_cannot_be_done_is_taken_for_done(failure: Failure) -> None:
    ride = connected(WELCOME)
    ride.heard()
    ride.tell(EffectFailed(ride.sent(HangUp).id, "hang_up", failure))
    assert ride.snapshot.closed
    assert ride.result == "served"


@pytest.mark.parametrize("event", [RosterChanged(), Unrecognised("other")])
def test_news_that_is_for_nobody_changes_nothing(event: AnyEvent) -> None:
    ride = connected(WELCOME)
    before = ride.snapshot
    ride.tell(event)
    assert ride.verdict != "ok"
    assert ride.snapshot is before


def test_after_max_duration_the_flow_may_say_goodbye_for_a_minute() -> None:
    ride = connected("""
        max_duration: 10m
        on: { max_duration: bye }
        states:
          a: { type: wait, for: 20m, next: b }
          bye: { type: wait, for: 5m, next: c }
    """)
    ride.wait(600_000)
    assert (ride.state, ride.result) == ("bye", "")
    ride.wait(60_000)
    assert ride.result == "max_duration"
    assert ride.effects == ["hang_up"]


def test_without_an_exit_max_duration_ends_the_call() -> None:
    ride = connected(
        "max_duration: 10m\nstates: { a: { type: wait, for: 20m, music: tune, next: b } }"
    )
    ride.wait(600_000)
    assert ride.effects[-1] == "hang_up"
    assert ride.result == "max_duration"
    assert ride.call_timers == {"ending": 10_000}


def test_a_call_lasts_an_hour_at_most_unless_the_flow_says_otherwise() -> None:
    ride = connected("states: { a: { type: wait, for: 3h, next: b } }")
    ride.wait(3_600_000)
    assert ride.result == "max_duration"


def test_max_duration_is_not_an_error_of_the_request_under_way() -> None:
    ride = connected("max_duration: 5s\n" + HTTP)
    ride.wait(5_000)
    assert ride.path == ["look max_duration"]
    assert ride.result == "max_duration"


# Calls whose flows are lost


def test_a_call_that_cannot_go_on_is_hung_up_and_closes_by_itself() -> None:
    ride = connected(TAKE)
    ride.tell(RecordingFinished(ride.done[-1].id, "end_key", "there", "token"))
    nothing = program("flow: nothing\nstates: { end: { type: hangup, result: none } }")
    step = abandon(nothing, ride.snapshot, TimerFired(), ride.now)
    assert [kind_of(effect) for effect in step.effects] == ["hang_up"]
    for _ in range(3):
        due = step.snapshot.next_due()
        assert due is not None
        step = abandon(nothing, step.snapshot, TimerFired(), due)
        if step.snapshot.closed:
            break
    assert (step.snapshot.closed, step.snapshot.result) == (True, "failed")


def test_a_call_that_cannot_go_on_may_end_by_itself_first() -> None:
    ride = connected(WELCOME)
    nothing = program("flow: nothing\nstates: { end: { type: hangup, result: none } }")
    step = abandon(nothing, ride.snapshot, CallEnded(), ride.now)
    assert (step.effects, step.snapshot.closed, step.snapshot.result) == ((), True, "failed")
