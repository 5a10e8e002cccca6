"""Whole calls in one process in which the engine itself calls, joins, invites or consults."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ivr.core.effects import HangUp, PlaceCall
from ivr.core.values import Target
from ivr.errors import UsageError
from ivr.simulator.caller import play
from ivr.simulator.narrator import Narrator
from ivr.simulator.phone.rules import Call, Outcome, Rules
from ivr.simulator.play import play_virtual
from ivr.simulator.scenario import (
    Dial,
    Given,
    Handover,
    Invite,
    Join,
    Press,
    Scenario,
    Step,
)
from ivr.simulator.session import Session
from tests.universe import NOON, SALES, program

CALL = Call(at=NOON, tenant="99999999-8888-4777-8666-555555555555")
LINK = (
    "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context="
    "%7b%22Tid%22%3a%2299999999-8888-4777-8666-555555555555%22%2c"
    "%22Oid%22%3a%2211111111-1111-4111-8111-111111111111%22%7d"
)

REMIND = """
input: { phone: { type: phone } }
call_out: { to: "${phone}", from: "instance:9", attempts: 3, gap: 20m,
            on: { answered: greet, not_reached: nobody, busy: taken } }
states:
  greet: { type: menu, prompt: hello, on: { "1": heard, give_up: machine } }
  nobody: { type: hangup, result: nobody }
  taken: { type: hangup, result: taken }
"""
MEETING = f"""
join: {{ link: "{LINK}", on: {{ joined: greet, not_joined: outside }} }}
states:
  greet: {{ type: prompt, prompt: hello, next: stay }}
  stay: {{ type: wait, for: 5m, music: tune, on: {{ done: bored, hangup: alone }} }}
  outside: {{ type: hangup, result: outside }}
"""
CONSULT = """
states:
  ring: { type: transfer, mode: consult, to: "${env.sales}", music: tune, ring_for: 20s,
          on: { answered: served, declined: unwanted, no_answer: nobody, failed: lost } }
"""
INVITE = """
on: { participant_left: went }
states:
  bring: { type: invite, to: "${env.sales}", on: { joined: stay, failed: lost,
           declined: unwanted, no_answer: nobody } }
  stay: { type: wait, for: 5m, music: tune, next: bored }
"""


def called(*dials: Outcome, source: str = REMIND) -> Session:
    """A call of the engine's own, played to its end."""
    session = Session(program(source), CALL, dials=dials)
    play(session, ["1"])
    return session


def result(session: Session) -> str:
    assert session.over
    return session.snapshot.result


def scenario(*steps: Step, **values: object) -> Scenario:
    return Scenario("A call", "flow", list(steps), given=Given(vars=values))


# Calling out


def test_somebody_who_is_called_answers_and_talks_to_the_flow() -> None:
    session = called()
    assert result(session) == "heard"
    assert session.lines.placed[0].to == Target("phone", "+442079460123")
    assert session.phone.heard[0].name == "hello"


@pytest.mark.parametrize(
    ("dials", "attempts", "end"),
    [
        (("no_answer", "failed", "answered"), 3, "heard"),
        (("no_answer",), 3, "nobody"),
        (("declined",), 1, "nobody"),
        (("busy", "answered"), 2, "heard"),
        (("busy",), 3, "taken"),
    ],
)
def test_attempts_go_as_they_are_told(dials: tuple[Outcome, ...], attempts: int, end: str) -> None:
    session = called(*dials)
    assert result(session) == end
    assert len(session.lines.placed) == attempts
    gaps = [b.at - a.at for a, b in pairwise(session.lines.placed)]
    assert all(gap >= 20 * 60_000 for gap in gaps)


def test_a_phone_that_rings_too_long_is_hung_up() -> None:
    session = called("undecided", source=REMIND.replace("attempts: 3", "attempts: 1, ring_for: 9s"))
    assert result(session) == "nobody"
    assert [type(effect) for effect in session.effects] == [PlaceCall, HangUp]
    assert session.phone.ended == "we_hung_up"


def test_a_phone_is_not_called_without_an_account_to_call_from() -> None:
    session = called(source=REMIND.replace('from: "instance:9", ', ""))
    assert result(session) == "nobody"
    assert session.lines.placed == []
    with pytest.raises(UsageError, match="Nobody has been called"):
        _ = session.phone


def test_a_call_of_our_own_is_told_in_words() -> None:
    session = Session(program(REMIND), CALL, dials=("no_answer", "answered"))
    narrator = Narrator(session)
    play(session, ["1"])
    lines = [(line.kind, line.text) for line in narrator.news()]
    assert ("dial", "phone:+442079460123") in lines
    assert ("dialled", "attempt 1: no_answer") in lines
    assert lines[-1][0] == "end"
    assert [kind for kind, _ in lines].count("end") == 1


# Joining


