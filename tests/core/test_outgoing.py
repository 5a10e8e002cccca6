"""Calls that the engine places: attempts, their ends, and legs of which nobody knows."""

from __future__ import annotations

import pytest

from ivr.core.effects import HangUp, JoinMeeting, PlaceCall
from ivr.core.events import (
    AnyEvent,
    CallEnded,
    CallProgressed,
    CallWanted,
    EffectFailed,
    EndReason,
    Failure,
    HangUpAsked,
    LegPlaced,
    TonePressed,
)
from ivr.core.values import Meeting, Target
from tests.universe import NOON, Ride, wanted

HOUR = 3_600_000
REMIND = """
input: { phone: { type: phone } }
timezone: UTC
calendars: { office: { open: { mon-fri: 09:00-17:00 } } }
call_out:
  to: "${phone}"
  from: "instance:99999999-9999-4999-8999-999999999999"
  ring_for: 35s
  attempts: 3
  gap: 45m
  only_in: office
  on: { answered: greet, not_reached: report, busy: report_busy }
states:
  greet: { type: menu, prompt: hello, on: { "1": confirmed, give_up: confirmed } }
  report: { type: hangup, result: not_reached }
  report_busy: { type: hangup, result: was_busy }
"""
JOIN = """
join: { meeting_id: "123456789", passcode: "abc", on: { joined: hello, not_joined: lost } }
states:
  hello: { type: prompt, prompt: hello, next: bye }
  lost: { type: hangup, result: lost }
"""


def remind(at: int = NOON) -> Ride:
    return wanted(REMIND, at, phone="+442079460123")


def leg_of(ride: Ride) -> str:
    return ride.sent(PlaceCall).id


def placed(ride: Ride) -> int:
    return sum(isinstance(effect, PlaceCall) for effect in ride.done)


def end(ride: Ride, reason: EndReason, leg: str = "") -> None:
    ride.tell(CallEnded(reason, "480/1", leg or leg_of(ride)))


def test_somebody_is_called_and_picks_up() -> None:
    ride = remind()
    call = ride.sent(PlaceCall)
    assert call.to == Target("phone", "+442079460123")
    assert (call.source, call.ring_for) == ("99999999-9999-4999-8999-999999999999", 35_000)
    ride.tell(LegPlaced(call.id, "line-1"))
    ride.tell(CallProgressed("ringing", leg=call.id))
    ride.up()
    assert ride.said == ["hello"]
    ride.heard()
    ride.press("1")
    assert ride.result == "confirmed"
    assert ride.sent(HangUp).leg == call.id
    end(ride, "ended_by_us")
    assert ride.snapshot.closed


def test_effects_of_the_call_name_its_leg() -> None:
    ride = remind()
    ride.up()
    assert {effect.leg for effect in ride.last.effects} == {leg_of(ride)}


def test_nobody_is_called_outside_of_the_hours() -> None:
    ride = remind(NOON + 8 * HOUR)
    assert placed(ride) == 0
    assert ride.call_timers == {"attempt": 13 * HOUR}
    ride.fire()
    assert placed(ride) == 1


@pytest.mark.parametrize("reason", ["no_answer", "busy", "not_reached", "failed"])
def test_who_was_not_reached_is_called_again_after_the_gap(reason: EndReason) -> None:
    ride = remind()
    first = leg_of(ride)
    end(ride, reason)
    ride.wait(45 * 60_000)
    assert placed(ride) == 2
    assert leg_of(ride) != first
    ride.up()
    assert ride.state == "greet"


@pytest.mark.parametrize(("reason", "result"), [("busy", "was_busy"), ("no_answer", "not_reached")])
def test_after_the_last_attempt_the_flow_tells_somebody(reason: EndReason, result: str) -> None:
    ride = remind()
    for _ in range(3):
        end(ride, reason)
        ride.wait(45 * 60_000)
    assert (placed(ride), ride.result) == (3, result)
    assert ride.snapshot.closed


@pytest.mark.parametrize("reason", ["declined", "hung_up"])
def test_who_declines_is_not_called_again(reason: EndReason) -> None:
    ride = remind()
    end(ride, reason)
    assert (placed(ride), ride.result) == (1, "not_reached")
    assert ride.snapshot.closed


def test_ringing_ends_when_the_flow_says_so() -> None:
    ride = remind()
    ride.tell(LegPlaced(leg_of(ride), "line-1"))
    ride.wait(40_000)
    assert ride.effects == ["hang_up"]
    assert ride.call_timers["attempt"] == 45 * 60_000
    end(ride, "ended_by_us")
    ride.wait(45 * 60_000)
    assert placed(ride) == 2


