"""The in-process door: the engine's effects go to a phone.

It stands where the Graph adapter stands in service, and says what that adapter would say, in the
numbers of the service too. A refusal is an `EffectFailed`. What the phone tells later is read by
`ivr.simulator.reports`; new legs are placed by `ivr.simulator.lines`. Business systems are nobody's
phone: `SendRequest` is left to whoever runs the call.
"""

from __future__ import annotations

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
    CheckCall,
    FetchRecording,
    HangUp,
    HoldParticipant,
    InviteParticipants,
    KeepAlive,
    ListenForTones,
    ListParticipants,
    MuteParticipant,
    PlayPrompts,
    RecordCaller,
    RedirectCall,
    RejectCall,
    RemoveParticipant,
    ResumeParticipant,
    RouteAudio,
    SendTones,
    SetRecordingStatus,
    ShareScreen,
    StopMedia,
    TransferCall,
    UnmuteSelf,
)
from ivr.core.events import (
    AnyEvent,
    CallArrived,
    CallEnded,
    CallProgressed,
    EffectFailed,
    Failure,
    OperationFinished,
    ParticipantsListed,
    RecordingStored,
)
from ivr.core.values import Audio, Millis, kind_of
from ivr.simulator.graph.results import NO_HOSTED_MEDIA, REFUSALS
from ivr.simulator.phone.far_end import Other
from ivr.simulator.phone.model import Phone
from ivr.simulator.phone.rules import ClipPlan, Piece
from ivr.simulator.phone.signals import Refusal
from ivr.simulator.reports import CLIP_PLACE, PROGRESS

MS_PER_CHARACTER = 60
MS_BEFORE_SPEECH = 300
CLIP_URL = "https://simulator.invalid/recordings/"

_DONE_AT_ONCE: frozenset[type[AnyEffect]] = frozenset(
    {
        MuteParticipant,
        UnmuteSelf,
        RemoveParticipant,
        ResumeParticipant,
        RouteAudio,
        SetRecordingStatus,
    }
)


def arrival(phone: Phone) -> CallArrived:
    """The event with which an incoming call begins."""
    return CallArrived(phone.call.caller, to=phone.call.to, tenant=phone.call.tenant)


def apply(
    phone: Phone, now: Millis, effect: AnyEffect, other: Other | None = None
) -> list[AnyEvent]:
    """Carry out one effect on the phone at `now`; what is known at once comes back.

    `other` is the phone of another leg, whose place a transfer or an invitation takes.
    """
    if isinstance(effect, FetchRecording):
        return [_fetch(phone, effect)]
    if isinstance(effect, ShareScreen):
        return [failed(effect, NO_HOSTED_MEDIA[1])]
    refusal = _ask(phone, now, effect, other)
    if refusal:
        return [_refused(effect, refusal)]
    kind = type(effect)
    if kind is CheckCall:
        return _where(phone)
    if kind is ListParticipants:
        return [ParticipantsListed(effect.id, phone.conference.people.all())]
    return [OperationFinished(effect.id)] if kind in _DONE_AT_ONCE else []


def failed(effect: AnyEffect, code: str, failure: Failure = "failed") -> EffectFailed:
    """The service has refused an effect; `code` is its own number."""
    return EffectFailed(effect.id, kind_of(effect), failure, code, effect.leg)


def length_of(audio: Audio) -> Millis:
    """How long a prompt plays: its seconds where they are known, else by its letters."""
    if audio.seconds > 0:
        return round(audio.seconds * 1000)
    return MS_BEFORE_SPEECH + MS_PER_CHARACTER * len(audio.text)


def _refused(effect: AnyEffect, refusal: Refusal) -> AnyEvent:
    code = REFUSALS[refusal.kind][1]
    if refusal.kind == "gone":
        if isinstance(effect, CheckCall):
            return CallEnded("failed", "404", effect.leg)
        return failed(effect, code, "gone")
    media = isinstance(effect, PlayPrompts | RecordCaller)
    return failed(effect, code, "not_started" if media else "failed")


def _where(phone: Phone) -> list[AnyEvent]:
    progress = PROGRESS.get(phone.state)
    return [CallProgressed(progress, audio=phone.audio or None)] if progress else []


def _piece(audio: Audio) -> Piece:
    return Piece(audio.name, length_of(audio), audio.text)


def _ask(phone: Phone, now: Millis, effect: AnyEffect, other: Other | None) -> Refusal | None:
    match effect:
        case PlayPrompts(id=context, audio=audio):
            return phone.play(now, context, [_piece(each) for each in audio])
        case StopMedia():
            return phone.cancel(now)
        case AnswerCall():
            return phone.answer(now)
        case ListenForTones():
            return phone.subscribe(now)
        case HangUp():
            return phone.hang_up(now)
        case KeepAlive():
            return phone.keep_alive(now)
        case CheckCall():
            return phone.look(now)
        case RecordCaller():
            return _record(phone, now, effect)
        case SendTones(id=context, keys=keys, gap=gap):
            return phone.send_tones(now, context, keys, gap)
        case RejectCall():
            return phone.reject(now)
        case RedirectCall(to=to):
            return phone.redirect(now, to)
        case TransferCall():
            return phone.transfer(now, effect.to, effect.replaces, other, effect.transferee)
    return _ask_of_people(phone, now, effect, other)


def _ask_of_people(
    phone: Phone, now: Millis, effect: AnyEffect, other: Other | None
) -> Refusal | None:
    conference = phone.conference
    match effect:
        case ListParticipants():
            return phone.look(now)
        case InviteParticipants(id=context, to=to):
            return phone.invite(now, context, to, other)
        case MuteParticipant(participant=person):
            return conference.mute(now, person)
        case UnmuteSelf():
            return conference.mute(now, muted=False)
        case HoldParticipant(id=context, participant=person):
            return conference.hold(now, context, person)
        case ResumeParticipant(participant=person):
            return conference.resume(now, person)
        case RemoveParticipant(participant=person):
            return conference.remove(now, person)
        case SetRecordingStatus(recording=recording):
            return conference.announce(now, recording=recording)
        case RouteAudio(id=name, sources=sources, receivers=receivers):
            return conference.route(now, name, (sources, receivers))
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
    return failed(effect, "not_found")
