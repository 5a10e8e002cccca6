"""Unit: who is on a simulated call, and how it becomes a group call."""

from __future__ import annotations

import pytest

from ivr.core.values import Participant, Target
from ivr.simulator.phone.model import Phone
from ivr.simulator.phone.rules import Call, Outcome, Rules
from ivr.simulator.phone.signals import Refusal, RosterChanged, Signal
from tests.simulator.phones import RULES, SALES, UP, connected, down, ends, rules, states

HOST = Participant("host", "user", "22222222-2222-4222-8222-222222222222", "Ana")
NUMBER = Target("phone", "+442071838750")


def rosters(signals: list[Signal]) -> list[RosterChanged]:
    """The rosters that were told."""
    return [told for told in signals if isinstance(told, RosterChanged)]


def kinds(phone: Phone) -> list[str]:
    """Who is on the call."""
    return [one.kind for one in phone.conference.people.all()]


def meeting(using: Rules = RULES, *, lobby: bool = False) -> Phone:
    """A meeting that the bot joins, with its host in it."""
    return Phone(Call(at=0, meeting=True, lobby=lobby, others=(HOST,)), using)


# Invitations


def test_one_who_is_invited_makes_it_a_group_call() -> None:
    phone = connected()
    assert kinds(phone) == []
    assert phone.invite(UP, "i", [SALES]) is None
    told = phone.advance(UP + 5_000)
    assert ends(told) == [(UP + 1_500, "i", "completed")]
    assert kinds(phone) == ["app", "phone", "user"]
    assert rosters(told)[-1].present == phone.conference.people.all()
    assert phone.invited[0].outcome == "answered"


@pytest.mark.parametrize(
    ("outcome", "after", "at"),
    [("declined", 100, 100), ("busy", None, 1_500), ("failed", 0, 0), ("no_answer", None, 30_000)],
)
def test_one_who_does_not_come_changes_nothing(
    outcome: Outcome, after: int | None, at: int
) -> None:
    phone = connected()
    phone.set_invite_outcome(UP, outcome, after)
    phone.invite(UP, "i", [SALES])
    told = phone.advance(UP + 60_000)
    assert ends(told) == [(UP + at, "i", outcome)]
    assert (rosters(told), kinds(phone)) == ([], [])


def test_a_tester_decides_while_it_rings() -> None:
    phone = connected(rules(invitee="undecided"))
    phone.invite(UP, "i", [SALES])
    phone.advance(UP + 9_000)
    phone.set_invite_outcome(UP + 9_000, "answered")
    assert ends(phone.advance(UP + 9_000)) == [(UP + 9_000, "i", "completed")]


def test_several_can_be_invited_to_a_group_call_only_and_five_at_most() -> None:
    phone = connected()
    assert phone.invite(UP, "i", [SALES, NUMBER]) == Refusal("not_a_group")
    phone.conference.join(UP, SALES)
    assert phone.invite(UP, "i", [SALES, NUMBER]) is None
    assert phone.invite(UP, "j", [SALES] * 6) == Refusal("invalid")
    phone.advance(UP + 5_000)
    assert kinds(phone) == ["app", "phone", "user", "user", "phone"]


def test_without_the_permission_the_bot_is_dropped_when_others_come() -> None:
    alone = rules(stays_in_group=False, dropped_after=700)
    inviting, joined = connected(alone), connected(alone)
    inviting.invite(UP, "i", [SALES])
    joined.conference.join(UP + 1_500, SALES)
    for phone in (inviting, joined):
        assert down(phone.advance(UP + 60_000)) == [(UP + 2_200, "removed")]


def test_who_comes_from_another_call_of_ours_leaves_that_one() -> None:
    phone, other = connected(), connected()
    assert phone.invite(UP, "i", [SALES], other) is None
    phone.advance(UP + 5_000)
    assert down(other.advance(UP + 5_000)) == [(UP + 1_500, "replaced")]


# Coming and going


def test_people_come_and_go_and_with_the_last_of_them_the_call_ends() -> None:
    phone = connected()
    him = phone.conference.join(UP, SALES, "Sam")
    assert phone.hang_up_caller(UP + 10)
    assert phone.ended is None
    assert kinds(phone) == ["app", "user"]
    assert phone.conference.leave(UP + 20, him)
    assert not phone.conference.leave(UP + 30, him)
    told = phone.advance(UP + 30)
    assert [(each.at, each.left) for each in rosters(told)[1:]] == [
        (UP + 10, ("person-2",)),
        (UP + 20, (him,)),
    ]
    assert down(told) == [(UP + 20, "all_left")]


def test_nobody_joins_a_call_that_is_over_or_not_answered() -> None:
    assert Phone(Call(at=0)).conference.join(0, SALES) == ""
    over = connected()
    over.hang_up_caller(UP)
    assert over.conference.join(UP, SALES) == ""


def test_the_caller_in_a_group_is_the_one_who_was_called() -> None:
    phone = Phone(Call(at=0, to="phone:+442071838750", outgoing=True), RULES)
    phone.advance(10_000)
    phone.conference.join(10_000, SALES)
    assert phone.conference.people.all()[1].identity == "+442071838750"


