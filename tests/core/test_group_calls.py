"""Group calls to which anything may happen: what must hold of every single step.

The states that act upon a group call, begun in any of them, are told of rosters, operations and
failures in any order, about this state's effect or an older one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.core.advance import advance
from ivr.core.events import (
    AnyEvent,
    CallEnded,
    CallProgressed,
    EffectFailed,
    Failure,
    MeetingCreated,
    OperationFinished,
    ParticipantsListed,
    PromptFinished,
    RosterChanged,
    TimerFired,
    TonePressed,
    UseCounted,
)
from ivr.core.program import Program
from ivr.core.snapshot import Snapshot, decode, encode
from ivr.core.step import Step
from ivr.core.values import Meeting, Participant, kind_of
from tests.universe import CALLER, SALES, Ride, program

GROUP = """
vars:
  people: { type: list, fields: { id: text, muted: yes_no } }
  room: { type: record, fields: { link: text } }
  pin: { type: digits, secret: true }
on: { error: ask, hangup: note, participant_joined: look, participant_left: ask }
states:
  ask: { type: menu, prompt: choose, anyone: yes,
         on: { "1": bring, "2": look, "3": quiet, "4": dial, "5": may, "6": make, "7": ask_pin,
               give_up: bye } }
  ask_pin: { type: collect, prompt: pin, digits: 4, save_as: pin, on: { done: ask, give_up: bye } }
  bring: { type: invite, prompt: connecting, to: "${env.sales}",
           on: { left: ask, no_answer: more, failed: ask } }
  more: { type: invite, to: ["${env.sales}", "${call.from}"], ring_for: 20s,
          on: { joined: look, failed: ask } }
  look: { type: roster, save_as: people, next: park }
  park: { type: hold, who: "${env.sales}", music: tune, on: { done: bring_back, failed: ask } }
  bring_back: { type: resume, who: "${people[1].id}", on: { done: drop, failed: ask } }
  drop: { type: remove, who: "${env.sales}", on: { done: ask, failed: whisper } }
  whisper: { type: route_audio, from: self, to: "${env.sales}", on: { done: ask, failed: ask } }
  quiet: { type: mute, on: { done: loud, failed: ask } }
  loud: { type: unmute, on: { done: tell, failed: ask } }
  tell: { type: recording_notice, recording: yes, on: { done: show, failed: ask } }
  show: { type: share, role: viewer, on: { done: ask, failed: ask } }
  dial: { type: send_tones, tones: "12#", on: { done: ask, failed: ask } }
  may: { type: limit, key: "${call.from}", most: 3, per: 1h, on: { within: ask, over: bye } }
  make: { type: meeting, organizer: "${env.sales}", save_as: room, on: { done: ask, failed: ask } }
  note: { type: http, request: { post: "${env.ticket_url}/n" }, on: { ok: bye, error: bye } }
  bye: { type: hangup, result: bye, prompt: bye }
