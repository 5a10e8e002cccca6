"""Unit: what a simulated phone plays, which keys it tells of, and what a cancellation ends."""

from __future__ import annotations

import pytest

from ivr.errors import UsageError
from ivr.simulator.phone.signals import (
    Refusal,
)
from tests.simulator.phones import CONFLICT, PLAN, UP, connected, ends, piece, rules, tones

# 3, 4: prompts and their queue


def test_prompts_play_one_after_the_other_and_end_late_by_the_delay() -> None:
    phone = connected()
    assert phone.play(UP, "a", [piece("hello", 400), piece("menu", 600)]) is None
    told = phone.advance(UP + 5_000)
    assert ends(told) == [(UP + 1_020, "a", "completed")]
    heard = [(h.name, h.started, h.ended, h.whole) for h in phone.heard]
    assert heard == [("hello", UP, UP + 400, True), ("menu", UP + 400, UP + 1_000, True)]


def test_what_plays_now_stands_in_the_transcript() -> None:
    phone = connected()
    phone.play(UP, "a", [piece("hello", 400)])
    phone.advance(UP + 100)
    assert [(h.name, h.ended, h.whole) for h in phone.heard] == [("hello", None, False)]


def test_operations_wait_for_each_other() -> None:
    phone = connected()
    phone.play(UP, "a", [piece("one")])
    phone.play(UP, "b", [piece("two")])
    told = phone.advance(UP + 5_000)
    assert ends(told) == [(UP + 1_020, "a", "completed"), (UP + 2_020, "b", "completed")]
    assert [h.started for h in phone.heard] == [UP, UP + 1_000]


def test_the_queue_has_an_end() -> None:
    phone = connected(rules(queue_limit=2))
    answers = [phone.play(UP, f"p{n}", [piece("long", 60_000)]) for n in range(4)]
    assert answers == [None, None, None, CONFLICT]


def test_audio_that_is_still_fetched_holds_up_what_comes_after_it() -> None:
    phone = connected()
    phone.play(UP, "a", None)
    phone.play(UP, "b", [piece("two")])
    assert ends(phone.advance(UP + 500)) == []
    phone.fetched(UP + 500, "a", [piece("one", 100)])
    assert ends(phone.advance(UP + 5_000)) == [
        (UP + 620, "a", "completed"),
        (UP + 1_620, "b", "completed"),
    ]


def test_audio_that_cannot_be_played_fails_in_its_turn() -> None:
    phone = connected()
    phone.play(UP, "a", [piece("one", 300)])
    phone.play(UP, "b", None)
    phone.fetched(UP, "b", "bad_audio")
    told = phone.advance(UP + 5_000)
    assert ends(told) == [(UP + 320, "a", "completed"), (UP + 320, "b", "bad_audio")]
    assert [h.name for h in phone.heard] == ["one"]


def test_nothing_to_play_is_invalid() -> None:
    assert connected().play(UP, "a", []) == Refusal("invalid")


def test_keys_are_played_into_the_call() -> None:
    phone = connected(rules(sent_tone=100))
    assert phone.send_tones(UP, "a", "12", 50) is None
    assert ends(phone.advance(UP + 5_000)) == [(UP + 320, "a", "completed")]
    assert [h.name for h in phone.heard] == ["tone 1", "tone 2"]


# 6: tones


def test_tones_are_told_from_the_subscription_on_and_count_from_one() -> None:
    phone = connected()
    phone.press(UP, "9")
    phone.subscribe(UP + 10)
    phone.press(UP + 20, "4")
    phone.press(UP + 20, "*")
    assert tones(phone.advance(UP + 500)) == [(UP + 25, "4", 1), (UP + 25, "*", 2)]
    assert [(p.at, p.key, p.told) for p in phone.pressed] == [
        (UP, "9", False),
        (UP + 20, "4", True),
        (UP + 20, "*", True),
    ]


def test_a_key_does_not_stop_a_prompt_by_itself() -> None:
    phone = connected()
    phone.subscribe(UP)
    phone.play(UP, "a", [piece("one")])
    phone.press(UP + 100, "1")
    assert ends(phone.advance(UP + 5_000)) == [(UP + 1_020, "a", "completed")]


@pytest.mark.parametrize("key", ["", "12", "x", "E", "\u0665", " "])
def test_only_keys_can_be_pressed(key: str) -> None:
    with pytest.raises(UsageError, match="one key at a time"):
        connected().press(UP, key)


def test_keys_are_in_no_repr() -> None:
    phone = connected()
    phone.subscribe(UP)
    phone.press(UP, "7")
    shown = repr(phone.pressed) + repr(phone.advance(UP + 100))
    assert "'7'" not in shown


# 7: cancel


def test_cancelling_ends_what_runs_and_waits_after_a_while() -> None:
    phone = connected()
    phone.play(UP, "a", [piece("one")])
    phone.record(UP, "b", PLAN)
    assert phone.cancel(UP + 300) is None
    phone.play(UP + 310, "c", [piece("three", 100)])
    told = phone.advance(UP + 5_000)
    assert ends(told) == [
        (UP + 400, "a", "cancelled"),
        (UP + 400, "b", "cancelled"),
        (UP + 500, "c", "completed"),
    ]
    first = phone.heard[0]
    assert (first.ended, first.whole, first.cut_by) == (UP + 380, False, "cancel")


def test_a_prompt_may_end_before_its_cancellation_gets_there() -> None:
    phone = connected()
    phone.play(UP, "a", [piece("one", 100)])
    phone.cancel(UP + 50)
    assert ends(phone.advance(UP + 5_000)) == [(UP + 120, "a", "completed")]


def test_cancelling_nothing_is_no_error() -> None:
    phone = connected()
    assert phone.cancel(UP) is None
    assert phone.advance(UP + 5_000) == []


def test_barging_in_cuts_what_plays() -> None:
    phone = connected()
    phone.play(UP, "a", [piece("one", 9_000)])
    phone.cancel(UP + 100, barge_in=True)
    phone.record(UP + 100, "b", PLAN)
    told = phone.advance(UP + 60_000)
    assert ends(told)[0] == (UP + 200, "a", "cancelled")
    assert phone.heard[0].cut_by == "barge_in"
    assert [h.name for h in phone.heard] == ["one", "beep"]
