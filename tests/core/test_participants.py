"""Who is on the call: what rosters in any form and order make of it, and of the flow."""

from __future__ import annotations

import pytest

from ivr.core.events import AnyEvent, CallArrived, ParticipantsListed, RosterChanged
from ivr.core.participants import find, is_crowd, ourselves, people
from ivr.core.snapshot import decode, encode
from ivr.core.values import Caller, Participant
from tests.universe import CALLER, SALES, Ride, connected, program

US = Participant("us", "app", "bot")
CALLER_HERE = Participant("p1", "phone", CALLER.id)
ANN = Participant("p2", "user", "Ann-1", name="Ann")
BEN = Participant("p3", "user", "ben-1", name="Ben")

TALK = """
on: { participant_joined: greet, participant_left: bye }
states:
  talk: { type: wait, for: 30m, next: served }
  greet: { type: wait, for: 20m, next: served }
"""
QUIET = "states: { talk: { type: wait, for: 30m, next: served } }"


def told(ride: Ride, *participants: Participant) -> str:
    """A roster that names everybody; the verdict."""
    return ride.tell(RosterChanged(participants)).verdict


def ids(ride: Ride) -> list[str]:
    return list(ride.snapshot.participants)


def test_a_whole_roster_takes_the_place_of_the_old_one() -> None:
    ride = connected(QUIET)
    assert told(ride, US, CALLER_HERE, ANN) == "ok"
    assert told(ride, BEN, US, CALLER_HERE) == "ok"
    assert ids(ride) == ["p3", "us", "p1"]


def test_a_roster_that_changes_nothing_is_a_duplicate() -> None:
    ride = connected(QUIET)
    told(ride, US, CALLER_HERE)
    assert told(ride, CALLER_HERE, US) == "duplicate"
    muted = Participant("p1", "phone", CALLER.id, muted=True)
    assert told(ride, muted, US) == "ok"
    assert ride.path == []


def test_a_delta_tells_only_what_is_new() -> None:
    ride = connected(QUIET)
    told(ride, US, CALLER_HERE, ANN)
    assert ride.tell(RosterChanged((BEN,), delta=True, left=("p2",))).verdict == "ok"
    assert ids(ride) == ["us", "p1", "p3"]
    assert ride.tell(RosterChanged((BEN,), delta=True, left=("p2",))).verdict == "duplicate"
    assert ride.tell(RosterChanged(delta=True, left=("p3",))).verdict == "ok"
    assert ids(ride) == ["us", "p1"]


def test_a_roster_that_names_nobody_says_nothing() -> None:
    """We are on the call ourselves; and who has no id yet is only being invited."""
    ride = connected(QUIET)
    told(ride, US, CALLER_HERE)
    assert told(ride) == "duplicate"
    assert told(ride, Participant("", "user", "Ann-1")) == "duplicate"
    assert ids(ride) == ["us", "p1"]


@pytest.mark.parametrize(
    ("event", "verdict"),
    [
        (RosterChanged((US, ANN), leg="another"), "unhandled"),
        (ParticipantsListed("nobody.asked"), "stale"),
    ],
)
def test_what_is_not_about_this_call_changes_nothing(event: AnyEvent, verdict: str) -> None:
    ride = connected(QUIET)
    assert ride.tell(event).verdict == verdict
    assert ids(ride) == []


@pytest.mark.parametrize("event", [RosterChanged((US, ANN)), ParticipantsListed("x", (US, ANN))])
def test_after_the_call_rosters_are_late(event: AnyEvent) -> None:
    ride = connected("states: { note: { type: http, request: { get: '${env.ticket_url}/a' } } }")
    ride.hang_up()
    assert ride.tell(event).verdict == "late"


def test_a_call_is_a_group_call_as_soon_as_there_are_more_than_two_people() -> None:
    ride = connected(QUIET)
    rosters = [
        (US, CALLER_HERE),
        (US, CALLER_HERE, Participant("other", "app", "recorder")),
        (US, CALLER_HERE, Participant("p2", "user", "Ann-1", in_lobby=True)),
        (US, CALLER_HERE, ANN),
        (US, CALLER_HERE),
    ]
    is_group = []
    for roster in rosters:
        told(ride, *roster)
        is_group.append(ride.snapshot.group)
    assert is_group == [False, False, False, True, True]


