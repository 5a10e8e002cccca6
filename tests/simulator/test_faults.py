"""Unit: the catalogue of faults, what a fault may do, and when one hits."""

from __future__ import annotations

import re
from collections import Counter
from pkgutil import resolve_name
from typing import Any, get_args

import pytest

from ivr.core import effects, events
from ivr.core.values import Audio, Caller, Meeting, Target
from ivr.errors import UsageError
from ivr.simulator.faults import fault as vocabulary
from ivr.simulator.faults.catalogue import FAULTS, ROWS, fault_named, faults_table
from ivr.simulator.faults.fault import CALL, NOTICES, REQUESTS, Fault, Respond
from ivr.simulator.faults.named import Kind, Named
from ivr.simulator.faults.plan import MAX_FAULTS, Faults
from ivr.simulator.faults.words import request_of, words_of
from ivr.simulator.phone.rules import Rules

ENTRIES = [pytest.param(each, id=each.name) for each in FAULTS.values()]

# The catalogue


def test_every_problem_of_the_field_has_a_fault_with_a_name() -> None:
    covered = Counter(row for named in FAULTS.values() for row in named.rows)
    assert sorted(covered) == list(ROWS)


@pytest.mark.parametrize("named", ENTRIES)
def test_an_entry_can_be_injected_or_says_who_injects_it(named: Named) -> None:
    assert named.name.isidentifier()
    assert named.sentence.endswith(".")
    assert named.rows
    assert bool(named.faults) == (named.kind == "service")
    if named.kind == "service":
        assert Faults().plan(*named.faults) == list(named.faults)
    else:
        assert named.how.endswith(".")


def test_the_code_that_injects_what_the_service_does_not_is_there() -> None:
    named = [name for each in FAULTS.values() for name in re.findall(r"`(ivr\.[\w.]+)`", each.how)]
    assert "ivr.simulator.faults.network.Proxy" in named
    for name in named:
        assert resolve_name(name)


def test_every_kind_of_entry_is_there_and_no_name_is_twice() -> None:
    assert {named.kind for named in FAULTS.values()} == set(get_args(Kind))
    assert all(name == named.name for name, named in FAULTS.items())
    assert len({tuple(map(repr, n.faults)) for n in FAULTS.values() if n.faults}) == sum(
        1 for n in FAULTS.values() if n.faults
    )


def test_every_way_to_go_wrong_is_used_by_some_entry() -> None:
    used = [fault for named in FAULTS.values() for fault in named.faults]
    choices = {
        "broken": vocabulary.Broken,
        "body": vocabulary.Body,
        "signed": vocabulary.Signed,
        "repeats": vocabulary.Repeats,
    }
    for member, words in choices.items():
        assert {getattr(each, member) for each in used} - {None} == set(get_args(words)), member


def test_the_table_has_a_row_for_each() -> None:
    rows = faults_table().splitlines()
    assert len(rows) == len(FAULTS) + 2
    assert "| `silent_end` |" in faults_table()
    assert all(row.count("|") == 5 for row in rows)


def test_a_name_that_is_nearly_right_is_told() -> None:
    assert fault_named("silent_end") is FAULTS["silent_end"]
    with pytest.raises(UsageError, match="did you mean silent_end"):
        fault_named("silent-ennd")
    with pytest.raises(UsageError, match="catalogue"):
        fault_named("earthquake")


def test_an_entry_is_aimed_at_a_call_and_given_a_number() -> None:
    aimed = FAULTS["transfer_fails_8539"].aimed("call-1", times=3)
    assert [(each.target, each.call, each.times) for each in aimed] == [
        (CALL, "", 3),
        ("notification", "call-1", 3),
    ]
    assert FAULTS["transfer_fails_8539"].faults[1].call == ""


# Plans


def take(faults: Faults, *words: str, target: str = "notification", call: str = "") -> bool:
    return faults.take(target, call, frozenset(words)) is not None


def test_a_fault_is_used_up_and_may_let_some_pass() -> None:
    faults = Faults()
    faults.plan(Fault("answer", drop=True, skip=1, times=2))
    assert [take(faults, target="answer") for _ in range(5)] == [False, True, True, False, False]


def test_planning_leaves_the_catalogue_as_it_is() -> None:
    faults = Faults()
    faults.plan(*FAULTS["lost_established"].faults)
    assert take(faults, "state", "established")
    assert FAULTS["lost_established"].faults[0].times == 1


def test_a_fault_hits_what_it_is_for() -> None:
    faults = Faults()
    faults.plan(Fault("notification", of=("tone",), call="a", drop=True, times=9))
    assert not take(faults, "audio", call="a")
    assert not take(faults, "tone", call="b")
    assert not take(faults, target="answer", call="a")
    assert take(faults, "tone", call="a")


def test_anything_means_requests_on_calls() -> None:
    faults = Faults()
    faults.plan(Fault("*", drop=True, times=9))
    hit = [name for name in ("answer", "token", "prompt", "keys", "notification")
           if take(faults, target=name)]  # fmt: skip
    assert hit == ["answer", "token"]


