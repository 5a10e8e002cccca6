"""From state to state: an outcome takes its edge until a state waits for something.

Rules of this file: it knows flows, visits and limits, but neither keys nor media; what a
state does is the state type's business.
"""

from __future__ import annotations

import traceback

from ivr.core import legs, limits
from ivr.core.effects import AnswerCall, HangUp, RejectCall
from ivr.core.events import AnyEvent
from ivr.core.step import TraceEntry
from ivr.core.turn import Turn
from ivr.errors import SpokenValueError
from ivr.expr.types import coerce

ENDINGS = {"hangup": "caller_hung_up", "max_duration": "max_duration"}
"""Results of calls that end by an outcome for which the flow has no exit."""

_WHILE_IT_RUNS = (
    "max_duration", "goodbye", "answer", "attempt", "ring", "establish", "after_hang_up", "audio",
    "keep_alive", "look",
)  # fmt: skip
"""Deadlines of the call that have no meaning once the flow has ended."""


def deliver(turn: Turn, event: AnyEvent) -> None:
    """Give an event to the state that the call is in, and go where it leads."""
    state = turn.state
    try:
        outcome = state.type.handle(turn, state.options, event)
    except SpokenValueError:
        outcome = "error"
    except Exception as fault:
        outcome = _note_fault(turn, fault)
    run_on(turn, outcome)


def run_on(turn: Turn, outcome: str | None) -> None:
    """Follow `outcome`, and the outcomes of the states it leads to."""
    while True:
        if turn.returned is not None:
            outcome = _come_back(turn)
        if turn.snapshot.done:
            return
        if outcome is not None:
            goes_on = _follow(turn, outcome)
        else:
            goes_on = turn.entering and _count(turn, turn.visit.state)
        if not goes_on:
            return
        turn.entering = False
        outcome = enter(turn)


def enter(turn: Turn) -> str | None:
    """Enter the state that the call has come to, once its line is there."""
    state, visit = turn.state, turn.visit
    line = state.type.line(state.options)
    if line == "needed" and turn.gone:
        return "hangup"
    if line != "none" and not turn.gone and not turn.on_line:
        take_call(turn)
        return None
    visit.entered = True
    try:
        return state.type.enter(turn, state.options)
    except SpokenValueError:
        return "error"
    except Exception as fault:
        return _note_fault(turn, fault)


def unknown(turn: Turn) -> None:
    """Nobody knows whether what the state waits for was carried out: the state decides."""
    run_on(turn, turn.state.type.unknown(turn, turn.state.options))


def take_call(turn: Turn) -> None:
    """Answer, unless that was done already; a line that lost its audio gets a moment."""
    snapshot = turn.snapshot
    if snapshot.phase == "arrived":
        turn.emit(AnswerCall, fetch_first=_likely_audio(turn))
        snapshot.phase = "answering"
        snapshot.deadlines.pop("answer", None)
        turn.wake_call("establish", limits.ESTABLISH_WITHIN)
    elif snapshot.phase == "connected":
        snapshot.deadlines.setdefault("audio", turn.now + limits.BACK_ON_LINE_WITHIN)


def finish(turn: Turn, result: str, reason: str = "none") -> None:
    """End the flow with its result, and the call if it still lives.

    `reason` is what the caller's phone is told if the call was not answered yet.
    """
    snapshot = turn.snapshot
    if turn.visit.entered and snapshot.media and not turn.gone:
        turn.media_ended()
    snapshot.done, snapshot.result = True, result
    turn.visit.deadlines.clear()
    for name in _WHILE_IT_RUNS:
        snapshot.deadlines.pop(name, None)
    if snapshot.phase == "arrived":
        turn.emit(RejectCall, reason=reason)
    elif snapshot.phase in {"answering", "connected", "transferring"}:
        turn.emit(HangUp)
    elif snapshot.phase in {"waiting", "placing"}:
        snapshot.phase, snapshot.leg = "ended", ""
    legs.leave_others(turn)
    if snapshot.phase not in {"ended", "ending"}:
        snapshot.phase = "ending"
        turn.wake_call("ending", limits.HANG_UP_WITHIN)


