"""The caller's line: up, heard, transferred, down, and its tones, told in any order or twice."""

from __future__ import annotations

from itertools import permutations

import pytest

from ivr.core.effects import AnswerCall, FetchRecording, HangUp, KeepAlive, RejectCall
from ivr.core.events import (
    AnyEvent,
    CallEnded,
    CallProgressed,
    EffectFailed,
    EndReason,
    Failure,
    HangUpAsked,
    HttpAnswered,
    RecordingFinished,
    RecordingStored,
    RosterChanged,
    TonePressed,
    Unrecognised,
)
from ivr.core.line import keep_alive_gap
from tests.universe import ARRIVAL, Ride, program

WELCOME = "states: { welcome: { type: prompt, prompt: hello, next: served } }"
ASK = """
states:
  ask: { type: menu, prompt: choose, on: { "1": one, "12345": long, give_up: lost } }
"""
HTTP = """
states:
  look: { type: http, request: { get: "https://a.example/" }, timeout: 10s, on: { ok: welcome, error: lost } }
  welcome: { type: prompt, prompt: hello, on: { next: served, hangup: left } }
"""
RING = """
on: { hangup: left }
states:
  ring: { type: transfer, to: "${env.sales}", ring_for: 30s, on: { answered: served, failed: sorry } }
  sorry: { type: prompt, prompt: sorry, next: lost }
"""
TAKE = """
vars: { clip: { type: recording } }
states:
  take: { type: record, purpose: call back, keep: 30d, save_as: clip, on: { recorded: served, failed: lost } }
"""


def ringing(flow: str = WELCOME) -> Ride:
    """A call that has just come in."""
    ride = Ride(program(flow))
    ride.arrive()
    return ride


def connected(flow: str = WELCOME) -> Ride:
    """A call that is up."""
    ride = ringing(flow)
    ride.up()
    return ride


# Coming up


NEWS: dict[str, AnyEvent] = {
    "establishing": CallProgressed("establishing"),
    "established": CallProgressed("established"),
    "audio": CallProgressed(audio=True),
    "again": CallProgressed("established", audio=True),
}


@pytest.mark.parametrize("order", list(permutations(NEWS)), ids=" ".join)
def test_the_welcome_is_played_once_whatever_the_order_of_the_news(order: tuple[str, ...]) -> None:
    ride = ringing()
    for name in order:
        ride.tell(NEWS[name])
    assert ride.said == ["hello"]
    assert [type(effect).__name__ for effect in ride.done] == [
        "AnswerCall",
        "ListenForTones",
        "PlayPrompts",
    ]


def test_audio_before_the_call_is_established_is_remembered() -> None:
    ride = ringing()
    ride.tell(CallProgressed("establishing", audio=True))
    assert ride.said == []
    ride.tell(CallProgressed("established"))
    assert ride.said == ["hello"]


def test_without_word_of_the_audio_we_speak_after_two_seconds() -> None:
    ride = ringing()
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
    ride = ringing()
    ride.tell(CallProgressed("establishing"))
    ride.wait(20_000)
    assert ride.effects == ["hang_up"]
    assert ride.snapshot.closed
    assert ride.snapshot.end == "failed not established in time"


def test_an_answer_that_is_refused_ends_the_call() -> None:
    ride = ringing()
    ride.tell(EffectFailed(ride.sent(AnswerCall).id, "answer_call", "failed", "8522"))
    assert ride.snapshot.closed
    assert ride.snapshot.end == "failed 8522"


def test_an_answer_of_unknown_fate_waits_for_the_line() -> None:
    ride = ringing()
    ride.tell(EffectFailed(ride.sent(AnswerCall).id, "answer_call", "unknown"))
    assert ride.verdict == "unhandled"
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
    ride = ringing()
    ride.tell(ARRIVAL)
    assert ride.verdict == "duplicate"


# Audio that goes away


def test_a_state_waits_a_moment_for_audio_that_was_lost_and_then_goes_on() -> None:
    ride = connected('states: { a: { type: wait, for: 5s, next: b }, b: { type: wait, for: 5s, next: c } }')
    ride.tell(CallProgressed(audio=False))
    ride.wait(5_000)
    assert ride.state == "b"
    assert (ride.timers, ride.call_timers) == ({}, {"audio": 3_000})
    ride.wait(3_000)
    assert ride.timers == {"waited": 5_000}


def test_audio_that_comes_back_lets_the_state_begin_at_once() -> None:
    ride = connected('states: { a: { type: wait, for: 5s, next: b }, b: { type: wait, for: 5s, next: c } }')
    ride.tell(CallProgressed(audio=False))
    ride.wait(6_000)
    ride.tell(CallProgressed(audio=True))
    assert ride.timers == {"waited": 5_000}
    assert ride.call_timers == {}


# Tones


