"""What becomes of answers: end keys, keys typed ahead, and reading back."""

from __future__ import annotations

import pytest

from tests.universe import Ride, connected

FULL = """
states:
  ask: { type: collect, prompt: account, digits: 2-3, on: { done: more, give_up: lost } }
  more: { type: menu, prompt: more, on: { pound: pound, "1": one, give_up: lost } }
"""
COLLECT = """
states:
  ask:
    type: collect
    prompt: account
    on: { done: found, give_up: lost, no_input: silent, no_match: mistaken }
"""
WELCOME = """
vars: { pin: { type: digits, secret: true } }
states:
  welcome: { type: prompt, prompt: hello, next: ask }
  ask:
    type: collect
    prompt: account
    on: { done: more, give_up: lost }
"""


def asked(flow: str, **more: str) -> Ride:
    """A call of a flow; `more` are options of its last state."""
    return connected(flow + "".join(f"    {name}: {value}\n" for name, value in more.items()))


def after_welcome(**more: str) -> Ride:
    """A call in the prompt before the question, whose keys are kept."""
    return asked(WELCOME, **more)


@pytest.mark.parametrize(("after", "end"), [(0, ""), (1_000, ""), (1_001, "pound")])
def test_an_end_key_within_a_second_after_a_full_answer_is_swallowed(after: int, end: str) -> None:
    ride = asked(FULL)
    ride.press("123")
    ride.press("#", after=after)
    assert ride.result == end


def test_only_one_end_key_is_swallowed() -> None:
    ride = asked(FULL)
    ride.press("123##")
    assert ride.result == "pound"


def test_another_key_in_between_makes_the_end_key_count() -> None:
    ride = asked(FULL.replace('"1": one', '"1": again, "11": one'))
    ride.press("1231")
    ride.press("#")
    assert ride.said[-1] == "more"
    assert len(ride.said) == 3


def test_an_end_key_that_ended_the_answer_is_not_waited_for_again() -> None:
    ride = asked(FULL)
    ride.press("12##")
    assert ride.result == "pound"


# Type-ahead


def test_keys_pressed_before_answer_without_a_prompt() -> None:
    ride = after_welcome(digits="4")
    ride.press("1234")
    ride.heard()
    assert ride.said == ["hello"]
    assert ride.path == ["welcome next ask", "ask done more"]
    assert ride.trace[-1].note == "typed ahead"


def test_too_few_keys_skip_the_prompt_and_start_the_timer_between_digits() -> None:
    ride = after_welcome(digits="4")
    ride.press("12")
    ride.heard()
    assert ride.said == ["hello"]
    assert ride.timers == {"between_digits": 3_000}


def test_the_buffer_holds_32_keys() -> None:
    ride = after_welcome(digits="32")
    ride.press("1234567890" * 3 + "12" + "9")
    assert ride.snapshot.keys == "1234567890" * 3 + "12"
    ride.heard()
    assert ride.snapshot.keys == ""
    assert ride.result == "more"


def test_a_wrong_key_throws_away_what_was_typed_after_it() -> None:
    ride = after_welcome(digits="4")
    ride.press("*1234")
    ride.heard()
    assert ride.snapshot.keys == ""
    assert ride.said == ["hello", "account"]


def test_a_question_without_type_ahead_hears_only_what_comes_after() -> None:
    ride = after_welcome(digits="4", type_ahead="no")
    ride.press("1234")
    ride.heard()
    assert ride.said == ["hello", "account"]
    assert ride.snapshot.keys == ""


def test_a_secret_is_never_taken_from_keys_pressed_before() -> None:
    ride = after_welcome(digits="4", save_as="pin")
    ride.press("1234")
    ride.heard()
    assert ride.said == ["hello", "account"]
    ride.press("5678")
    assert ride.value("pin") == "5678"


def test_a_menu_with_a_secret_answer_does_not_take_them_either() -> None:
    ride = connected("""
        vars: { pin: { type: digits, secret: true } }
        states:
          welcome: { type: prompt, prompt: hello, next: ask }
          ask: { type: menu, prompt: choose, save_as: pin, on: { "1": one, give_up: lost } }
    """)
    ride.press("1")
    ride.heard()
    assert ride.said == ["hello", "choose"]


SAY_HELLO = "states:\n  welcome: { type: prompt, prompt: hello, next: ask }"


def test_an_end_key_typed_after_a_full_answer_is_swallowed_from_the_buffer() -> None:
    ride = asked(FULL.replace("states:", SAY_HELLO))
    ride.press("123#1")
    ride.heard()
    assert ride.result == "one"


# Reading back


def confirming(**more: str) -> Ride:
    """A call whose answer is being read back."""
    ride = asked(COLLECT, digits="2", confirm='{ prompt: back, yes: "1", no: "2" }', **more)
    ride.press("55")
    assert ride.said[-1] == "back"
    return ride


def test_yes_takes_the_answer() -> None:
    ride = confirming()
    ride.heard()
    assert ride.timers == {"first_digit": 5_000}
    ride.press("1")
    assert ride.path == ["ask done found"]


def test_a_refusal_asks_again_without_retry_text_and_costs_nothing_twice() -> None:
    ride = confirming(retry="{ no_match: wrong, no_input: silent }", attempts="2")
    for _ in range(2):
        ride.press("2")
        assert ride.said[-1] == "account"
        ride.press("55")
    ride.press("2")
    ride.press("*")
    assert ride.path == ["ask no_match mistaken"]


def test_a_refusal_forgets_what_went_wrong_before() -> None:
    ride = asked(COLLECT, digits="2", confirm="{ prompt: back }", retry="{ no_match: wrong }")
    ride.press("*")
    ride.press("552")
    assert ride.said == ["account", "wrong+account", "back", "account"]


def test_after_the_last_attempt_a_refusal_gives_up() -> None:
    ride = confirming(attempts="1")
    ride.press("255255")
    ride.press("2")
    assert ride.path == ["ask give_up lost"]


def test_silence_and_wrong_keys_repeat_the_read_back_twice_and_are_then_a_no() -> None:
    ride = confirming()
    ride.heard()
    ride.wait(5_000)
    assert ride.said[-2:] == ["back", "back"]
    ride.press("7")
    assert ride.said[-3:] == ["back", "back", "back"]
    ride.heard()
    ride.wait(5_000)
    assert ride.said[-1] == "account"


def test_each_answer_has_its_own_two_repetitions() -> None:
    ride = confirming()
    ride.press("77")
    ride.press("2")
    ride.press("55")
    ride.press("77")
    assert ride.said[-3:] == ["back", "back", "back"]


def test_the_read_back_obeys_interrupt_as_the_question_does() -> None:
    ride = confirming(interrupt="choices")
    ride.press("7")
    assert not ride.effects
    ride.press("1")
    assert ride.result == "found"


def test_a_refused_answer_and_the_next_one_may_be_typed_ahead() -> None:
    ride = after_welcome(digits="2", confirm="{ prompt: back }")
    ride.press("122" + "441")
    ride.heard()
    assert ride.said == ["hello"]
    assert ride.result == "more"