def test_overlapping_requests_only() -> None:
    faults = Faults()
    faults.plan(*FAULTS["conflict_on_overlap"].faults)
    assert faults.take("playPrompt", "a") is None
    assert faults.take("playPrompt", "a", overlapping=True) is not None


def test_rules_come_together_for_calls_that_begin() -> None:
    faults = Faults()
    faults.plan(Fault(CALL, rules={"audio": 7}), Fault(CALL, rules={"callee": "busy"}, skip=1))
    assert faults.rules(Rules()) == Rules(audio=7)
    assert faults.rules(Rules()) == Rules(callee="busy")
    assert faults.rules(Rules()) == Rules()


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault("moon", drop=True), "The target of a fault is one of"),
        (Fault("answer"), "does one thing"),
        (Fault("answer", drop=True, delay_ms=1), "does one thing"),
        (Fault("answer", reorder=True), "does one thing: drop"),
        (Fault("notification", broken="hang"), "does one thing: drop"),
        (Fault("prompt", drop_answer=True), "A fault of a prompt does one thing"),
        (Fault(CALL, drop=True), "A fault of a call does one thing: rules"),
        (Fault("notification", of=("moon",), drop=True), "`of` is for notifications"),
        (Fault("answer", of=("tone",), drop=True), "`of` is for notifications"),
        (Fault("notification", drop=True, copies=3), "`copies` goes with duplicate"),
        (Fault("answer", drop=True, effect=True), "`effect` goes with respond or broken"),
        (Fault("notification", drop=True, overlapping=True), "`overlapping` is for requests"),
        (Fault(CALL, rules={"colour": 1}), "There is no rule colour."),
        (Fault(CALL, rules={"callee": "asleep"}), "The rules of a fault are those"),
    ],
)
def test_a_fault_that_makes_no_sense_says_why(fault: Fault, sentence: str) -> None:
    faults = Faults()
    with pytest.raises(UsageError, match=sentence):
        faults.plan(Fault("get", drop=True), fault)
    assert faults.planned == []


def test_there_is_a_most_of_faults() -> None:
    faults = Faults()
    faults.plan(*[Fault("get", drop=True)] * MAX_FAULTS)
    with pytest.raises(UsageError, match="at most"):
        faults.plan(Fault("get", drop=True))
    faults.clear()
    assert not take(faults, target="get")


@pytest.mark.parametrize(
    ("fault", "acts", "breaks"),
    [
        (Fault("create", drop=True), False, "reset"),
        (Fault("create", drop_answer=True), True, "reset"),
        (Fault("create", broken="hang"), False, "hang"),
        (Fault("create", broken="hang", effect=True), True, "hang"),
        (Fault("create", broken="truncated"), True, "truncated"),
        (Fault("create", respond=Respond(500)), False, None),
        (Fault("create", respond=Respond(500), effect=True), True, None),
        (Fault("create", delay_ms=9), True, None),
    ],
)
def test_whether_a_request_is_carried_out(fault: Fault, acts: bool, breaks: str | None) -> None:
    assert (fault.acts, fault.breaks) == (acts, breaks)


# In one process

TOLD: list[tuple[events.AnyEvent, set[str]]] = [
    (events.CallArrived(Caller()), {"incoming"}),
    (events.CallProgressed("establishing"), {"state", "establishing"}),
    (events.CallProgressed("established"), {"state", "established"}),
    (events.CallProgressed("established", audio=True), {"audio"}),
    (events.CallProgressed("established", failure="busy"), {"state", "transferFailed"}),
    (events.CallProgressed("accepted"), {"state", "transferAccepted"}),
    (events.CallProgressed(), {"state"}),
    (events.TonePressed("1"), {"tone"}),
    (events.PromptFinished("e"), {"operation", "playPrompt"}),
    (events.RecordingFinished("e"), {"operation", "record"}),
    (events.OperationFinished("e"), {"operation"}),
    (events.RosterChanged(), {"roster"}),
    (events.CallEnded(), {"ended"}),
    (events.TimerFired(), set()),
    (events.MeetingCreated("e", Meeting()), set()),
]


@pytest.mark.parametrize(("event", "words"), TOLD)
def test_events_have_the_words_of_their_notifications(
    event: events.AnyEvent, words: set[str]
) -> None:
    assert words_of(event) == words
    assert words <= NOTICES


def test_every_effect_of_the_service_is_a_request_that_faults_know() -> None:
    members: dict[str, Any] = {
        "audio": (Audio("a"),), "to": Target("user", "1"), "ring_for": 1, "max_length": 1,
        "first_sound": 1, "stop_after_silence": 1, "location": "", "token": "", "keep_for": 1,
        "meeting": Meeting(), "organizer": "1", "participant": "1", "keys": "1", "role": "viewer",
        "recording": True, "sources": (), "receivers": (), "method": "GET", "url": "", "host": "",
        "timeout": 1, "key": "", "most": 1, "window": 1,
    }  # fmt: skip
    ours = {"send_request", "count_use"}
    for kind in get_args(effects.AnyEffect):
        wanted = [name for name in kind.__struct_fields__ if name in members]
        effect = kind("e", **{name: members[name] for name in wanted})
        tag = kind.__struct_config__.tag
        assert (request_of(effect) in REQUESTS) == (tag not in ours), tag