def tones(*sequence: tuple[int, str]) -> Ride:
    """A call to which tones were told in this order."""
    ride = connected(ASK)
    ride.heard()
    for number, key in sequence:
        ride.tell(TonePressed(key, number))
    return ride


def entered(ride: Ride) -> str:
    """The keys that the question has."""
    question = ride.snapshot.visits[-1].question
    return question.keys if question else ""


def test_tones_count_in_the_order_in_which_they_were_pressed() -> None:
    assert entered(tones((1, "1"), (3, "3"), (4, "4"), (2, "2"))) == "1234"


def test_a_tone_that_is_told_twice_counts_once() -> None:
    ride = tones((1, "1"), (1, "1"), (3, "3"), (3, "3"), (2, "2"), (2, "2"))
    assert ride.verdict == "duplicate"
    assert entered(ride) == "123"


def test_a_tone_that_never_comes_is_waited_for_one_second() -> None:
    ride = tones((1, "1"), (3, "2"))
    ride.wait(999)
    assert entered(ride) == "1"
    ride.wait(1)
    assert entered(ride) == "12"
    ride.tell(TonePressed("9", 2))
    assert ride.verdict == "duplicate"


def test_each_gap_is_waited_for() -> None:
    ride = tones((1, "1"), (3, "2"), (5, "3"))
    ride.wait(1_000)
    assert entered(ride) == "12"
    ride.wait(1_000)
    assert entered(ride) == "123"


def test_no_more_than_32_tones_wait_for_one_that_is_missing() -> None:
    ride = tones(*((number, "1") for number in range(2, 35)))
    assert ride.verdict == "unhandled"
    assert len(ride.snapshot.held) == 32


def test_a_tone_without_a_number_counts_as_it_comes() -> None:
    assert entered(tones((0, "1"), (0, "2"))) == "12"


def test_keys_are_kept_while_the_line_comes_up() -> None:
    ride = ringing(ASK)
    ride.tell(TonePressed("1", 1))
    ride.up()
    assert ride.timers == {"between_digits": 3_000}
    assert ride.said == []


def test_tones_are_asked_for_once_more_when_that_was_refused_and_no_third_time() -> None:
    ride = connected(ASK)
    for wanted in (["listen_for_tones"], []):
        ids = [effect.id for effect in ride.done if type(effect).__name__ == "ListenForTones"]
        ride.tell(EffectFailed(ids[-1], "listen_for_tones", "failed"))
        assert ride.effects == wanted


# Keeping the line


def test_the_line_is_kept_alive_well_within_45_minutes() -> None:
    ride = connected('states: { a: { type: wait, for: 50m, next: served } }')
    gap = keep_alive_gap(ride.snapshot.call_id)
    assert 12 * 60_000 <= gap <= 18 * 60_000
    ride.wait(gap - 1)
    assert not any(isinstance(effect, KeepAlive) for effect in ride.done)
    ride.wait(gap + 1)
    assert sum(isinstance(effect, KeepAlive) for effect in ride.done) == 2


def test_calls_are_not_kept_alive_all_at_once() -> None:
    assert len({keep_alive_gap(f"call-{number}") for number in range(50)}) > 20


def test_a_keep_alive_that_finds_no_call_ends_it() -> None:
    ride = connected('states: { a: { type: wait, for: 50m, next: served } }')
    ride.wait(18 * 60_000)
    ride.tell(EffectFailed(ride.sent(KeepAlive).id, "keep_alive", "gone", "404"))
    assert ride.snapshot.closed
    assert (ride.result, ride.snapshot.end) == ("caller_hung_up", "failed 404")


def test_no_keep_alive_after_the_end() -> None:
    ride = connected(TAKE)
    ride.hang_up()
    assert set(ride.call_timers) == {"after_hang_up"}
    assert "keep_alive" not in ride.snapshot.deadlines


# The end of the line


