"""Unit: the simulated phone, sequence by sequence as the provider documents them."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phones import (
    PLAN,
    RULES,
    SALES,
    UP,
    connected,
    dialled,
    down,
    ends,
    piece,
    ringing,
    rules,
    states,
)

from ivr.core.values import Target
from ivr.errors import UsageError
from ivr.simulator.phone import Phone
from ivr.simulator.phone_rules import Outcome, Rules
from ivr.simulator.phone_signals import (
    AudioChanged,
    OperationEnded,
    Refusal,
    RosterChanged,
    Signal,
    StateChanged,
    ToneHeard,
)

GONE, NOT_UP, WRONG, CONFLICT = (
    Refusal("gone"),
    Refusal("not_established"),
    Refusal("wrong_state"),
    Refusal("conflict"),
)


def tones(signals: list[Signal]) -> list[tuple[int, str, int]]:
    return [(s.at, s.key, s.sequence) for s in signals if isinstance(s, ToneHeard)]


# 1: incoming


def test_an_answered_call_is_establishing_then_established_then_has_audio() -> None:
    phone = ringing()
    assert phone.answer(0) is None
    told = phone.advance(UP)
    assert told == [
        StateChanged(10, "establishing"),
        StateChanged(110, "established"),
        AudioChanged(160, active=True),
    ]


def test_a_call_is_up_no_sooner_than_its_delays_say() -> None:
    phone = ringing()
    phone.answer(0)
    assert states(phone.advance(109)) == [(10, "establishing")]
    assert phone.next_due() == 110
    assert phone.state == "establishing"
    assert phone.advance(110) == [StateChanged(110, "established")]
    assert not phone.audio


def test_a_call_that_nobody_answers_is_gone_after_fifteen_seconds() -> None:
    phone = ringing()
    assert phone.advance(14_999) == []
    assert phone.answer(15_000) == GONE
    assert down(phone.advance(15_000)) == [(15_000, "not_answered")]


def test_a_call_is_answered_once() -> None:
    phone = ringing()
    assert phone.answer(0) is None
    assert phone.answer(1) == WRONG
    assert phone.reject(2) == WRONG


def test_a_rejected_call_ends_and_cannot_be_answered() -> None:
    phone = ringing()
    assert phone.reject(5) is None
    assert phone.answer(6) == WRONG
    assert down(phone.advance(UP)) == [(45, "rejected")]


def test_a_redirected_call_remembers_where_it_went() -> None:
    phone = ringing()
    assert phone.redirect(0, []) == Refusal("invalid")
    assert phone.redirect(0, [SALES, Target("phone", "+442071838751")]) is None
    assert down(phone.advance(UP)) == [(40, "redirected")]
    assert phone.redirected_to == (SALES, Target("phone", "+442071838751"))


# 2: outgoing


def test_a_dialled_call_is_established_when_the_callee_answers() -> None:
    told = dialled("answered", rules(callee_answers=700, ringing=True)).advance(5_000)
    assert states(told) == [(10, "establishing"), (10, "ringing"), (700, "established")]


@pytest.mark.parametrize(
    ("callee", "ended"),
    [
        ("busy", (1_500, "busy")),
        ("declined", (1_500, "declined")),
        ("failed", (1_500, "failed")),
        ("no_answer", (60_000, "no_answer")),
    ],
)
def test_a_dialled_call_that_is_not_taken_ends(callee: Outcome, ended: tuple[int, str]) -> None:
    assert down(dialled(callee).advance(70_000)) == [ended]


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


# What is refused, and why


def test_media_before_the_call_is_established_is_refused() -> None:
    phone = ringing()
    assert phone.play(0, "a", [piece("one")]) == NOT_UP
    phone.answer(0)
    assert phone.record(50, "b", PLAN) == NOT_UP
    assert phone.subscribe(50) == NOT_UP
    assert phone.transfer(50, SALES) == NOT_UP


def test_media_before_audio_is_refused_and_tones_as_the_rule_says() -> None:
    for tones_need_audio, answer in ((False, None), (True, Refusal("audio_inactive"))):
        phone = ringing(rules(tones_need_audio=tones_need_audio))
        phone.answer(0)
        assert phone.play(120, "a", [piece("one")]) == Refusal("audio_inactive")
        assert phone.cancel(120) == Refusal("audio_inactive")
        assert phone.subscribe(120) == answer


def test_a_call_that_is_over_is_gone_for_everything() -> None:
    phone = connected()
    phone.hang_up_caller(UP)
    answers = [
        phone.answer(UP),
        phone.reject(UP),
        phone.play(UP, "a", [piece("one")]),
        phone.record(UP, "b", PLAN),
        phone.cancel(UP),
        phone.subscribe(UP),
        phone.transfer(UP, SALES),
        phone.invite(UP, "c"),
        phone.keep_alive(UP),
        phone.look(UP),
        phone.hang_up(UP),
    ]
    assert answers == [GONE] * 11


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


# 8, 9: transfer


def test_a_transfer_that_is_answered_takes_the_call_away() -> None:
    phone = connected()
    assert phone.transfer(UP, SALES) is None
    assert phone.transfer(UP + 10, SALES) == CONFLICT
    assert phone.play(UP + 10, "a", [piece("one")]) == WRONG
    told = phone.advance(UP + 60_000)
    assert states(told) == [(UP, "transferring"), (UP + 1_000, "accepted")]
    assert AudioChanged(UP + 1_000, active=False) in told
    assert down(told) == [(UP + 1_030, "transferred")]
    assert [(h.to, h.outcome, h.settled) for h in phone.handovers] == [
        (SALES, "answered", UP + 1_000)
    ]


@pytest.mark.parametrize(
    ("outcome", "after", "failed_at"),
    [
        ("busy", None, 1_000),
        ("declined", 400, 400),
        ("failed", 0, 0),
        ("no_answer", None, 20_000),
        ("no_answer", 3_000, 3_000),
    ],
)
def test_a_transfer_that_fails_gives_the_call_back(
    outcome: Outcome, after: int | None, failed_at: int
) -> None:
    phone = connected()
    phone.set_transfer_outcome(UP, outcome, after)
    phone.transfer(UP, SALES)
    told = phone.advance(UP + 60_000)
    assert told[-1] == StateChanged(UP + failed_at, "established", outcome)
    assert phone.play(UP + 60_000, "a", [piece("one")]) is None
    assert phone.transfer(UP + 60_000, SALES) is None


def test_a_failed_transfer_may_cost_the_audio_for_a_while() -> None:
    phone = connected(rules(transfer_takes_audio=True))
    phone.set_transfer_outcome(UP, "busy", 500)
    phone.transfer(UP, SALES)
    phone.advance(UP + 500)
    assert phone.play(UP + 500, "a", [piece("one")]) == Refusal("audio_inactive")
    assert phone.advance(UP + 600) == [AudioChanged(UP + 550, active=True)]
    assert phone.play(UP + 600, "a", [piece("one")]) is None


def test_a_tester_decides_while_it_rings() -> None:
    phone = connected()
    phone.set_transfer_outcome(UP, "undecided")
    phone.transfer(UP, SALES)
    phone.advance(UP + 5_000)
    phone.set_transfer_outcome(UP + 5_000, "declined")
    assert states(phone.advance(UP + 5_000)) == [(UP + 5_000, "established")]


def test_a_transfer_nobody_decides_is_not_answered() -> None:
    phone = connected()
    phone.set_transfer_outcome(UP, "undecided")
    phone.transfer(UP, SALES)
    told = phone.advance(UP + 60_000)
    assert told[-1] == StateChanged(UP + 20_000, "established", "no_answer")


def test_a_transfer_cuts_the_prompt_before_it() -> None:
    phone = connected()
    phone.play(UP, "a", [piece("one")])
    phone.transfer(UP + 200, SALES)
    assert ends(phone.advance(UP + 5_000)) == [(UP + 220, "a", "cancelled")]
    assert phone.heard[0].cut_by == "transfer"


def test_a_caller_may_hang_up_while_the_far_end_rings() -> None:
    phone = connected()
    phone.transfer(UP, SALES)
    assert phone.hang_up_caller(UP + 500)
    assert down(phone.advance(UP + 60_000)) == [(UP + 500, "caller_hung_up")]
    assert phone.handovers[0].outcome is None


def test_a_call_that_was_replaced_is_over() -> None:
    phone = connected()
    phone.transfer(UP, SALES, replaces="other")
    other = connected()
    other.drop(UP + 10)
    other.drop(UP + 20)
    assert down(other.advance(UP + 60_000)) == [(UP + 10, "replaced")]
    assert phone.handovers[0].replaces == "other"


# 10, 11, 12: the end


def test_the_bot_hangs_up() -> None:
    phone = connected()
    phone.play(UP, "a", [piece("one")])
    assert phone.hang_up(UP + 300) is None
    assert phone.hang_up(UP + 301) is None
    told = phone.advance(UP + 5_000)
    assert states(told) == [(UP + 300, "ending")]
    assert ends(told) == [(UP + 320, "a", "cancelled")]
    assert down(told) == [(UP + 340, "we_hung_up")]


def test_operations_that_a_hang_up_cuts_may_stay_silent() -> None:
    phone = connected(rules(cut_operations_are_told=False))
    phone.play(UP, "a", [piece("one")])
    phone.hang_up(UP + 300)
    assert ends(phone.advance(UP + 5_000)) == []


def test_the_caller_hangs_up_in_the_middle_of_a_prompt() -> None:
    phone = connected()
    phone.play(UP, "a", [piece("one")])
    assert phone.hang_up_caller(UP + 250)
    assert not phone.hang_up_caller(UP + 251)
    told = phone.advance(UP + 5_000)
    assert down(told) == [(UP + 250, "caller_hung_up")]
    assert ends(told) == [(UP + 270, "a", "cancelled")]
    assert (phone.heard[0].ended, phone.heard[0].cut_by) == (UP + 250, "hang_up")


def test_the_caller_gives_up_before_the_answer() -> None:
    phone = ringing()
    phone.hang_up_caller(3_000)
    assert phone.answer(3_001) == GONE
    assert down(phone.advance(3_001)) == [(3_000, "caller_hung_up")]


def test_keys_after_the_end_reach_nobody() -> None:
    phone = connected()
    phone.subscribe(UP)
    phone.hang_up_caller(UP)
    assert not phone.press(UP + 1, "1")
    assert tones(phone.advance(UP + 1_000)) == []


def test_a_call_lives_forty_five_minutes_from_the_last_keep_alive() -> None:
    minute = 60_000
    phone = connected()
    assert phone.keep_alive(30 * minute) is None
    assert phone.advance(74 * minute) == []
    assert down(phone.advance(76 * minute)) == [(75 * minute, "keep_alive_missed")]
    assert phone.keep_alive(76 * minute) == GONE


# Joining, and the model as a whole


def test_somebody_who_is_invited_joins_or_does_not() -> None:
    phone = connected()
    assert phone.invite(UP, "i") is None
    told = phone.advance(UP + 5_000)
    assert ends(told) == [(UP + 1_500, "i", "completed")]
    assert RosterChanged(UP + 1_500, 3) in told
    phone.set_invite_outcome("declined", 100)
    phone.invite(UP + 5_000, "j")
    assert ends(phone.advance(UP + 9_000)) == [(UP + 5_100, "j", "declined")]
    phone.leave(UP + 9_000)
    assert phone.advance(UP + 9_000) == [RosterChanged(UP + 9_000, 2)]


def test_a_copy_goes_its_own_way() -> None:
    phone = connected()
    phone.play(UP, "a", [piece("one")])
    before = copy.deepcopy(phone)
    phone.hang_up_caller(UP + 100)
    assert ends(before.advance(UP + 5_000)) == [(UP + 1_020, "a", "completed")]
    assert [h.whole for h in phone.heard] == [False]


def test_time_does_not_go_back() -> None:
    phone = connected()
    phone.play(UP - 500, "a", [piece("one", 100)])
    assert ends(phone.advance(UP + 500)) == [(UP + 120, "a", "completed")]


BOT = ["answer", "play", "record", "cancel", "subscribe", "transfer", "invite", "hang_up"]
TESTER = ["press", "speak", "silence", "fail", "hang_up_caller", "wait"]
STEPS = st.lists(
    st.tuples(st.integers(0, 4_000), st.sampled_from([*BOT, *TESTER, "keep_alive"])), max_size=25
)


def act(phone: Phone, step: str, now: int) -> None:
    match step:
        case "play":
            phone.play(now, f"p{now}", [piece("one", 700)])
        case "record":
            phone.record(now, f"r{now}", PLAN)
        case "transfer":
            phone.transfer(now, SALES)
        case "fail":
            phone.set_transfer_outcome(now, "busy")
        case "invite":
            phone.invite(now, f"i{now}")
        case "press":
            phone.press(now, "#")
        case "speak":
            phone.speak(now, 900)
        case "wait":
            phone.look(now)
        case _:
            getattr(phone, step)(now)


@given(STEPS)
def test_whatever_happens_the_story_stays_in_order(steps: list[tuple[int, str]]) -> None:
    phone, now, told = ringing(), 0, []
    for gap, step in steps:
        now += gap
        act(phone, step, now)
        told += phone.advance(now)
    now += 50 * 60_000
    told += phone.advance(now)
    moments = [signal.at for signal in told]
    assert moments == sorted(moments)
    assert len(down(told)) == 1, "every call ends, once"
    assert [n for _, _, n in tones(told)] == list(range(1, len(tones(told)) + 1))
    contexts = [context for _, context, _ in ends(told)]
    assert len(contexts) == len(set(contexts)), "an operation ends once"
    assert all(heard.ended is not None for heard in phone.heard)
    assert phone.next_due() is None
