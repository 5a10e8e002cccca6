"""Unit: how a simulated phone hands its caller on, and who joins."""

from __future__ import annotations

import pytest

from ivr.simulator.phone.rules import Outcome
from ivr.simulator.phone.signals import (
    AudioChanged,
    Refusal,
    RosterChanged,
    StateChanged,
)
from tests.simulator.phones import (
    CONFLICT,
    SALES,
    UP,
    WRONG,
    connected,
    down,
    ends,
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


def test_a_call_that_was_replaced_is_over() -> None:
    phone = connected()
    phone.transfer(UP, SALES, replaces="other")
    other = connected()
    other.drop(UP + 10)
    other.drop(UP + 20)
    assert down(other.advance(UP + 60_000)) == [(UP + 10, "replaced")]
    assert phone.handovers[0].replaces == "other"


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