def test_the_engine_joins_a_meeting_and_stays_until_it_ends() -> None:
    session = Session(program(MEETING), CALL)
    session.wait(30_000)
    assert [one.kind for one in session.snapshot.participants.values()] == ["app", "user"]
    session.hang_up()
    assert session.run(lambda: session.over)
    assert session.snapshot.end.startswith("hung_up")


def test_the_engine_waits_in_the_lobby() -> None:
    session = Session(program(MEETING), CALL, lobby=True)
    session.wait(60_000)
    assert session.phone.heard == []
    assert session.phone.conference.admit(session.now)
    session.settle()
    session.wait(5_000)
    assert session.phone.heard[0].name == "hello"


def test_a_link_that_tells_no_meeting_is_not_joined() -> None:
    session = Session(program(MEETING.replace(LINK, "https://teams.microsoft.com/meet/123")), CALL)
    assert session.run(lambda: session.over)
    assert session.snapshot.result == "outside"


# Consultations: two legs of ours


def test_a_consultation_ends_both_legs() -> None:
    session = Session(program(CONSULT), CALL)
    assert session.run(lambda: session.over)
    assert (result(session), session.snapshot.end) == ("served", "transferred 0/7015")
    agent = session.lines.placed[0]
    assert (agent.aside, agent.phone.ended, session.phone.ended) == (
        True,
        "replaced",
        "transferred",
    )
    assert session.phone.handovers[0].replaces == agent.leg


@pytest.mark.parametrize(("outcome", "end"), [("declined", "unwanted"), ("no_answer", "nobody")])
def test_an_agent_who_does_not_pick_up_leaves_the_caller_with_us(
    outcome: Outcome, end: str
) -> None:
    session = Session(program(CONSULT), CALL, Rules(transferee=outcome))
    assert session.run(lambda: session.over)
    assert result(session) == end
    assert session.phone.ended == "we_hung_up"


# Group calls


def test_somebody_who_is_invited_joins_and_leaves() -> None:
    played, session = play_virtual(
        scenario(Step(invite=Invite(to="env.sales", then="joined")), Step(leave=SALES),
                 Step(end="went")),
        program(INVITE),
    )  # fmt: skip
    assert played.failure is None
    assert len(session.snapshot.participants) == 2


@pytest.mark.parametrize(("outcome", "end"), [("declined", "unwanted"), ("no_answer", "nobody")])
def test_somebody_who_is_invited_does_not_come(outcome: Outcome, end: str) -> None:
    session = Session(program(INVITE), CALL, Rules(invitee=outcome))
    assert session.run(lambda: session.over)
    assert result(session) == end


def test_without_group_permission_the_flow_is_told_that_it_was_removed() -> None:
    session = Session(program(INVITE), CALL, Rules(stays_in_group=False))
    assert session.run(lambda: session.over)
    assert session.snapshot.end == "removed 200/5000"


# Scenarios


def test_a_scenario_says_what_happens_at_each_attempt() -> None:
    steps = (
        Step(dial=Dial(to="phone:+442079460123", then=["no_answer", "answered"])),
        Step(hear="hello"),
        Step(press=Press(keys="1")),
        Step(end="heard"),
    )
    played, session = play_virtual(scenario(*steps), program(REMIND))
    assert played.failure is None
    assert [placed.phone.ended for placed in session.lines.placed] == ["no_answer", "we_hung_up"]


def test_a_scenario_gives_the_inputs_of_a_flow() -> None:
    steps = (Step(dial=Dial(to="phone:+442079460999")), Step(hear="hello"))
    played, _ = play_virtual(scenario(*steps, phone="+442079460999"), program(REMIND))
    assert played.failure is None
    for wrong in ({"phone": "home"}, {"fax": "1"}):
        with pytest.raises(UsageError, match="`vars`"):
            play_virtual(scenario(*steps, **wrong), program(REMIND))


def test_a_scenario_decides_a_consultation_like_any_transfer() -> None:
    steps = (Step(transfer=Handover(to="env.sales", then="declined")), Step(end="unwanted"))
    played, _ = play_virtual(scenario(*steps), program(CONSULT))
    assert played.failure is None
    steps = (Step(transfer=Handover(to="env.sales", then="accepted")), Step(end="transferred"))
    played, _ = play_virtual(scenario(*steps), program(CONSULT))
    assert played.failure is None


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Step(dial="busy"), "somebody to be called"),
        (Step(leave="user:2"), "user:2 to leave"),
        (Step(join="nobody"), "a party, not nobody"),
        (Step(invite=Invite(to="user:2")), "an invitation to user:2"),
    ],
)
def test_a_step_that_goes_wrong_says_what_it_expected(step: Step, expected: str) -> None:
    played, _ = play_virtual(scenario(Step(join=Join("user:1", "Ann")), step), program(INVITE))
    assert played.failure is not None
    assert played.failure.expected == expected
