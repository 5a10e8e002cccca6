"""Calls that the engine begins: attempts to reach somebody, or to get into a meeting.

Rules of this file: an attempt is a leg of its own, and one of which nobody knows whether it was
made is the last one. Whoever declines is not called again. The flow begins by what became of it
all; without anybody on the line only those states can run that need no caller.
"""

from __future__ import annotations

from typing import Any

from ivr.core import legs, limits
from ivr.core.events import CallWanted, EndReason
from ivr.core.moves import enter, finish, run_on
from ivr.core.program import Outward
from ivr.core.snapshot import Visit
from ivr.core.step import TraceEntry, Verdict
from ivr.core.turn import Turn
from ivr.core.values import Meeting, parse_target
from ivr.errors import SpokenValueError
from ivr.expr.types import pack

TRY_AGAIN = {"no_answer", "busy", "not_reached"}
OUTCOMES: dict[EndReason, str] = {"busy": "busy", "declined": "declined"}
NOT_THERE = {"call_out": "not_reached", "join": "not_joined"}
THERE = {"call_out": "answered", "join": "joined"}


def wanted(turn: Turn, event: CallWanted) -> Verdict:
    """Begin: take the flow's inputs, and try as soon as it may be tried."""
    snapshot, outward = turn.snapshot, turn.program.outward
    if snapshot.visits:
        return "duplicate"
    scope: dict[str, Any] = {name: pack(value) for name, value in turn.program.initial.items()}
    visit = Visit(turn.program.flow, turn.program.start, scope | event.values)
    snapshot.visits, snapshot.tenant, snapshot.phase = [visit], event.tenant, "waiting"
    turn.visit = visit
    if outward is None:
        _note(turn, "fault", "the flow neither calls out nor joins")
        finish(turn, "failed")
        return "ok"
    snapshot.entry = outward.entry
    attempt(turn)
    return "ok"


def attempt(turn: Turn) -> None:
    """Try now, or when the calendar allows it."""
    outward = _outward(turn)
    opens = outward.hours.next_opening(turn.now) if outward.hours else turn.now
    if opens is None:
        give_up(turn, NOT_THERE[outward.entry])
    elif opens > turn.now:
        turn.snapshot.deadlines["attempt"] = opens
    else:
        _place(turn, outward)


def connected(turn: Turn) -> None:
    """Somebody has picked up, or we are in: the flow begins."""
    snapshot, outward = turn.snapshot, _outward(turn)
    snapshot.phase, snapshot.group = "connected", outward.entry == "join"
    snapshot.deadlines.pop("ring", None)
    legs.up(turn, snapshot.leg)
    turn.wake_call("max_duration", turn.program.defaults.max_duration)
    _begin(turn, THERE[outward.entry])


def attempt_over(turn: Turn, reason: EndReason) -> None:
    """An attempt has come to nothing; perhaps there is another one."""
    snapshot, outward = turn.snapshot, _outward(turn)
    once_only = snapshot.legs[snapshot.leg].unknown
    snapshot.leg = ""
    snapshot.deadlines.pop("ring", None)
    _note(turn, reason, f"attempt {snapshot.attempt}")
    if reason in TRY_AGAIN and not once_only and snapshot.attempt < outward.attempts:
        snapshot.phase = "waiting"
        turn.wake_call("attempt", outward.gap)
        return
    give_up(turn, OUTCOMES.get(reason, NOT_THERE[outward.entry]))


def ring_due(turn: Turn) -> None:
    """It has rung long enough, or nobody knows whether it rings at all."""
    legs.leave(turn, turn.snapshot.leg)
    attempt_over(turn, "no_answer")


def lost(turn: Turn) -> None:
    """Nobody knows whether it rings: only a notification can tell, and it must come soon."""
    deadlines = turn.snapshot.deadlines
    deadlines["ring"] = min(deadlines["ring"], turn.now + limits.SETTLE_WITHIN)


def found(turn: Turn) -> None:
    """It rings after all."""
    turn.wake_call("ring", _outward(turn).ring_for)


def placing_ended(turn: Turn, reason: EndReason) -> None:
    """The leg of an attempt is down before anybody has picked up."""
    legs.over(turn, turn.snapshot.leg)
    # Who ends a ringing call without another reason has seen it and does not want it.
    attempt_over(turn, "declined" if reason == "hung_up" else reason)


def give_up(turn: Turn, outcome: str) -> None:
    """Nobody was reached: the flow may still tell somebody so."""
    snapshot, entries = turn.snapshot, _outward(turn).entries
    snapshot.phase = "ended"
    snapshot.end = snapshot.end or outcome
    if outcome not in entries:
        outcome = NOT_THERE[snapshot.entry]
    if outcome not in entries:
        finish(turn, outcome)
        return
    turn.wake_call("after_hang_up", limits.AFTER_HANG_UP)
    _begin(turn, outcome)


def _begin(turn: Turn, outcome: str) -> None:
    snapshot, visit = turn.snapshot, turn.visit
    visit.state = _outward(turn).entries.get(outcome, turn.program.start)
    snapshot.visited[f"{visit.flow}/{visit.state}"] = 1
    snapshot.moves = 1
    run_on(turn, enter(turn))


def _place(turn: Turn, outward: Outward) -> None:
    snapshot = turn.snapshot
    snapshot.attempt += 1
    try:
        snapshot.leg, wait = _leg(turn, outward)
    except SpokenValueError:
        # Nobody can be called there, however often it is tried.
        _note(turn, "fault", "a target, account or meeting is not of the right form")
        give_up(turn, NOT_THERE[outward.entry])
        return
    snapshot.phase = "placing"
    turn.wake_call("ring", wait)


def _leg(turn: Turn, outward: Outward) -> tuple[str, int]:
    source = legs.source_of(turn, outward.source)
    if outward.to is None:
        meeting = {name: turn.render(text) for name, text in outward.meeting.items()}
        return legs.join(turn, _meeting(meeting), source), limits.JOIN_WITHIN
    to = parse_target(turn.render(outward.to))
    if to is None:
        raise SpokenValueError("The target is not of the form user:, app:, phone:.")
    leg = legs.place(turn, to, source, outward.ring_for)
    return leg, outward.ring_for + limits.PLACE_MARGIN


def _meeting(members: dict[str, str]) -> Meeting:
    if members.get("organizer"):
        organizer = parse_target(members["organizer"])
        if organizer is None or organizer.kind != "user":
            raise SpokenValueError("The organizer is not of the form user:ID.")
        members["organizer"] = organizer.id
    return Meeting(**members)


def _outward(turn: Turn) -> Outward:
    program = turn.program.flows.get(turn.snapshot.visits[0].flow, turn.program)
    assert program.outward is not None, "only a flow with call_out or join has attempts"
    return program.outward


def _note(turn: Turn, outcome: str, note: str) -> None:
    turn.trace.append(TraceEntry(turn.visit.flow, turn.visit.state, outcome, "", note))