def test_a_hang_up_comes_at_once_where_the_caller_is_needed() -> None:
    ride = connected()
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
          a: { type: http, request: { get: "https://a.example/" }, timeout: 10s, on: { ok: b, error: b } }
          b: { type: http, request: { get: "https://a.example/" }, timeout: 10s, on: { ok: a, error: a } }
    """)
    ride.hang_up()
    ride.wait(59_999)
    assert not ride.snapshot.closed
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
    assert not ride.snapshot.closed
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


# Transfers


def ringing_sales(rings: int = 0) -> Ride:
    """A call that is being handed on."""
    ride = connected(RING)
    ride.tell(CallProgressed("transferring", audio=False))
    ride.wait(rings)
    return ride


@pytest.mark.parametrize(
    ("accepted", "reason", "code", "path"),
    [
        (False, "transferred", "200/7015", "ring answered served"),
        (True, "transferred", "", "ring answered served"),
        (True, "failed", "500/9999", "ring answered served"),
        (True, "rejected", "", "ring answered served"),
        (True, "hung_up", "", "ring answered served"),
        (True, "hung_up", "200/4521", "ring hangup left"),
        (False, "hung_up", "", "ring hangup left"),
        (False, "failed", "500", "ring hangup left"),
    ],
)
def test_how_a_transfer_may_end_the_line(
    accepted: bool, reason: EndReason, code: str, path: str
) -> None:
    ride = ringing_sales()
    if accepted:
        ride.tell(CallProgressed("accepted", audio=False))
    ride.tell(CallEnded(reason, code))
    assert ride.path == [path]


@pytest.mark.parametrize("failure", ["failed", "busy", "declined", "no_answer"])
def test_a_failed_transfer_gives_the_caller_back(failure: Failure) -> None:
    ride = ringing_sales(5_000)
    ride.tell(CallProgressed("established", failure=failure))
    assert ride.path == [f"ring {failure} sorry"]
    assert ride.said == []
    ride.tell(CallProgressed("established", audio=True))
    assert ride.said == ["sorry"]


def test_after_a_failed_transfer_audio_is_waited_for_three_seconds() -> None:
    ride = ringing_sales()
    ride.tell(CallProgressed("established", failure="busy"))
    assert ride.call_timers == {"audio": 3_000}
    ride.wait(3_000)
    assert ride.said == ["sorry"]


def test_a_failure_that_is_told_twice_counts_once() -> None:
    ride = ringing_sales()
    for _ in range(2):
        ride.tell(CallProgressed("established", audio=True, failure="busy"))
    assert ride.path == ["ring busy sorry"]
    assert ride.said == ["sorry"]


def test_established_without_a_failure_says_nothing_of_a_transfer() -> None:
    ride = ringing_sales()
    ride.tell(CallProgressed("established", audio=True))
    assert ride.state == "ring"


def test_ring_for_asks_how_the_line_is_and_believes_the_answer() -> None:
    ride = ringing_sales(30_000)
    assert ride.effects == ["check_call"]
    ride.tell(CallProgressed("transferring", checked=True))
    assert ride.state == "ring"
    ride.tell(CallProgressed("established", audio=True, checked=True))
    assert ride.path == ["ring no_answer sorry"]


def test_a_check_that_finds_no_call_ends_it() -> None:
    ride = ringing_sales(30_000)
    ride.tell(EffectFailed(ride.done[-1].id, "check_call", "gone", "404"))
    assert ride.path == ["ring hangup left"]


def test_a_transfer_of_which_nothing_is_ever_heard_fails_in_the_end() -> None:
    ride = ringing_sales(30_000 + 6 * 15_000)
    assert ride.path == ["ring no_answer sorry"]
    assert ride.call_timers == {"audio": 3_000}
    ride.wait(3_000)
    assert ride.said == ["sorry"]


def test_a_refused_transfer_leaves_the_caller_with_us() -> None:
    ride = connected(RING)
    ride.tell(EffectFailed(ride.done[-1].id, "transfer_call", "failed", "403"))
    assert ride.said == ["sorry"]


def test_the_caller_may_hang_up_while_it_rings() -> None:
    ride = ringing_sales(5_000)
    ride.hang_up()
    assert ride.result == "left"


# Ending calls ourselves


def test_an_operator_can_end_a_call() -> None:
    ride = connected()
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
    ride = connected()
    ride.tell(HangUpAsked())
    ride.tell(HangUpAsked())
    assert ride.verdict == "late"


@pytest.mark.parametrize("failure", ["failed", "gone", "unknown", "not_started"])
def test_a_hang_up_that_cannot_be_done_is_taken_for_done(failure: Failure) -> None:
    ride = connected()
    ride.heard()
    ride.tell(EffectFailed(ride.sent(HangUp).id, "hang_up", failure))
    assert ride.snapshot.closed
    assert ride.result == "served"


@pytest.mark.parametrize("event", [RosterChanged(3), Unrecognised("other")])
def test_news_that_is_for_nobody_changes_nothing(event: AnyEvent) -> None:
    ride = connected()
    before = ride.snapshot
    ride.tell(event)
    assert (ride.verdict, ride.snapshot) == ("unhandled", before)


# Limits of time


def test_after_max_duration_the_flow_may_say_goodbye_for_a_minute() -> None:
    ride = connected("max_duration: 10m\non: { max_duration: bye }\nstates: { a: { type: wait, for: 20m, "
                     "next: b }, bye: { type: wait, for: 5m, next: c } }")  # fmt: skip
    ride.wait(600_000)
    assert (ride.state, ride.result) == ("bye", "")
    ride.wait(60_000)
    assert ride.result == "max_duration"
    assert ride.effects == ["hang_up"]


def test_without_an_exit_max_duration_ends_the_call() -> None:
    ride = connected("max_duration: 10m\nstates: { a: { type: wait, for: 20m, music: tune, next: b } }")
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
