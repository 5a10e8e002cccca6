"""Unit: how a simulated phone hands its caller on, and who joins."""

from __future__ import annotations

import pytest

from ivr.core.values import Target
from ivr.simulator.phone.model import Phone
from ivr.simulator.phone.rules import Call, Outcome
from ivr.simulator.phone.signals import AudioChanged, Refusal, StateChanged
from tests.simulator.phones import (
    CONFLICT,
    RULES,
    SALES,
    UP,
    WRONG,
    connected,
    dialled,
    down,
    ends,
    picked_up,
    piece,
    rules,
    states,
)

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


# 9: in place of another call of ours


def test_a_transfer_in_place_of_another_call_ends_both() -> None:
    caller, agent = connected(), picked_up()
    assert caller.transfer(UP, SALES, "agent", agent) is None
    told = caller.advance(UP + 60_000)
    assert states(told) == [(UP, "transferring"), (UP + 300, "accepted")]
    assert down(told) == [(UP + 330, "transferred")]
    assert down(agent.advance(UP + 60_000)) == [(UP + 330, "replaced")]


def test_an_agent_who_leaves_before_the_transfer_is_done_lets_it_fail() -> None:
    caller, agent = connected(), picked_up()
    caller.transfer(UP, SALES, "agent", agent)
    agent.hang_up_caller(UP + 100)
    assert caller.advance(UP + 60_000)[-2:] == [
        StateChanged(UP, "transferring"),
        StateChanged(UP + 300, "established", "failed"),
    ]
    assert caller.state == "established"


def test_a_call_that_nobody_has_answered_cannot_be_replaced() -> None:
    assert connected().transfer(UP, SALES, "agent", dialled("no_answer")) == Refusal("invalid")
    assert connected().invite(UP, "i", [SALES], dialled("no_answer")) == Refusal("invalid")


def test_media_may_be_refused_for_a_while_after_a_failed_transfer() -> None:
    phone = connected(rules(no_media_after_transfer=2_000, transferee="declined"))
    phone.transfer(UP, SALES)
    back = UP + 1_000
    phone.advance(back)
    assert phone.state == "established"
    assert phone.play(back + 1_999, "a", [piece("one")]) == WRONG
    assert phone.play(back + 2_000, "b", [piece("one")]) is None


# 5.20: telephones


def test_a_call_without_an_account_for_phones_reaches_none() -> None:
    number = Target("phone", "+442071838750")
    phone = Phone(Call(at=0, phones=False), RULES)
    assert phone.redirect(0, [number]) == Refusal("no_phones")
    phone.answer(0)
    assert phone.transfer(UP, number) == Refusal("no_phones")
    assert phone.invite(UP, "i", [number]) == Refusal("no_phones")
    assert phone.invite(UP, "i", [SALES]) is None
