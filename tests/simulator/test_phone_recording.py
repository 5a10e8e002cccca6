"""Unit: how a simulated phone records its caller."""

from __future__ import annotations

from ivr.simulator.phone.model import Phone
from ivr.simulator.phone.rules import Rules
from ivr.simulator.phone.signals import (
    OperationEnded,
    Refusal,
    Signal,
)
from tests.simulator.phones import PLAN, RULES, UP, connected, ends, piece, rules, tones

# 5: recording


def recorded(phone: Phone, told: list[Signal]) -> tuple[int, str, tuple[tuple[int, int], ...]]:
    ended = [signal for signal in told if isinstance(signal, OperationEnded)]
    assert len(ended) == 1
    clip = ended[0].clip
    assert clip is None or clip in phone.clips
    return ended[0].at, ended[0].result, clip.speech if clip else ()


START = UP + 700
"""When a clip begins after 500 ms of prompt and 200 ms of beep."""


def recording(using: Rules = RULES) -> Phone:
    phone = connected(using)
    assert phone.record(UP, "r", PLAN, [piece("ask", 500)]) is None
    assert phone.advance(START) == []
    assert [h.name for h in phone.heard] == ["ask", "beep"]
    return phone


def test_nobody_speaks_after_the_beep() -> None:
    phone = recording()
    assert recorded(phone, phone.advance(60_000)) == (START + 3_020, "nothing_said", ())
    assert phone.clips == []


def test_a_pause_after_speech_ends_the_clip() -> None:
    phone = recording()
    phone.speak(START + 1_000, 1_500)
    phone.speak(START + 4_000, 500)
    told = phone.advance(60_000)
    speech = ((1_000, 2_500), (4_000, 4_500))
    assert recorded(phone, told) == (START + 6_520, "silence", speech)
    assert phone.clips[0].ended == START + 6_500


def test_speech_that_began_before_the_beep_counts_from_the_start() -> None:
    phone = connected()
    phone.record(UP, "r", PLAN, [piece("ask", 500)])
    phone.speak(UP + 100, 1_600)
    told = phone.advance(60_000)
    assert recorded(phone, told) == (START + 3_020, "silence", ((0, 1_000),))


def test_falling_silent_ends_the_speech() -> None:
    phone = recording()
    phone.speak(START + 100, 30_000)
    phone.silence(START + 900)
    assert recorded(phone, phone.advance(60_000)) == (START + 2_920, "silence", ((100, 900),))


def test_the_stop_key_ends_the_clip_and_is_a_tone_too() -> None:
    phone = recording()
    phone.subscribe(START)
    phone.speak(START, 500)
    assert phone.press(START + 600, "1")
    phone.press(START + 800, "#")
    told = phone.advance(60_000)
    assert recorded(phone, told) == (START + 820, "end_key", ((0, 500),))
    assert [key for _, key, _ in tones(told)] == ["1", "#"]


def test_the_stop_key_may_be_kept_from_the_tones() -> None:
    phone = recording(rules(stop_key_is_a_tone_too=False))
    phone.subscribe(START)
    phone.press(START + 800, "#")
    told = phone.advance(60_000)
    assert recorded(phone, told)[1] == "end_key"
    assert tones(told) == []
    assert [(p.key, p.told) for p in phone.pressed] == [("#", False)]


def test_a_clip_has_a_greatest_length() -> None:
    phone = recording()
    phone.speak(START, 90_000)
    assert recorded(phone, phone.advance(100_000)) == (START + 10_020, "max_length", ((0, 10_000),))


def test_a_hang_up_costs_the_clip_unless_the_rule_keeps_it() -> None:
    for kept, result in ((False, []), (True, [(START + 520, "r", "hung_up")])):
        phone = recording(rules(clip_kept_on_hang_up=kept))
        phone.speak(START, 300)
        phone.hang_up_caller(START + 500)
        assert ends(phone.advance(60_000)) == result
        assert len(phone.clips) == len(result)


def test_recording_without_beep_or_prompt_begins_at_once() -> None:
    phone = connected(rules(beep=0))
    phone.record(UP, "r", PLAN)
    assert ends(phone.advance(60_000)) == [(UP + 3_020, "r", "nothing_said")]


def test_a_recording_has_at_most_one_prompt() -> None:
    two = [piece("one"), piece("two")]
    assert connected().record(UP, "r", PLAN, two) == Refusal("invalid")
