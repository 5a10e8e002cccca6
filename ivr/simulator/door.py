"""The in-process door: the engine's effects go to a phone, its signals come back as events.

It stands where the Graph adapter stands in service, and says what that adapter would say, in the
numbers of the service too. A refusal is an `EffectFailed`; the phone's end is a `CallEnded`.
Business systems are nobody's phone: `SendRequest` is left to whoever runs the call.
"""

from __future__ import annotations

from collections.abc import Sequence

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
    CheckCall,
    FetchRecording,
    HangUp,
    KeepAlive,
    ListenForTones,
    PlayPrompts,
    RecordCaller,
    RedirectCall,
    RejectCall,
    StopMedia,
    TransferCall,
)
from ivr.core.events import (
    AnyEvent,
    CallArrived,
    CallEnded,
    CallProgressed,
    EffectFailed,
    EndReason,
    Failure,
    OperationFinished,
    Progress,
    PromptFinished,
    RecordingFinished,
    RecordingStored,
    RosterChanged,
    StopReason,
    TonePressed,
)
from ivr.core.values import Audio, Millis, kind_of
from ivr.simulator.graph.results import ENDS, REFUSALS
from ivr.simulator.phone.model import Phone
from ivr.simulator.phone.rules import ClipPlan, Outcome, Piece
from ivr.simulator.phone.signals import (
    AudioChanged,
    Clip,
    DownReason,
    LineDown,
    OperationEnded,
    Refusal,
    Result,
    Signal,
    State,
    StateChanged,
    ToneHeard,
)
from ivr.simulator.phone.signals import RosterChanged as PresenceChanged

MS_PER_CHARACTER = 60
MS_BEFORE_SPEECH = 300
CLIP_PLACE = "sim:"
CLIP_URL = "https://simulator.invalid/recordings/"

PROGRESS: dict[State, Progress] = {
    "establishing": "establishing",
    "ringing": "ringing",
    "established": "established",
    "transferring": "transferring",
    "accepted": "accepted",
    "ending": "ending",
}
ENDED: dict[DownReason, EndReason] = {
    "caller_hung_up": "hung_up",
    "we_hung_up": "ended_by_us",
    "transferred": "transferred",
    "replaced": "transferred",
    "rejected": "rejected",
    "redirected": "hung_up",
    "not_answered": "failed",
    "keep_alive_missed": "failed",
    "no_answer": "not_reached",
    "busy": "not_reached",
    "declined": "not_reached",
    "failed": "not_reached",
}
FAILURES: dict[Outcome, Failure] = {
    "busy": "busy",
    "declined": "declined",
    "no_answer": "no_answer",
    "undecided": "no_answer",
    "failed": "failed",
}
OPERATION_FAILURES: dict[Result, Failure] = {
    "bad_audio": "not_started",
    "not_fetched": "not_started",
    "failed": "failed",
    "busy": "busy",
    "declined": "declined",
    "no_answer": "no_answer",
}
STOPPED_BY: dict[Result, StopReason] = {
    "end_key": "end_key",
    "silence": "silence",
    "max_length": "max_length",
    "nothing_said": "nothing_said",
    "hung_up": "hung_up",
}


def arrival(phone: Phone) -> CallArrived:
    """The event with which an incoming call begins."""
    return CallArrived(phone.call.caller, to=phone.call.to, tenant=phone.call.tenant)


def apply(phone: Phone, now: Millis, effect: AnyEffect) -> list[AnyEvent]:
    """Carry out one effect on the phone at `now`; what is known at once comes back."""
    if isinstance(effect, FetchRecording):
        return [_fetch(phone, effect)]
    refusal = _ask(phone, now, effect)
    if refusal:
        return [_refused(effect, refusal)]
    if isinstance(effect, CheckCall):
        return _where(phone)
    return []


def events(signals: Sequence[Signal]) -> list[AnyEvent]:
    """What the bot is told, in the engine's words and in the same order."""
    return [event for signal in signals if (event := _event(signal)) is not None]


def length_of(audio: Audio) -> Millis:
    """How long a prompt plays: its seconds where they are known, else by its letters."""
    if audio.seconds > 0:
        return round(audio.seconds * 1000)
    return MS_BEFORE_SPEECH + MS_PER_CHARACTER * len(audio.text)