# Exits for those who come and go


def test_somebody_joins_and_leaves() -> None:
    ride = connected(TALK)
    told(ride, US, CALLER_HERE)
    assert ride.path == []
    told(ride, US, CALLER_HERE, ANN)
    assert ride.path == ["talk participant_joined greet"]
    told(ride, US, CALLER_HERE)
    assert ride.path[1:] == ["greet participant_left bye"]


def test_without_such_exits_nothing_happens() -> None:
    ride = connected(QUIET)
    told(ride, US, CALLER_HERE)
    told(ride, US, CALLER_HERE, ANN)
    told(ride, US, CALLER_HERE)
    assert ride.path == []


def test_the_caller_who_was_there_all_along_does_not_join() -> None:
    """The service lists nobody in a call between two until somebody else comes."""
    ride = connected(TALK)
    told(ride, US, CALLER_HERE)
    assert ride.path == []


def test_a_first_roster_with_somebody_else_tells_that_they_have_joined() -> None:
    ride = connected(TALK)
    told(ride, US, CALLER_HERE, ANN)
    assert ride.path == ["talk participant_joined greet"]


@pytest.mark.parametrize("delta", [True, False])
def test_somebody_who_is_shown_before_the_caller_has_joined(delta: bool) -> None:
    ride = connected(TALK)
    ride.tell(RosterChanged((ANN,), delta=delta))
    told(ride, US, CALLER_HERE, ANN)
    assert ride.path == ["talk participant_joined greet"]


def test_of_a_caller_who_is_withheld_only_the_number_of_people_tells_anything() -> None:
    ride = Ride(program(TALK))
    ride.tell(CallArrived(Caller()))
    ride.up()
    somebody = Participant("p1", "phone")
    told(ride, US, somebody)
    assert ride.path == []
    told(ride, US, somebody, ANN)
    assert ride.path == ["talk participant_joined greet"]


def test_machines_and_those_in_the_lobby_neither_join_nor_leave() -> None:
    ride = connected(TALK)
    waiting = Participant("p2", "user", "Ann-1", in_lobby=True)
    told(ride, US, CALLER_HERE)
    told(ride, US, CALLER_HERE, waiting, Participant("rec", "app", "recorder"))
    told(ride, US, CALLER_HERE)
    assert ride.path == []


def test_who_is_let_in_from_the_lobby_joins_then() -> None:
    ride = connected(TALK)
    told(ride, US, CALLER_HERE, Participant("p2", "user", "Ann-1", in_lobby=True))
    told(ride, US, CALLER_HERE, ANN)
    assert ride.path == ["talk participant_joined greet"]


def test_another_device_is_no_other_person() -> None:
    ride = connected(TALK)
    told(ride, US, CALLER_HERE, ANN)
    told(ride, US, CALLER_HERE, ANN, Participant("p9", "user", "ANN1"))
    told(ride, US, CALLER_HERE, Participant("p9", "user", "ANN1"))
    assert ride.path == ["talk participant_joined greet"]


def test_one_who_leaves_and_one_who_joins_at_once_are_told_one_after_the_other() -> None:
    ride = connected("""
        on: { participant_joined: greet, participant_left: say }
        states:
          talk: { type: wait, for: 30m, next: served }
          greet: { type: wait, for: 20m, next: served }
          say: { type: wait, for: 20m, next: served }
    """)
    told(ride, US, CALLER_HERE, ANN)
    told(ride, US, CALLER_HERE, BEN)
    assert ride.path[1:] == ["greet participant_left say", "say participant_joined greet"]


def test_a_state_that_ends_the_call_is_not_left_again() -> None:
    ride = connected("""
        on: { participant_left: goodbye }
        states:
          talk: { type: wait, for: 30m, next: served }
          goodbye: { type: hangup, result: over, prompt: bye }
    """)
    told(ride, US, CALLER_HERE, ANN, BEN)
    told(ride, US, CALLER_HERE, BEN)
    told(ride, US, CALLER_HERE)
    assert ride.said == ["bye"]
    ride.heard()
    assert ride.result == "over"