def test_one_may_be_put_out_where_that_is_allowed() -> None:
    phone = connected()
    him = phone.conference.join(UP, SALES)
    assert phone.conference.remove(UP, "nobody") == Refusal("no_such_person")
    assert phone.conference.remove(UP, him) is None
    assert kinds(phone) == ["app", "phone"]
    strict = connected(rules(may_remove=False))
    him = strict.conference.join(UP, SALES)
    assert strict.conference.remove(UP, him) == Refusal("not_allowed")


def test_one_who_was_on_hold_and_left_leaves_the_music_to_another() -> None:
    phone = connected()
    him = phone.conference.join(UP, SALES)
    assert phone.conference.hold(UP, "h", him) is None
    assert phone.conference.resume(UP, "person-2") == Refusal("wrong_state")
    phone.conference.leave(UP, him)
    assert phone.conference.hold(UP, "k", "person-2") is None


def test_a_participant_of_a_group_is_handed_on_and_the_call_stays() -> None:
    phone = connected()
    phone.conference.join(UP, SALES)
    assert phone.transfer(UP, SALES) == Refusal("invalid")
    assert phone.transfer(UP, SALES, transferee="nobody") == Refusal("no_such_person")
    assert phone.transfer(UP, SALES, transferee="person-2") is None
    told = phone.advance(UP + 60_000)
    assert (states(told), phone.state) == ([], "established")
    assert kinds(phone) == ["app", "user"]


# Meetings


def test_the_bot_joins_a_meeting_and_sees_who_is_there() -> None:
    phone = meeting()
    told = phone.advance(UP)
    assert states(told) == [(10, "establishing"), (110, "established")]
    assert rosters(told)[0].at == 110
    assert kinds(phone) == ["app", "user"]
    assert phone.audio
    assert phone.hang_up_caller(UP + 1)
    assert down(phone.advance(UP + 1)) == [(UP + 1, "all_left")]


@pytest.mark.parametrize("established", [False, True])
def test_the_bot_waits_in_the_lobby_until_it_is_let_in(established: bool) -> None:
    phone = meeting(rules(lobby_is_established=established), lobby=True)
    told = phone.advance(UP)
    assert phone.state == ("established" if established else "establishing")
    assert [each.present[0].in_lobby for each in rosters(told)] == [True] * established
    assert not phone.audio
    assert not phone.set_callee_outcome(UP, "answered")
    assert phone.conference.admit(UP)
    assert not phone.conference.admit(UP)
    told = phone.advance(UP + 1_000)
    assert states(told) == [(UP, "established")]
    assert [(one.kind, one.in_lobby) for one in rosters(told)[-1].present] == [
        ("app", False),
        ("user", False),
    ]
    assert phone.audio


def test_nobody_lets_the_bot_in() -> None:
    phone = meeting(rules(lobby_waits=5_000), lobby=True)
    assert down(phone.advance(60_000)) == [(5_110, "lobby_timed_out")]


def test_one_who_waits_in_the_lobby_is_let_in() -> None:
    phone = connected()
    him = phone.conference.join(UP, SALES, in_lobby=True)
    assert not phone.conference.admit(UP, "person-2")
    assert phone.conference.admit(UP, him)
    assert rosters(phone.advance(UP))[-1].changed[0].in_lobby is False


# Calls that the bot places


@pytest.mark.parametrize(
    ("outcome", "reason"), [("declined", "declined"), ("busy", "busy"), ("failed", "failed")]
)
def test_a_tester_decides_what_the_callee_does(outcome: Outcome, reason: str) -> None:
    phone = Phone(Call(at=0, outgoing=True, callee="undecided"), RULES)
    phone.advance(5_000)
    assert phone.set_callee_outcome(5_000, outcome)
    assert down(phone.advance(5_000)) == [(5_000, reason)]


def test_a_callee_who_picks_up_at_once_is_quicker_than_the_service() -> None:
    phone = Phone(Call(at=0, outgoing=True, callee="undecided"), RULES)
    assert phone.set_callee_outcome(0, "answered")
    assert states(phone.advance(60_000)) == [(0, "established")]


def test_a_callee_who_hangs_up_while_it_rings_declines() -> None:
    phone = Phone(Call(at=0, outgoing=True, callee="undecided"), RULES)
    assert phone.hang_up_caller(2_000)
    assert down(phone.advance(2_000)) == [(2_000, "declined")]


def test_a_call_that_we_give_up_while_it_rings_ends() -> None:
    phone = Phone(Call(at=0, outgoing=True, callee="undecided"), RULES)
    phone.advance(3_000)
    assert phone.hang_up(3_000) is None
    assert down(phone.advance(60_000)) == [(3_040, "we_hung_up")]


# The service's own faults


def test_a_call_that_is_never_established_is_given_up() -> None:
    using = rules(establishing_fails_after=60_000)
    incoming = Phone(Call(at=0), using)
    incoming.answer(0)
    for phone in (incoming, Phone(Call(at=0, outgoing=True), using), meeting(using)):
        told = phone.advance(120_000)
        assert [state for _, state in states(told)] == ["establishing"]
        assert [reason for _, reason in down(told)] == ["not_connected"]


def test_tones_may_be_lost_for_a_while_after_the_subscription() -> None:
    phone = connected(rules(tones_lost_for=5_000))
    phone.subscribe(UP)
    phone.press(UP + 4_999, "1")
    phone.press(UP + 5_000, "2")
    assert [(each.key, each.told) for each in phone.pressed] == [("1", False), ("2", True)]
