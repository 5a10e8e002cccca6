"""The caller's line comes up and stays up, whatever is told in whatever order."""

from __future__ import annotations

from itertools import permutations

import pytest

from ivr.core.effects import AnswerCall, KeepAlive
from ivr.core.events import (
    AnyEvent,
    CallEnded,
    CallProgressed,
    EffectFailed,
    HangUpAsked,
    HttpAnswered,
    TonePressed,
)
from ivr.core.line import keep_alive_gap
from tests.universe import ARRIVAL, Ride, connected, program, ringing

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


NEWS: dict[str, AnyEvent] = {
    "establishing": CallProgressed("establishing"),
    "established": CallProgressed("established"),
    "audio": CallProgressed(audio=True),
    "again": CallProgressed("established", audio=True),
}


@pytest.mark.parametrize("order", list(permutations(NEWS)), ids=" ".join)
def test_the_welcome_is_played_once_whatever_the_order_of_the_news(order: tuple[str, ...]) -> None:
    ride = ringing(WELCOME)
    for name in order:
        ride.tell(NEWS[name])
    assert ride.said == ["hello"]
    assert [type(effect).__name__ for effect in ride.done] == [
        "AnswerCall",
        "ListenForTones",
        "PlayPrompts",
    ]


def test_audio_before_the_call_is_established_is_remembered() -> None:
    ride = ringing(WELCOME)
    ride.tell(CallProgressed("establishing", audio=True))
    assert ride.said == []
    ride.tell(CallProgressed("established"))
    assert ride.said == ["hello"]


def test_no_audio_is_believed_in_before_the_call_is_answered() -> None:
    ride = ringing(HTTP)
    ride.tell(CallProgressed(audio=True))
    assert ride.verdict == "duplicate"
    ride.tell(HttpAnswered(ride.done[0].id, 200))
    ride.tell(CallProgressed("established"))
    assert ride.said == []


def test_without_word_of_the_audio_we_speak_after_two_seconds() -> None:
    ride = ringing(WELCOME)
    ride.tell(CallProgressed("established"))
    ride.wait(1_999)
    assert ride.said == []
    ride.wait(1)
    assert ride.said == ["hello"]


def test_the_caller_who_is_not_answered_hears_ringing_until_a_state_needs_him() -> None:
    ride = ringing(HTTP)
    assert ride.effects == ["send_request"]
    ride.tell(HttpAnswered(ride.done[0].id, 200))
    assert ride.effects == ["answer_call"]
    assert ride.sent(AnswerCall).fetch_first == ("hello.wav",)


def test_ten_seconds_before_the_answer_are_all_there_are() -> None:
    ride = ringing(HTTP)
    ride.wait(9_999)
    assert ride.effects == ["send_request"]
    ride.wait(1)
    assert ride.effects == ["answer_call"]
    assert ride.state == "look"
    ride.up()
    assert ride.effects == ["listen_for_tones"]
    ride.tell(HttpAnswered(ride.done[0].id, 200))
    assert ride.said == ["hello"]


def test_a_call_that_is_not_established_in_time_is_given_up() -> None:
    ride = ringing(WELCOME)
    ride.tell(CallProgressed("establishing"))
    ride.wait(20_000)
    assert ride.effects == ["hang_up"]
    assert ride.snapshot.closed
    assert ride.snapshot.end == "failed not established in time"


def test_an_answer_that_is_refused_ends_the_call() -> None:
    ride = ringing(WELCOME)
    ride.tell(EffectFailed(ride.sent(AnswerCall).id, "answer_call", "failed", "8522"))
    assert ride.snapshot.closed
    assert ride.snapshot.end == "failed 8522"


def test_an_answer_of_unknown_fate_waits_for_the_line() -> None:
    ride = ringing(WELCOME)
    ride.tell(EffectFailed(ride.sent(AnswerCall).id, "answer_call", "unknown"))
    ride.wait(2_000)
    assert ride.effects == ["check_call"]
    ride.up()
    assert ride.said == ["hello"]


def test_nothing_counts_before_the_call_has_arrived() -> None:
    ride = Ride(program(WELCOME))
    for event in (*NEWS.values(), TonePressed("1", 1), CallEnded(), HangUpAsked()):
        ride.tell(event)
        assert ride.verdict == "unhandled"
    ride.arrive()
    assert ride.effects == ["answer_call"]


def test_a_call_arrives_once() -> None:
    ride = ringing(WELCOME)
    ride.tell(ARRIVAL)
    assert ride.verdict == "duplicate"


def test_a_state_waits_a_moment_for_audio_that_was_lost_and_then_goes_on() -> None:
    ride = connected(
        "states: { a: { type: wait, for: 5s, next: b }, b: { type: wait, for: 5s, next: c } }"
    )
    ride.tell(CallProgressed(audio=False))
    ride.wait(5_000)
    assert ride.state == "b"
    assert (ride.timers, ride.call_timers) == ({}, {"audio": 3_000})
    ride.wait(3_000)
    assert ride.timers == {"waited": 5_000}


def test_audio_that_comes_back_lets_the_state_begin_at_once() -> None:
    ride = connected(
        "states: { a: { type: wait, for: 5s, next: b }, b: { type: wait, for: 5s, next: c } }"
    )
    ride.tell(CallProgressed(audio=False))
    ride.wait(6_000)
    ride.tell(CallProgressed(audio=True))
    assert ride.timers == {"waited": 5_000}
    assert ride.call_timers == {}


def test_the_line_is_kept_alive_well_within_45_minutes() -> None:
    ride = connected("states: { a: { type: wait, for: 50m, next: served } }")
    gap = keep_alive_gap(ride.snapshot.call_id)
    assert 12 * 60_000 <= gap <= 18 * 60_000
    ride.wait(gap - 1)
    assert not any(isinstance(effect, KeepAlive) for effect in ride.done)
    ride.wait(gap + 1)
    assert sum(isinstance(effect, KeepAlive) for effect in ride.done) == 2


def test_calls_are_not_kept_alive_all_at_once() -> None:
    assert len({keep_alive_gap(f"call-{number}") for number in range(50)}) > 20


def test_a_keep_alive_that_finds_no_call_ends_it() -> None:
    ride = connected("states: { a: { type: wait, for: 50m, next: served } }")
    ride.wait(18 * 60_000)
    ride.tell(EffectFailed(ride.sent(KeepAlive).id, "keep_alive", "gone", "404"))
    assert ride.snapshot.closed
    assert (ride.result, ride.snapshot.end) == ("caller_hung_up", "failed 404")


def test_no_keep_alive_after_the_end() -> None:
    ride = connected(TAKE)
    ride.hang_up()
    assert set(ride.call_timers) == {"after_hang_up"}
    assert "keep_alive" not in ride.snapshot.deadlines
