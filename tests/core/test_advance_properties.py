"""Whatever happens to a call, in whatever order: what must hold of every single step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given

from ivr.core.advance import advance
from ivr.core.effects import PlayPrompts, RecordCaller
from ivr.core.events import (
    AnyEvent,
    CallEnded,
    CallProgressed,
    CallWanted,
    EffectFailed,
    HangUpAsked,
    PromptFinished,
    RecordingFinished,
    TimerFired,
    TonePressed,
)
from ivr.core.program import Program
from ivr.core.snapshot import Snapshot, decode, encode
from ivr.core.step import Step
from ivr.core.values import kind_of
from tests.core.any_calls import RUNS, TRIED, Happening, Run, event_of, ride_of
from tests.core.any_flows import beginnings
from tests.universe import ARRIVAL, Ride

LAST_WORDS = ("hang_up", "check_call")
"""What a step that ends the line may still want of it."""


class Moment(NamedTuple):
    """One step of a run, with the snapshot before it as it was and as it is now."""

    ride: Ride
    before: Snapshot
    as_it_was: bytes
    event: AnyEvent
    step: Step


def ridden(run: Run) -> Iterator[Moment]:
    """Every step of a run; the call has always arrived first."""
    ride = ride_of(run)
    begun = [Happening("arrived", 0, 0), *([Happening("up", 0, 0)] if run.up else [])]
    for happening in begun + run.happenings:
        ride.now += happening.after
        before, raw = ride.snapshot, encode(ride.snapshot)
        event = event_of(happening, ride)
        yield Moment(ride, before, raw, event, ride.tell(event))


def whole(run: Run) -> Ride:
    """A run to its end."""
    *_, last = ridden(run)
    return last.ride


@TRIED
@given(RUNS)
def test_the_snapshot_that_is_given_is_never_changed(run: Run) -> None:
    for moment in ridden(run):
        assert encode(moment.before) == moment.as_it_was


@TRIED
@given(RUNS)
def test_the_same_inputs_give_the_same_step(run: Run) -> None:
    for ride, before, _, event, step in ridden(run):
        again = advance(ride.program, before, event, ride.now)
        assert encode(again) == encode(step)


@TRIED
@given(RUNS)
def test_what_is_not_ok_has_no_effects_and_changes_nothing(run: Run) -> None:
    for _, before, _, _, step in ridden(run):
        if step.verdict != "ok":
            assert not step.effects
            assert step.snapshot is before


@TRIED
@given(RUNS)
def test_a_call_that_lives_always_has_a_deadline_that_moves_it_on(run: Run) -> None:
    for ride, *_ in ridden(run):
        if not ride.snapshot.closed:
            assert ride.snapshot.next_due() is not None
            assert ride.timers or ride.call_timers


@TRIED
@given(RUNS)
def test_storing_the_snapshot_between_two_events_changes_nothing(run: Run) -> None:
    stored: Snapshot | None = None
    for ride, before, _, event, step in ridden(run):
        again = advance(ride.program, decode(encode(stored or before)), event, ride.now)
        assert encode(again) == encode(step)
        stored = again.snapshot


def can_be_told_apart(event: AnyEvent, step: Step) -> bool:
    """Whether a repetition of the event can be known for one.

    A failure that has led straight to the next transfer might as well be the failure of that.
    """
    if isinstance(event, TonePressed):
        return event.sequence > 0
    if isinstance(event, CallProgressed) and event.failure:
        return "transfer_call" not in [kind_of(effect) for effect in step.effects]
    return not isinstance(event, TimerFired)


@TRIED
@given(RUNS)
def test_an_event_that_comes_twice_counts_once(run: Run) -> None:
    for ride, _, _, event, step in ridden(run):
        if can_be_told_apart(event, step):
            again = advance(ride.program, step.snapshot, event, ride.now)
            assert not again.effects
            assert encode(again.snapshot) == encode(step.snapshot)


@TRIED
@given(RUNS)
def test_effect_ids_are_unique_and_fit_into_a_client_context(run: Run) -> None:
    ride = whole(run)
    ids = [effect.id for effect in ride.done]
    assert len(ids) == len(set(ids))
    assert all(len(each) <= 256 and each.isascii() for each in ids)


@TRIED
@given(RUNS)
def test_no_two_media_operations_are_under_way_at_once(run: Run) -> None:
    playing = ""
    for _, _, _, event, step in ridden(run):
        if step.verdict == "ok" and ends_media(event, playing):
            playing = ""
        for effect in step.effects:
            if isinstance(effect, PlayPrompts | RecordCaller):
                assert not playing
                playing = effect.id
            elif kind_of(effect) in {"stop_media", "transfer_call", "hang_up"}:
                playing = ""


def ends_media(event: AnyEvent, playing: str) -> bool:
    """Whether the operation is over with this event."""
    if isinstance(event, PromptFinished | RecordingFinished | EffectFailed):
        return event.effect == playing or getattr(event, "failure", "") == "gone"
    return isinstance(event, CallEnded)


@TRIED
@given(RUNS)
def test_nothing_is_asked_of_a_line_that_is_down(run: Run) -> None:
    for _, before, _, _, step in ridden(run):
        wanted = [kind_of(effect) for effect in step.effects if effect.lane == "line"]
        if before.phase == "ended":
            assert set(wanted) <= {"hang_up"}
            assert all(
                effect.leg in before.legs for effect in step.effects if effect.lane == "line"
            )
        elif step.snapshot.phase == "ended":
            assert all(kind in LAST_WORDS for kind in wanted)


@TRIED
@given(RUNS)
def test_an_incoming_call_is_answered_or_turned_away_but_once(run: Run) -> None:
    ride = whole(run)
    wanted = [kind_of(effect) for effect in ride.done]
    assert wanted.count("answer_call") <= 1
    assert wanted.count("reject_call") <= 1


@TRIED
@given(RUNS)
def test_a_closed_call_stays_as_it_is(run: Run) -> None:
    for _, before, _, _, step in ridden(run):
        if before.closed:
            assert (step.snapshot, step.effects, step.verdict) == (before, (), "late")


def run_out(ride: Ride, at_most: int) -> int:
    """Let every deadline pass in turn until the call is closed; how many it took."""
    for count in range(at_most):
        due = ride.snapshot.next_due()
        if ride.snapshot.closed:
            return count
        assert due is not None
        ride.now = max(ride.now, due)
        ride.tell(TimerFired())
        assert ride.verdict == "ok"
    raise AssertionError("The call would never end.")


@TRIED
@given(RUNS)
def test_every_call_ends_by_its_deadlines_alone(run: Run) -> None:
    ride = whole(run)
    run_out(ride, 3_000)


@TRIED
@given(RUNS)
def test_a_call_whose_line_is_down_closes_within_two_minutes(run: Run) -> None:
    ride = whole(run)
    if ride.snapshot.phase in {"waiting", "placing"}:
        ride.tell(HangUpAsked())
    ride.hang_up()
    ended = ride.now
    run_out(ride, 100)
    assert ride.now - ended <= 120_000


@pytest.mark.parametrize("flow", beginnings(), ids=lambda flow: f"{flow.flow}-{flow.start}")
def test_a_call_of_nothing_but_silence_ends(flow: object) -> None:
    assert isinstance(flow, Program)
    ride = Ride(flow)
    ride.tell(CallWanted(flow.flow) if flow.outward else ARRIVAL)
    assert run_out(ride, 1_000) > 0
    assert ride.result