def _refused(effect: AnyEffect, refusal: Refusal) -> AnyEvent:
    gone = refusal.kind == "gone"
    if gone and isinstance(effect, CheckCall):
        return CallEnded("failed", "404")
    failure: Failure = "not_started" if isinstance(effect, PlayPrompts | RecordCaller) else "failed"
    tag = kind_of(effect)
    code = REFUSALS[refusal.kind][1]
    return EffectFailed(effect.id, kind=tag, failure="gone" if gone else failure, code=code)


def _where(phone: Phone) -> list[AnyEvent]:
    progress = PROGRESS.get(phone.state)
    return [CallProgressed(progress, audio=phone.audio or None)] if progress else []


def _piece(audio: Audio) -> Piece:
    return Piece(audio.name, length_of(audio), audio.text)


def _ask(phone: Phone, now: Millis, effect: AnyEffect) -> Refusal | None:
    match effect:
        case AnswerCall():
            return phone.answer(now)
        case RejectCall():
            return phone.reject(now)
        case RedirectCall(to=to):
            return phone.redirect(now, to)
        case ListenForTones():
            return phone.subscribe(now)
        case PlayPrompts(id=context, audio=audio):
            return phone.play(now, context, [_piece(each) for each in audio])
        case StopMedia():
            return phone.cancel(now)
        case RecordCaller():
            return _record(phone, now, effect)
        case TransferCall(to=target, replaces=replaces):
            return phone.transfer(now, target, replaces)
        case KeepAlive():
            return phone.keep_alive(now)
        case HangUp():
            return phone.hang_up(now)
        case CheckCall():
            return phone.look(now)
    return None


def _record(phone: Phone, now: Millis, effect: RecordCaller) -> Refusal | None:
    plan = ClipPlan(
        max_length=effect.max_length,
        first_sound=effect.first_sound,
        stop_after_silence=effect.stop_after_silence,
        beep=effect.beep,
        stop_keys=effect.end_key,
    )
    return phone.record(now, effect.id, plan, [_piece(effect.audio)] if effect.audio else [])


def _fetch(phone: Phone, effect: FetchRecording) -> AnyEvent:
    for clip in phone.clips:
        if effect.location == CLIP_PLACE + clip.name:
            seconds = (clip.ended - clip.started) / 1000
            return RecordingStored(effect.id, f"{CLIP_URL}{clip.name}.wav", seconds)
    return EffectFailed(effect.id, kind="fetch_recording", code="not_found")


def _event(signal: Signal) -> AnyEvent | None:
    match signal:
        case StateChanged(state=state, failure=failure):
            told = FAILURES[failure] if failure else None
            return CallProgressed(PROGRESS[state], failure=told)
        case AudioChanged(active=active):
            return CallProgressed("established" if active else None, audio=active)
        case ToneHeard(key=key, sequence=sequence):
            return TonePressed(key, sequence)
        case OperationEnded():
            return _operation_ended(signal)
        case PresenceChanged(present=present):
            return RosterChanged(present)
        case LineDown(reason=reason):
            return CallEnded(ENDED[reason], code=_number(reason))
    return None


def _number(reason: DownReason) -> str:
    code, subcode, _ = ENDS.get(reason, ("", "", ""))
    return f"{code}/{subcode}".strip("/")


def _operation_ended(ended: OperationEnded) -> AnyEvent:
    failure = OPERATION_FAILURES.get(ended.result)
    if ended.kind == "play":
        return PromptFinished(ended.context, failure, cancelled=ended.result == "cancelled")
    if ended.kind == "record":
        return _recording_finished(ended, failure)
    return OperationFinished(ended.context, failure)


def _recording_finished(ended: OperationEnded, failure: Failure | None) -> RecordingFinished:
    place, token = _place(ended.clip)
    return RecordingFinished(
        ended.context,
        stopped_by=STOPPED_BY.get(ended.result, "unknown"),
        location=place,
        token=token,
        failure=failure,
        cancelled=ended.result == "cancelled",
    )


def _place(clip: Clip | None) -> tuple[str, str]:
    return (CLIP_PLACE + clip.name, "simulated") if clip else ("", "")