"""
PROGRAM = program(GROUP)
STARTS = [replace(PROGRAM, start=name) for name in PROGRAM.states]
TRIED = settings(deadline=None, max_examples=50, derandomize=True)

ANN = SALES.partition(":")[2]
PARTIES = (
    Participant("us", "app", "bot"),
    Participant("p1", "phone", CALLER.id),
    Participant("p2", "user", ANN),
    Participant("p2", "user", ANN, in_lobby=True),
    Participant("p3", "guest"),
    Participant("", "user", ANN),
)
FAILURES: tuple[Failure | None, ...] = (None, None, *get_args(Failure))


class Happening(NamedTuple):
    """What happens, `after` milliseconds; `pick` and `who` choose the details."""

    what: str
    pick: int
    after: int
    who: list[int]


class Moment(NamedTuple):
    """One step of a call, with the snapshot before it."""

    before: Snapshot
    event: AnyEvent
    step: Step
    ride: Ride


WHAT = ("done", "done", "roster", "listed", "failed", "key", "timer", "line", "other")
RUNS = st.tuples(
    st.sampled_from(STARTS),
    st.lists(
        st.builds(
            Happening,
            st.sampled_from(WHAT),
            st.integers(0, 35),
            st.sampled_from((0, 0, 40, 900, 5_000, 20_000, 61_000)),
            st.lists(st.integers(0, len(PARTIES) - 1), unique=True),
        ),
        max_size=40,
    ),
)
Run = tuple[Program, list[Happening]]


def event_of(one: Happening, ride: Ride) -> AnyEvent:
    """What it comes to; mostly about the effect for which the state waits."""
    kinds = {each.id: kind_of(each) for each in ride.done}
    awaited = ride.snapshot.visits[-1].awaiting or ride.snapshot.media
    effect = awaited if one.pick % 9 else next(iter(kinds), "")
    failure = FAILURES[one.pick % len(FAILURES)]
    parties = tuple([PARTIES[index] for index in one.who])
    if one.what == "roster":
        delta = one.pick % 5 == 0
        return RosterChanged(parties, delta, ("p2",) if delta and one.pick % 2 else ())
    if one.what == "failed":
        return EffectFailed(effect, kinds.get(effect, ""), failure or "failed")
    if one.what == "key":
        return TonePressed("1234567#"[one.pick % 8], ride.snapshot.next_tone)
    if one.what == "line":
        return CallEnded() if one.pick % 6 == 0 else CallProgressed("established", audio=True)
    if one.what in {"timer", "other"}:
        return TimerFired() if one.what == "timer" else OperationFinished(effect, failure)
    return _done(kinds.get(effect, ""), effect, one.pick, parties)


def _done(kind: str, effect: str, pick: int, parties: tuple[Participant, ...]) -> AnyEvent:
    if kind == "play_prompts":
        return PromptFinished(effect)
    if kind == "count_use":
        return UseCounted(effect, pick % 2 == 0)
    if kind == "create_meeting":
        return MeetingCreated(effect, Meeting(link="https://meet.example/1"))
    if kind == "list_participants" or pick % 4 == 0:
        return ParticipantsListed(effect, parties)
    return OperationFinished(effect)


def ridden(run: Run) -> Iterator[Moment]:
    ride = Ride(run[0])
    ride.connect()
    for one in run[1]:
        ride.now += one.after
        before, event = ride.snapshot, event_of(one, ride)
        raw = encode(before)
        step = ride.tell(event)
        assert encode(before) == raw
        yield Moment(before, event, step, ride)


@TRIED
@given(RUNS)
def test_no_state_has_a_fault_and_the_same_inputs_give_the_same_step(run: Run) -> None:
    for before, event, step, ride in ridden(run):
        assert "fault" not in [entry.outcome for entry in step.trace]
        again = advance(ride.program, decode(encode(before)), event, ride.now)
        assert encode(again) == encode(step)


@TRIED
@given(RUNS)
def test_an_event_that_comes_twice_counts_once(run: Run) -> None:
    for _, event, step, ride in ridden(run):
        if not isinstance(event, TimerFired):
            again = advance(ride.program, step.snapshot, event, ride.now)
            assert not again.effects
            assert encode(again.snapshot) == encode(step.snapshot)


@TRIED
@given(RUNS)
def test_a_call_that_lives_always_has_a_deadline_that_moves_it_on(run: Run) -> None:
    for _, _, _, ride in ridden(run):
        if not ride.snapshot.closed:
            assert ride.timers or ride.call_timers


@TRIED
@given(RUNS)
def test_nothing_is_wanted_of_the_line_after_the_call(run: Run) -> None:
    for before, _, step, _ in ridden(run):
        if before.phase == "ended":
            assert [effect for effect in step.effects if effect.lane == "line"] == []


@TRIED
@given(RUNS)
def test_every_call_ends_by_its_deadlines_alone(run: Run) -> None:
    ride = Ride(run[0])
    ride.connect()
    for last in ridden(run):
        ride = last.ride
    ride.wait(2 * 3_600_000)
    assert ride.snapshot.closed
    assert ride.result
