"""`advance(program, snapshot, event, now) -> Step`: the whole engine, without a clock or a wire.

Two rules. First, everything that changes a call comes through here, and the same inputs
always give the same step. Second, nothing that a caller, a network or a flow can do raises
from here: what does not fit is a verdict, and a fault of ours takes the flow's `error` exit.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ivr.core import legs, limits, line, outgoing, participants
from ivr.core.effects import ListenForTones
from ivr.core.events import (
    AnyEvent,
    CallArrived,
    CallEnded,
    CallProgressed,
    CallWanted,
    EffectFailed,
    EndReason,
    Failure,
    HangUpAsked,
    HttpAnswered,
    HttpFailed,
    LegPlaced,
    MeetingCreated,
    OperationFinished,
    ParticipantsListed,
    PromptFinished,
    RecordingFinished,
    RecordingStored,
    RosterChanged,
    TimerFired,
    TonePressed,
    Unrecognised,
    UseCounted,
)
from ivr.core.moves import deliver, finish, unknown
from ivr.core.program import Program
from ivr.core.snapshot import Snapshot
from ivr.core.step import Step, Verdict
from ivr.core.turn import Turn
from ivr.core.values import Millis
from ivr.errors import SpokenValueError


def advance(program: Program, snapshot: Snapshot, event: AnyEvent, now: Millis) -> Step:
    """What `event` does to the call at `now`.

    `program` is the flow with which the call began; `snapshot` is left as it was. With a
    verdict other than `ok` nothing has changed, and there are no effects.
    """
    if snapshot.closed:
        return Step(snapshot, verdict="late")
    if not (snapshot.visits or isinstance(event, CallArrived | CallWanted)):
        return Step(snapshot, verdict="unhandled")
    turn = Turn(program, snapshot, now)
    verdict = _DOORS[type(event)](turn, event)
    if verdict != "ok":
        return Step(snapshot, verdict=verdict)
    return Step(turn.snapshot, tuple(turn.effects), verdict, tuple(turn.trace))


def abandon(program: Program, snapshot: Snapshot, event: AnyEvent, now: Millis) -> Step:
    """End a call that cannot go on, such as one whose flows are lost; `program` is any other."""
    if snapshot.done:
        return advance(program, snapshot, event, now)
    turn = Turn(program, snapshot, now)
    if isinstance(event, CallEnded):
        line.down(turn)
    finish(turn, "failed")
    return Step(turn.snapshot, tuple(turn.effects), "failed")


def begin(program: Program, call_id: str, now: Millis) -> Snapshot:
    """The snapshot of a call before its first event."""
    return Snapshot(call_id=call_id, bundle=program.bundle, started_at=now)


def _media_finished(turn: Turn, event: PromptFinished | RecordingFinished) -> Verdict:
    snapshot, visit = turn.snapshot, turn.visit
    if snapshot.done or event.effect not in {snapshot.media, visit.awaiting} - {""}:
        return "late"
    if event.effect == snapshot.media:
        if isinstance(event, RecordingFinished) and event.effect != visit.awaiting:
            # A prompt is not a recording, whatever the service calls it.
            event = PromptFinished(event.effect, event.failure, event.cancelled)
        turn.media_ended()
    deliver(turn, event)
    return "ok"


def _awaited(
    turn: Turn,
    event: HttpAnswered | HttpFailed | OperationFinished | MeetingCreated | UseCounted,
) -> Verdict:
    if turn.snapshot.done or not event.effect or event.effect != turn.visit.awaiting:
        return "stale"
    turn.visit.awaiting = ""
    deliver(turn, event)
    return "ok"


def _recording_settled(turn: Turn, event: RecordingStored | EffectFailed) -> Verdict:
    """The clip is safe with us, perhaps later than its state could wait, or it is lost."""
    snapshot = turn.snapshot
    if event.effect not in snapshot.unfetched:
        return "duplicate"
    if not snapshot.done and turn.visit.awaiting == event.effect:
        turn.visit.awaiting = ""
        deliver(turn, event)
    elif isinstance(event, RecordingStored):
        with suppress(SpokenValueError):
            turn.keep_clip(event)
    del snapshot.unfetched[event.effect]
    if not snapshot.unfetched:
        snapshot.deadlines.pop("fetch", None)
    return "ok"


def _timer_fired(turn: Turn, event: TimerFired) -> Verdict:
    """Let the earliest deadline that is due happen; the runtime asks again for the next."""
    own = {} if turn.snapshot.done else turn.visit.deadlines
    due = [(at, False, name) for name, at in turn.snapshot.deadlines.items() if at <= turn.now]
    due += [(at, True, name) for name, at in own.items() if at <= turn.now]
    if not due:
        return "stale"
    _, of_state, name = min(due)
    if not of_state:
        return line.call_timer(turn, name)
    del turn.visit.deadlines[name]
    if name == "media":
        # The end of the prompt was lost on the way; most likely the caller has heard it all.
        media = turn.snapshot.media
        turn.stop_media()
        deliver(turn, PromptFinished(media))
        return "ok"
    deliver(turn, TimerFired(name))
    return "ok"


def _effect_failed(turn: Turn, event: EffectFailed) -> Verdict:
    snapshot = turn.snapshot
    if event.kind == "fetch_recording":
        return _recording_settled(turn, event)
    if event.kind in {"place_call", "join_meeting"}:
        return _not_placed(turn, event)
    if event.failure == "gone" or event.kind == "hang_up":
        return _gone(turn, event)
    if snapshot.done:
        return "late"
    if event.failure == "unknown" or not event.effect:
        return _unknown(turn, event)
    if event.kind == "answer_call" and snapshot.phase == "answering":
        return line.ended(turn, CallEnded("failed", event.code))
    if event.kind == "listen_for_tones":
        return "late" if turn.gone else _listen_again(turn)
    if event.effect == snapshot.media:
        turn.media_ended()
        deliver(turn, PromptFinished(event.effect, "not_started"))
        return "ok"
    if event.effect != turn.visit.awaiting:
        return "unhandled"
    turn.visit.awaiting = ""
    deliver(turn, event)
    return "ok"


def _gone(turn: Turn, event: EffectFailed) -> Verdict:
    """The service has no such line any more."""
    found = turn.snapshot.legs.get(event.leg)
    if found is not None and found.unknown:
        # It was never known, so it could not be hung up; it may turn up yet.
        return "unhandled"
    return line.ended(turn, CallEnded("failed", event.code or "gone", event.leg))


def _not_placed(turn: Turn, event: EffectFailed) -> Verdict:
    """A leg could not be placed, or nobody knows whether it was."""
    snapshot, leg = turn.snapshot, event.effect
    found = snapshot.legs.get(leg)
    if found is None or found.state in {"up", "over"} or found.line:
        return "late"
    if event.failure == "unknown":
        if found.unknown:
            return "duplicate"
        legs.lost(turn, leg)
        if leg == snapshot.leg:
            outgoing.lost(turn)
        elif leg == turn.visit.awaiting:
            unknown(turn)
        return "ok"
    if leg == snapshot.leg:
        snapshot.end = f"failed {event.code}".strip()
        may_go_later = event.code == LIMIT_REACHED
        reason = "not_reached" if may_go_later else _REASONS.get(event.failure, "failed")
        outgoing.placing_ended(turn, reason)
        return "ok"
    legs.over(turn, leg)
    if not snapshot.done and leg == turn.visit.awaiting:
        deliver(turn, event)
    return "ok"


LIMIT_REACHED = "limit_reached"
"""The code of what is refused because too much of it goes on: later it may be allowed."""

_REASONS: dict[Failure, EndReason] = {
    "busy": "busy", "declined": "declined", "no_answer": "no_answer", "not_started": "not_reached",
}  # fmt: skip


def _unknown(turn: Turn, event: EffectFailed) -> Verdict:
    """It may have been carried out: ask how the call is, and let a notification or a deadline tell.

    It is never wanted again: the same prompt, transfer or recording twice is worse than none.
    """
    if turn.gone or not event.effect:
        return "unhandled"
    if event.effect == turn.snapshot.media or event.kind == "answer_call":
        turn.snapshot.deadlines.setdefault("look", turn.now + limits.LOOK_AFTER)
        return "ok"
    if event.effect != turn.visit.awaiting:
        return "unhandled"
    unknown(turn)
    return "ok"


def _listen_again(turn: Turn) -> Verdict:
    """Subscribe once more; without tones the silence of a menu leads to its `give_up`."""
    if "listen" in turn.snapshot.visited:
        return "unhandled"
    turn.snapshot.visited["listen"] = 1
    turn.emit(ListenForTones)
    return "ok"


def _hang_up_asked(turn: Turn, event: HangUpAsked) -> Verdict:
    if turn.snapshot.done:
        return "late"
    turn.stop_media()
    finish(turn, "hung_up_by_operator")
    return "ok"


def _no_effect(turn: Turn, event: Unrecognised) -> Verdict:
    return "unhandled"


_DOORS: dict[type, Callable[[Turn, Any], Verdict]] = {
    CallArrived: line.arrived,
    CallWanted: outgoing.wanted,
    LegPlaced: line.placed,
    CallProgressed: line.progressed,
    CallEnded: line.ended,
    TonePressed: line.pressed,
    PromptFinished: _media_finished,
    RecordingFinished: _media_finished,
    RecordingStored: _recording_settled,
    HttpAnswered: _awaited,
    HttpFailed: _awaited,
    OperationFinished: _awaited,
    MeetingCreated: _awaited,
    UseCounted: _awaited,
    TimerFired: _timer_fired,
    EffectFailed: _effect_failed,
    HangUpAsked: _hang_up_asked,
    RosterChanged: participants.changed,
    ParticipantsListed: participants.listed,
    Unrecognised: _no_effect,
}