def test_an_invite_has_those_who_come_and_go_for_itself() -> None:
    ride = connected("""
        on: { participant_joined: greet, participant_left: bye }
        states:
          bring: { type: invite, to: "${env.sales}", on: { left: served, failed: lost } }
          greet: { type: wait, for: 20m, next: served }
    """)
    told(ride, US, CALLER_HERE, ANN)
    told(ride, US, CALLER_HERE, ANN, Participant("p7", "user", SALES.partition(":")[2]))
    told(ride, US, CALLER_HERE)
    assert ride.path == []
    ride.wait(5_000)
    assert ride.path == ["bring left served"]


def test_in_a_meeting_those_who_were_there_before_us_have_not_joined() -> None:
    ride = connected(TALK)
    ride.snapshot.entry = "join"
    told(ride, US, ANN)
    assert ride.path == []
    told(ride, US, ANN, BEN)
    assert ride.path == ["talk participant_joined greet"]


def test_the_first_one_in_an_empty_meeting_joins() -> None:
    ride = connected(TALK)
    ride.snapshot.entry = "join"
    told(ride, US)
    told(ride, US, ANN)
    assert ride.path == ["talk participant_joined greet"]


def test_the_answer_to_who_is_there_tells_the_same_as_a_notification() -> None:
    ride = connected(TALK)
    ride.tell(ParticipantsListed("x", (US, CALLER_HERE)))
    ride.tell(ParticipantsListed("x", (US, CALLER_HERE, ANN)))
    assert ride.path == ["talk participant_joined greet"]
    assert ride.tell(ParticipantsListed("x", (US, CALLER_HERE, ANN))).verdict == "stale"


def test_the_exits_are_those_of_the_flow_that_runs() -> None:
    sub = """
        flow: find_out
        outcomes: [done]
        states:
          ask: { type: menu, prompt: choose, on: { "1": found, give_up: found } }
          found: { type: return, outcome: done }
    """
    ride = Ride(
        program(
            """
            on: { participant_joined: greet }
            states:
              look: { type: run, flow: find_out, on: { done: talk, error: lost } }
              talk: { type: wait, for: 30m, next: served }
            """,
            sub,
        )
    )
    ride.connect()
    told(ride, US, CALLER_HERE, ANN)
    assert ride.state == "ask"
    ride.press("1")
    told(ride, US, CALLER_HERE, ANN, BEN)
    assert ride.path[-1] == "talk participant_joined greet"


# Who is who


def test_participants_are_stored_with_the_call() -> None:
    ride = connected(QUIET)
    told(ride, US, CALLER_HERE, ANN)
    assert decode(encode(ride.snapshot)).participants == ride.snapshot.participants


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("p2", "p2"),
        ("user:ANN-1", "p2"),
        ("user:ann1;tenant=t", "p2"),
        ("Ann-1", "p2"),
        (f"phone:{CALLER.id}", "p1"),
        (CALLER.id, "p1"),
        ("app:bot", "us"),
        ("user:nobody", ""),
        (SALES, ""),
        ("self", ""),
        ("", ""),
    ],
)
def test_how_a_participant_can_be_named(who: str, expected: str) -> None:
    ride = connected(QUIET)
    told(ride, US, CALLER_HERE, ANN, Participant("p4", "guest"))
    assert find(ride.snapshot, who) == expected


def test_we_are_the_only_machine_on_a_call() -> None:
    ride = connected(QUIET)
    assert ourselves(ride.snapshot) == ""
    told(ride, CALLER_HERE, US)
    assert ourselves(ride.snapshot) == "us"
    told(ride, CALLER_HERE, US, Participant("rec", "app", "recorder"))
    assert ourselves(ride.snapshot) == ""


def test_people_are_neither_machines_nor_in_the_lobby() -> None:
    ride = connected(QUIET)
    told(ride, US, CALLER_HERE, Participant("p4", "guest", in_lobby=True), ANN)
    assert people(ride.snapshot) == [CALLER_HERE, ANN]


def test_a_crowd_is_more_than_one_person_or_a_group_call_of_which_nothing_is_known() -> None:
    ride = connected(QUIET)
    assert not is_crowd(ride.snapshot)
    ride.snapshot.group = True
    assert is_crowd(ride.snapshot)
    told(ride, US, CALLER_HERE)
    assert not is_crowd(ride.snapshot)
    told(ride, US, CALLER_HERE, ANN)
    assert is_crowd(ride.snapshot)
    told(ride, US, ANN)
    assert is_crowd(ride.snapshot), "the caller is there, whatever the roster shows"
