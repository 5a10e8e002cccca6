"""Unit: the line of a simulated phone, from its first ring to its end."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.values import Target
from ivr.simulator.phone.model import Phone
from ivr.simulator.phone.rules import Outcome
from ivr.simulator.phone.signals import (
    AudioChanged,
    Refusal,
    StateChanged,
)
from tests.simulator.phones import (
    GONE,
    NOT_UP,
    PLAN,
    SALES,
    UP,
    WRONG,
    connected,
    dialled,
    down,
    ends,
    piece,
    ringing,
    rules,
    states,
    tones,
)

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
        phone.invite(UP, "c", [SALES]),
        phone.conference.mute(UP),
        phone.conference.hold(UP, "d", "person-2"),
        phone.conference.resume(UP, "person-2"),
        phone.conference.remove(UP, "person-2"),
        phone.conference.announce(UP, recording=True),
        phone.conference.route(UP, "e", (("person-1",), ("person-2",))),
        phone.keep_alive(UP),
        phone.look(UP),
        phone.hang_up(UP),
    ]
    assert answers == [GONE] * 17


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
TESTER = ["press", "speak", "silence", "fail", "hang_up_caller", "wait", "join", "leave", "hold"]
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
            phone.invite(now, f"i{now}", [SALES])
        case "join":
            phone.conference.join(now, SALES)
        case "leave":
            phone.conference.leave(now, f"person-{3 + now % 3}")
        case "hold":
            phone.conference.hold(now, f"h{now}", "person-2")
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
