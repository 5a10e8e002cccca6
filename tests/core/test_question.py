"""How a question is asked: attempts, timers, interruption, type-ahead, reading back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ivr.core.events import PromptFinished
from tests.universe import Ride, connected

MENU = """
vars: { choice: { type: digits } }
states:
  ask:
    type: menu
    prompt: [first, second, third]
    retry: { no_input: [silent_1, silent_2], no_match: [wrong_1] }
    attempts: 5
    save_as: choice
    on: { "1": one, "22": two, "23": three, "2345": four, give_up: lost }
"""


COLLECT = """
states:
  ask:
    type: collect
    prompt: account
    on: { done: found, give_up: lost, no_input: silent, no_match: mistaken }
"""


def asked(flow: str = MENU, **more: str) -> Ride:
    """A call whose question is being asked; `more` are options of its state."""
    return connected(flow + "".join(f"    {name}: {value}\n" for name, value in more.items()))


def collecting(**more: str) -> Ride:
    """A call that is asked for digits."""
    return asked(COLLECT, **more)


# Attempts


def test_each_attempt_has_its_own_words_and_the_retry_of_the_reason_before() -> None:
    ride = asked()
    ride.heard()
    ride.wait(5_000)
    ride.heard()
    ride.wait(5_000)
    ride.press("9")
    ride.heard()
    ride.wait(5_000)
    assert ride.said == [
        "first",
        "silent_1+second",
        "silent_2+third",
        "wrong_1+third",
        "silent_2+third",
    ]


def test_a_reason_without_a_retry_asks_the_bare_question() -> None:
    ride = collecting(digits="4", retry="{ no_match: wrong }")
    ride.heard()
    ride.wait(5_000)
    assert ride.said == ["account", "account"]


def test_silence_and_wrong_keys_use_up_the_same_attempts() -> None:
    ride = collecting(digits="4")
    ride.press("*")
    ride.heard()
    ride.wait(5_000)
    ride.heard()
    assert ride.state == "ask"
    ride.press("#")
    assert ride.path == ["ask no_match mistaken"]


def test_the_last_reason_chooses_the_exit() -> None:
    ride = collecting(digits="4", attempts="2")
    ride.press("*")
    ride.heard()
    ride.wait(5_000)
    assert ride.path == ["ask no_input silent"]


def test_coming_back_begins_at_the_first_attempt() -> None:
    ride = connected("""
        states:
          ask: { type: menu, prompt: [first, second], on: { "1": again, give_up: lost } }
          again: { type: prompt, prompt: hello, next: ask }
    """)
    ride.press("91")
    ride.heard()
    assert ride.said == ["first", "second", "hello", "first"]


# Timers


def test_the_first_digit_timer_begins_when_the_last_prompt_ends() -> None:
    ride = asked(first_digit="4s")
    assert set(ride.timers) == {"media"}
    ride.wait(3_000)
    ride.heard()
    assert ride.timers == {"first_digit": 4_000}


def test_a_key_that_interrupts_counts_and_starts_the_timer_between_digits() -> None:
    ride = asked(between_digits="2s")
    ride.press("2")
    assert ride.effects == ["stop_media"]
    assert ride.timers == {"between_digits": 2_000}
    ride.press("2", after=500)
    ride.wait(2_000)
    assert ride.path == ["ask choice 2 two"]


def test_every_key_starts_the_timer_between_digits_anew() -> None:
    ride = asked()
    ride.heard()
    ride.press("234", after=2_900)
    assert ride.timers == {"between_digits": 3_000}


def test_there_is_always_a_timer_while_a_question_is_open() -> None:
    ride = asked()
    for happens in ("2", "9", "heard", "2", "3"):
        assert len(ride.timers) == 1
        ride.heard() if happens == "heard" else ride.press(happens)
    assert len(ride.timers) == 1


def test_a_prompt_whose_end_is_lost_is_believed_to_be_over() -> None:
    ride = asked()
    ride.wait(12_000)
    assert ride.effects == ["stop_media"]
    assert ride.timers == {"first_digit": 5_000}


def test_a_prompt_that_fails_goes_on_to_the_timers() -> None:
    ride = asked()
    ride.heard("failed")
    assert ride.timers == {"first_digit": 5_000}
    assert ride.said == ["first"]


def test_the_late_end_of_a_cancelled_prompt_is_nothing() -> None:
    ride = asked()
    late = ride.snapshot.media
    ride.press("2")
    timers = ride.timers
    kept = ride.snapshot
    ride.tell(PromptFinished(late, cancelled=True))
    assert ride.verdict == "late"
    assert ride.snapshot is kept
    assert ride.timers == timers


# Interruption


def test_barge_in_stops_the_prompt_before_anything_else() -> None:
    ride = asked()
    ride.press("9")
    assert ride.effects == ["stop_media", "play_prompts"]


@pytest.mark.parametrize(("key", "stops"), [("1", True), ("2", True), ("9", False), ("*", False)])
def test_with_interrupt_choices_only_a_key_that_begins_an_answer_stops(
    key: str, stops: bool
) -> None:
    ride = asked(interrupt="choices")
    ride.press(key)
    assert ("stop_media" in ride.effects) is stops
    assert ride.snapshot.keys == ""


def test_with_interrupt_choices_a_wrong_key_after_the_prompt_is_no_match() -> None:
    ride = asked(interrupt="choices")
    ride.heard()
    ride.press("9")
    assert ride.said[-1] == "wrong_1+second"


def test_with_interrupt_no_keys_wait_for_the_end_of_the_prompt() -> None:
    ride = asked(interrupt="no")
    ride.press("23")
    assert not ride.effects
    ride.heard()
    assert ride.timers == {"between_digits": 3_000}
    ride.wait(3_000)
    assert ride.path == ["ask choice 3 three"]


def test_without_interrupt_and_type_ahead_keys_during_the_prompt_are_lost() -> None:
    ride = asked(interrupt="no", type_ahead="no")
    ride.press("1")
    ride.heard()
    assert ride.timers == {"first_digit": 5_000}


# Answers


@pytest.mark.parametrize(
    ("keys", "waits"), [("1", 0), ("22", 0), ("23", 3_000), ("2345", 0)], ids=str
)
def test_a_choice_is_taken_at_once_unless_a_longer_one_begins_with_it(
    keys: str, waits: int
) -> None:
    ride = asked()
    ride.heard()
    ride.press(keys)
    assert (ride.result == "") is (waits > 0)
    ride.wait(waits)
    assert ride.result
    assert ride.trace[-1].outcome.startswith("choice")


def test_keys_with_which_no_choice_can_begin_are_no_match_at_once() -> None:
    ride = asked()
    ride.press("24")
    assert ride.said[-1] == "wrong_1+second"


def test_keys_that_stop_half_way_are_no_match_when_time_is_up() -> None:
    ride = asked()
    ride.press("2")
    ride.wait(2_999)
    assert ride.said == ["first"]
    ride.wait(1)
    assert ride.said == ["first", "wrong_1+second"]


def test_a_menu_keeps_the_key_it_was_answered_with() -> None:
    ride = asked()
    ride.press("22")
    assert ride.value("choice") == "22"


def test_digits_become_a_value_of_the_type_of_their_variable() -> None:
    ride = connected("""
        vars: { amount: { type: number }, account: { type: digits } }
        states:
          how_much: { type: collect, prompt: sum, digits: 4, save_as: amount, next: whose }
          whose: { type: collect, prompt: account, digits: 4, save_as: account, next: served }
    """)
    ride.press("00120034")
    assert (ride.value("amount"), ride.value("account")) == (Decimal(12), "0034")


def test_a_fixed_length_ends_on_its_last_digit() -> None:
    ride = collecting(digits="4")
    ride.press("123")
    assert ride.state == "ask"
    ride.press("4")
    assert ride.path == ["ask done found"]


def test_a_length_that_varies_ends_with_pound_or_in_silence_or_when_it_is_full() -> None:
    for keys, waits in (("123#", 0), ("123", 3_000), ("12345", 0)):
        ride = collecting(digits="3-5")
        ride.press(keys)
        ride.wait(waits)
        assert ride.path == ["ask done found"]


def test_another_end_key_makes_pound_a_wrong_key() -> None:
    ride = collecting(digits="3-5", end_key="star")
    ride.press("123#")
    assert ride.said == ["account", "account"]
    ride.press("123*")
    assert ride.result == "found"


def test_without_an_end_key_only_time_ends_it() -> None:
    ride = collecting(digits="3-5", end_key="none")
    ride.press("123")
    assert ride.state == "ask"
    ride.wait(3_000)
    assert ride.result == "found"


@pytest.mark.parametrize("keys", ["12#", "#", "*", "1A", "7992"], ids=str)
def test_too_short_unknown_and_unfit_are_all_no_match(keys: str) -> None:
    ride = collecting(digits="3-4", check="luhn(value)", attempts="1")
    ride.press(keys)
    assert ride.path == ["ask no_match mistaken"]


def test_what_passes_its_check_is_an_answer() -> None:
    ride = collecting(digits="3-4", check="luhn(value)", attempts="1")
    ride.press("7997")
    assert ride.path == ["ask done found"]