def test_somebody_who_picks_up_too_late_is_hung_up_and_called_again() -> None:
    ride = remind()
    first = leg_of(ride)
    ride.wait(40_000)
    ride.tell(CallProgressed("established", audio=True, leg=first))
    assert ride.snapshot.phase == "waiting"
    ride.tell(LegPlaced(first, "line-1"))
    assert [effect.leg for effect in ride.last.effects] == [first]
    assert ride.effects == ["hang_up"]


def test_a_call_of_which_nobody_knows_is_never_placed_again() -> None:
    ride = remind()
    ride.tell(EffectFailed(leg_of(ride), "place_call", "unknown"))
    ride.wait(20_000)
    assert (placed(ride), ride.result) == (1, "not_reached")
    assert not ride.snapshot.closed, "it may ring yet"
    ride.tell(LegPlaced(leg_of(ride), "line-1"))
    assert ride.effects == ["hang_up"]
    end(ride, "ended_by_us")
    assert ride.snapshot.closed


def test_a_call_of_which_nobody_knew_turns_up_in_time() -> None:
    ride = remind()
    ride.tell(EffectFailed(leg_of(ride), "place_call", "unknown"))
    ride.wait(5_000)
    ride.tell(LegPlaced(leg_of(ride), "line-1"))
    ride.wait(30_000)
    ride.up()
    assert ride.said == ["hello"]


def test_a_leg_that_never_turns_up_is_forgotten_in_the_end() -> None:
    ride = remind()
    ride.tell(EffectFailed(leg_of(ride), "place_call", "unknown"))
    ride.wait(20_000 + 120_000)
    assert ride.snapshot.closed


@pytest.mark.parametrize(
    ("failure", "attempts"), [("not_started", 3), ("failed", 1), ("busy", 3), ("declined", 1)]
)
def test_a_call_that_the_service_refuses(failure: Failure, attempts: int) -> None:
    ride = remind()
    for _ in range(attempts):
        ride.tell(EffectFailed(leg_of(ride), "place_call", failure, "8516"))
        ride.wait(45 * 60_000)
    assert placed(ride) == attempts
    assert ride.result in {"not_reached", "was_busy"}
    assert ride.snapshot.closed


@pytest.mark.parametrize("rings", [True, False])
def test_an_operator_calls_it_off(rings: bool) -> None:
    ride = remind(NOON if rings else NOON + 8 * HOUR)
    ride.tell(HangUpAsked())
    assert ride.result == "hung_up_by_operator"
    assert ride.effects == (["hang_up"] if rings else [])
    if rings:
        end(ride, "ended_by_us")
    assert ride.snapshot.closed


def test_a_second_wish_for_the_same_call_changes_nothing() -> None:
    ride = remind()
    ride.tell(CallWanted("main", {"phone": "+442079460123"}))
    assert ride.verdict == "duplicate"


def test_a_target_of_no_known_form_is_reached_by_nobody() -> None:
    ride = wanted(REMIND, phone="0800 REACHME")
    assert (placed(ride), ride.result) == (0, "not_reached")


@pytest.mark.parametrize(
    "event",
    [
        TonePressed("1", 1, "another.1"),
        CallProgressed("established", leg="another.1"),
        CallEnded("hung_up", leg="another.1"),
        LegPlaced("another.1", "line-9"),
    ],
)
def test_legs_that_are_none_of_the_call_change_nothing(event: AnyEvent) -> None:
    ride = remind()
    ride.up()
    ride.tell(event)
    assert ride.verdict != "ok"
    assert ride.state == "greet"


def test_a_meeting_is_joined() -> None:
    ride = wanted(JOIN)
    assert ride.sent(JoinMeeting).meeting == Meeting(number="123456789", passcode="abc")
    ride.up()
    assert (ride.said, ride.snapshot.group) == (["hello"], True)


def test_a_meeting_that_lets_nobody_in_is_left_alone_after_a_while() -> None:
    ride = wanted(JOIN)
    ride.tell(LegPlaced(ride.sent(JoinMeeting).id, "line-1"))
    ride.wait(300_000)
    assert (ride.effects, ride.result) == (["hang_up"], "lost")


def test_a_flow_that_takes_calls_places_none() -> None:
    ride = wanted("states: { hello: { type: prompt, prompt: hello, next: bye } }")
    assert (ride.snapshot.closed, ride.result) == (True, "failed")
