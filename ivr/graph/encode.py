"""From an effect to the HTTP request that carries it out: the only writer of Graph's commands.

Pure. Bodies are written member by member, as the pages of the actions have them (FACTS.md 5 and
Appendix A), and no member is sent that the v1.0 action does not declare. `clientContext` is the
effect's id, so the end of an operation leads back to its effect; `answer`, `reject`, `redirect`
and `transfer` know no such member.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

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
    SendRequest,
    StopMedia,
    TransferCall,
)
from ivr.core.values import Millis, Target, TargetKind
from ivr.errors import Refused
from ivr.graph.wire import canonical_id
from ivr.ports import Line, Sound

RECORD_SECONDS = (1, 120)
RING_SECONDS = (15, 90)
"""What Graph takes for the three times of a recording and for ringing; FACTS.md 5.8 and 5.4."""

_TYPE = "@odata.type"
_IDENTITY_KEYS: dict[TargetKind, str] = {
    "user": "user",
    "app": "application",
    "instance": "applicationInstance",
    "phone": "phone",
}
_Json = dict[str, object]


class Request(Struct, frozen=True):
    """One HTTP request to Graph; `path` is relative to the API root."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"Request({self.method} {self.path})"


def encode(effect: AnyEffect, line: Line) -> Request:
    """The request for one effect on one call.

    `line.sounds` is the effect's audio: what is played, the one prompt before a recording, or what
    is worth fetching before the answer. Raises `Refused` for an effect that is not Graph's and for
    a call id that cannot be part of an address.
    """
    call_id = canonical_id(line.call_id)
    if not call_id:
        raise Refused("The call has no id that Graph could know: it cannot be acted upon.")
    path = f"/communications/calls/{call_id}"
    match effect:
        case CheckCall():
            return Request("GET", path)
        case HangUp():
            return Request("DELETE", path)
        case KeepAlive():
            return Request("POST", f"{path}/keepAlive")
    action, body = _action(effect, line)
    return Request("POST", f"{path}/{action}", msgspec.json.encode(body))


def _action(effect: AnyEffect, line: Line) -> tuple[str, _Json]:
    match effect:
        case AnswerCall():
            return "answer", _answer(line)
        case RejectCall():
            return "reject", {"reason": effect.reason}
        case RedirectCall():
            return "redirect", _redirect(effect, line)
        case ListenForTones():
            return "subscribeToTone", {"clientContext": effect.id}
        case PlayPrompts():
            return "playPrompt", {
                "clientContext": effect.id,
                "prompts": [_prompt(sound) for sound in line.sounds],
            }
        case StopMedia():
            return "cancelMediaProcessing", {"clientContext": effect.id}
        case RecordCaller():
            return "recordResponse", _record(effect, line)
        case TransferCall():
            return "transfer", _transfer(effect)
        case FetchRecording() | SendRequest() | CheckCall() | HangUp() | KeepAlive():
            raise Refused("This effect is none of Graph's actions: it belongs to another adapter.")


def _answer(line: Line) -> _Json:
    media: _Json = {_TYPE: "#microsoft.graph.serviceHostedMediaConfig"}
    if line.sounds:
        media["preFetchMedia"] = [_media(sound) for sound in line.sounds]
    return {
        "callbackUri": line.callback,
        "acceptedModalities": ["audio"],
        "mediaConfig": media,
    }


def _redirect(effect: RedirectCall, line: Line) -> _Json:
    return {
        "targets": [_invitation(target) for target in effect.to],
        "timeout": _seconds(effect.ring_for, RING_SECONDS),
        "callbackUri": line.callback,
    }


def _record(effect: RecordCaller, line: Line) -> _Json:
    """Barge-in stays off: it would cut into the prompt before, not let the caller do so."""
    return {
        "clientContext": effect.id,
        "prompts": [_prompt(sound) for sound in line.sounds[:1]],
        "bargeInAllowed": False,
        "initialSilenceTimeoutInSeconds": _seconds(effect.first_sound, RECORD_SECONDS),
        "maxSilenceTimeoutInSeconds": _seconds(effect.stop_after_silence, RECORD_SECONDS),
        "maxRecordDurationInSeconds": _seconds(effect.max_length, RECORD_SECONDS),
        "playBeep": effect.beep,
        "stopTones": list(effect.end_key),
    }


def _transfer(effect: TransferCall) -> _Json:
    target = _invitation(effect.to)
    if effect.replaces:
        target["replacesCallId"] = canonical_id(effect.replaces)
    return {"transferTarget": target}


def _invitation(target: Target) -> _Json:
    who: _Json = {_TYPE: "#microsoft.graph.identity", "id": target.id}
    if target.tenant:
        who["tenantId"] = target.tenant
    identity: _Json = {_TYPE: "#microsoft.graph.identitySet", _IDENTITY_KEYS[target.kind]: who}
    return {_TYPE: "#microsoft.graph.invitationParticipantInfo", "identity": identity}


def _prompt(sound: Sound) -> _Json:
    media = {_TYPE: "#microsoft.graph.mediaInfo", **_media(sound)}
    return {_TYPE: "#microsoft.graph.mediaPrompt", "mediaInfo": media}


def _media(sound: Sound) -> _Json:
    """Without a `resourceId` the file is not cached: right for audio that is made for one call."""
    return {"uri": sound.uri, **({"resourceId": sound.resource_id} if sound.resource_id else {})}


def _seconds(length: Millis, allowed: tuple[int, int]) -> int:
    """Whole seconds, rounded up and brought into what Graph allows."""
    least, most = allowed
    return min(max(-(-length // 1000), least), most)
