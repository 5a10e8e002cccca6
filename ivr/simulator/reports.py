"""What a phone tells, in the engine's words: signals come in, events go out.

The numbers of the service lie between the two, and the tables that make events of numbers are
those of the Graph adapter: so the engine hears in one process what it hears over the wire.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ivr.core.events import (
    AnyEvent,
    CallEnded,
    CallProgressed,
    Failure,
    OperationFinished,
    Progress,
    PromptFinished,
    RecordingFinished,
    RosterChanged,
    StopReason,
    TonePressed,
)
from ivr.graph.meanings import CANCELLED
from ivr.graph.results import end_reason, meaning, operation_failure, transfer_failure
from ivr.simulator.graph.results import COMPLETED, ENDS, OPERATIONS, transfer_numbers
from ivr.simulator.phone.rules import Outcome
from ivr.simulator.phone.signals import (
    AudioChanged,
    Clip,
    DownReason,
    LineDown,
    OperationEnded,
    Result,
    Signal,
    State,
    StateChanged,
    ToneHeard,
)
from ivr.simulator.phone.signals import RosterChanged as PresenceChanged

CLIP_PLACE = "sim:"
_CLIP_TOKEN = "simulated"  # noqa: S105 - fetches nothing

PROGRESS: dict[State, Progress] = {
    "establishing": "establishing",
    "ringing": "ringing",
    "established": "established",
    "transferring": "transferring",
    "accepted": "accepted",
    "ending": "ending",
}
ENDED: dict[DownReason, CallEnded] = {
    reason: CallEnded(end_reason(code, subcode), f"{code}/{subcode}")
    for reason, (code, subcode, _) in ENDS.items()
} | {"rejected": CallEnded("rejected"), "redirected": CallEnded("hung_up")}
_OUTCOMES: tuple[Outcome, ...] = ("no_answer", "busy", "declined", "failed", "undecided")
_TRANSFERS: dict[Outcome, Failure | None] = {
    outcome: transfer_failure(*transfer_numbers(outcome)) for outcome in _OUTCOMES
}


class _End(NamedTuple):
    """How an operation ended, as the adapter would read it."""

    failure: Failure | None
    cancelled: bool
    stopped_by: StopReason


def _end(result: Result, code: int, subcode: int) -> _End:
    status = "completed" if result in COMPLETED else "failed"
    cancelled = subcode == CANCELLED
    failure = None if cancelled else operation_failure(status, code, subcode)
    return _End(failure, cancelled, meaning(subcode).stop or "unknown")


_ENDS: dict[Result, _End] = {
    result: _end(result, code, subcode) for result, (code, subcode, _) in OPERATIONS.items()
}


def events(signals: Sequence[Signal]) -> list[AnyEvent]:
    """What the bot is told, in the engine's words and in the same order."""
    return [_event(signal) for signal in signals]


def _event(signal: Signal) -> AnyEvent:
    match signal:
        case StateChanged(state=state, failure=failure):
            return CallProgressed(PROGRESS[state], failure=_TRANSFERS[failure] if failure else None)
        case AudioChanged(active=active):
            return CallProgressed("established" if active else None, audio=active)
        case ToneHeard(key=key, sequence=sequence):
            return TonePressed(key, sequence)
        case OperationEnded():
            return _operation_ended(signal)
        case PresenceChanged(at=at, present=present):
            return RosterChanged(present, sequence=at)
        case LineDown(reason=reason):
            return ENDED[reason]
    raise AssertionError(f"A phone tells nothing of the kind {type(signal).__name__}.")


def _operation_ended(ended: OperationEnded) -> AnyEvent:
    end = _ENDS[ended.result]
    if ended.kind == "play":
        return PromptFinished(ended.context, end.failure, cancelled=end.cancelled)
    if ended.kind == "record":
        return _recording_finished(ended.context, ended.clip, end)
    return OperationFinished(ended.context, "failed" if end.cancelled else end.failure)


def _recording_finished(context: str, clip: Clip | None, end: _End) -> RecordingFinished:
    if clip:
        return RecordingFinished(context, end.stopped_by, CLIP_PLACE + clip.name, _CLIP_TOKEN)
    if end.stopped_by == "nothing_said":
        return RecordingFinished(context, end.stopped_by)
    failure = None if end.cancelled else end.failure or "failed"
    return RecordingFinished(context, end.stopped_by, failure=failure, cancelled=end.cancelled)
