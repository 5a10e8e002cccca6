"""Tones count once, and in the order in which they were pressed."""

from __future__ import annotations

from ivr.core.events import (
    EffectFailed,
    TonePressed,
)
from tests.universe import Ride, connected, ringing

HTTP = """
states: { look: { type: http, request: { get: "https://a.example/" }, next: served } }
"""
ASK = """
states:
  ask: { type: menu, prompt: choose, on: { "1": one, "12345": long, give_up: lost } }
"""


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
    ride = tones((1, "1"))
    for number, key in ((1, "1"), (3, "3"), (2, "2")):
        ride.tell(TonePressed(key, number))
        ride.tell(TonePressed(key, number))
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


def test_tones_of_a_line_that_is_down_are_not_asked_for_again() -> None:
    ride = connected(HTTP)
    asked = ride.done[-1]
    ride.hang_up()
    ride.tell(EffectFailed(asked.id, "listen_for_tones", "failed"))
    assert (ride.verdict, ride.effects) == ("late", [])


def test_tones_are_asked_for_once_more_when_that_was_refused_and_no_third_time() -> None:
    ride = connected(ASK)
    for wanted in (["listen_for_tones"], []):
        ids = [effect.id for effect in ride.done if type(effect).__name__ == "ListenForTones"]
        ride.tell(EffectFailed(ids[-1], "listen_for_tones", "failed"))
        assert ride.effects == wanted