def _follow(turn: Turn, outcome: str) -> bool:
    """Leave the state by the edge of `outcome`; false when the flow has come to its end."""
    state = turn.state
    taken = state.exit_for(outcome)
    if taken is None or (outcome == "hangup" and _needs_caller(turn, state.targets[taken])):
        return _unwind(turn, outcome)
    target = turn.program.follow(state.name, taken)
    _note(turn, outcome, target)
    _leave(turn)
    turn.visit.state = target
    return _count(turn, target)


def _needs_caller(turn: Turn, name: str) -> bool:
    state = turn.program.states[name]
    return state.type.line(state.options) == "needed"


def _unwind(turn: Turn, outcome: str) -> bool:
    """No exit here: try the state that ran this flow, else end the call."""
    _note(turn, outcome, "")
    _leave(turn)
    if len(turn.snapshot.visits) > 1:
        turn.pop()
        return _follow(turn, outcome if outcome in ENDINGS else "error")
    finish(turn, ENDINGS.get(outcome, "failed"))
    return False


def _come_back(turn: Turn) -> str | None:
    assert turn.returned is not None
    outcome, values = turn.returned
    turn.returned = None
    _note(turn, outcome, "")
    _leave(turn)
    if len(turn.snapshot.visits) == 1:
        finish(turn, outcome)
        return None
    turn.pop()
    save_as = getattr(turn.state.options, "save_as", None)
    try:
        if save_as:
            turn.set(save_as, coerce(values, turn.program.declarations[save_as]))
    except SpokenValueError:
        return "error"
    return outcome


def _leave(turn: Turn) -> None:
    visit = turn.visit
    if turn.snapshot.media:
        turn.stop_media()
    legs.leave_others(turn)
    visit.entered, visit.stage, visit.awaiting, visit.tries = False, "", "", 0
    visit.question, visit.remark = None, ""
    visit.deadlines.clear()


def _count(turn: Turn, target: str) -> bool:
    """Count the visit; one too many takes the flow's `error` exit, and then the line."""
    snapshot = turn.snapshot
    key = f"{turn.visit.flow}/{target}"
    snapshot.moves += 1
    visits = snapshot.visited[key] = snapshot.visited.get(key, 0) + 1
    if snapshot.overrun:
        if snapshot.moves <= limits.MAX_VISITS_OF_A_CALL + limits.OVERRUN_VISITS:
            return True
        finish(turn, "failed")
        return False
    most = turn.program.defaults.max_visits
    if visits <= most and snapshot.moves <= limits.MAX_VISITS_OF_A_CALL:
        return True
    snapshot.overrun = True
    snapshot.moves = limits.MAX_VISITS_OF_A_CALL
    return _follow(turn, "error")


def _likely_audio(turn: Turn) -> tuple[str, ...]:
    """Files of the state that waits, so that the service can fetch them while it connects."""
    state = turn.state
    names = (name for _, name in state.type.prompts(state.options))
    prompts = (turn.program.prompts.get(name) for name in names)
    return tuple(p.fixed.file for p in prompts if p is not None and p.fixed is not None)[:5]


def _note(turn: Turn, outcome: str, target: str) -> None:
    state, visit = turn.state, turn.visit
    entry = TraceEntry(visit.flow, state.name, state.label(outcome), target, visit.remark)
    turn.trace.append(entry)


def _note_fault(turn: Turn, fault: Exception) -> str:
    """Keep where a bug struck, and its type; never its text, which may hold a caller's data."""
    frame = traceback.extract_tb(fault.__traceback__)[-1]
    where = f"{type(fault).__name__} in {frame.name}, line {frame.lineno}"
    turn.trace.append(TraceEntry(turn.visit.flow, turn.visit.state, "fault", "", where))
    return "error"
