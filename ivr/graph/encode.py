"""From an effect to the HTTP request that carries it out: the only writer of Graph's commands.

Pure. Bodies are written member by member, as the pages of the actions have them (FACTS.md 5 and
Appendix A), and no member is sent that the v1.0 action does not declare. `clientContext` is the
effect's id, so the end of an operation leads back to its effect; `answer`, `reject`, `redirect`,
`transfer` and whatever makes or removes something know no such member.
"""

from __future__ import annotations

import msgspec

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
    CheckCall,
    CreateMeeting,
    HangUp,
    JoinMeeting,
    KeepAlive,
    ListenForTones,
    PlaceCall,
    PlayPrompts,
    RecordCaller,
    RedirectCall,
    RejectCall,
    SendTones,
    SetRecordingStatus,
    ShareScreen,
    StopMedia,
    TransferCall,
)
from ivr.core.values import Millis
from ivr.errors import Refused
from ivr.graph.group import group_request
from ivr.graph.placing import call_to, meeting_of, place_in
from ivr.graph.request import (
    TYPE,
    Json,
    Request,
    Subject,
    hosted_media,
    invitation,
    prompt,
    segment,
)
from ivr.ports import Line

CALLS = "/communications/calls"
RECORD_SECONDS = (1, 120)
RING_SECONDS = (15, 90)
"""What Graph takes for the three times of a recording and for ringing; FACTS.md 5.8 and 5.4."""

_TONES = {str(digit): f"tone{digit}" for digit in range(10)} | {"*": "star", "#": "pound"}
_TONES |= {letter: letter.lower() for letter in "ABCD"}
_MAKING = (PlaceCall, JoinMeeting, CreateMeeting)
_SUBJECTS: dict[str, Subject] = {
    "playPrompt": "media",
    "recordResponse": "media",
    "subscribeToTone": "media",
    "transfer": "transfer",
}


def encode(effect: AnyEffect, line: Line, now: float) -> Request:
    """The request for one effect on one call; `now`, in seconds since 1970, is for new meetings.

    `line.sounds` is the effect's audio: what is played, the one prompt before a recording, hold
    music, or what is worth fetching before the answer. Raises `Refused` for an effect that is not
    Graph's, for ids that cannot be part of an address, and for what Graph could not carry out.
    """
    if isinstance(effect, _MAKING):
        return _making(effect, line, now)
    path = f"{CALLS}/{segment(line.call_id, 'call')}"
    match effect:
        case CheckCall():
            return Request("GET", path)
        case HangUp():
            return Request("DELETE", path)
        case KeepAlive():
            return Request("POST", f"{path}/keepAlive")
    action = _action(effect, line)
    if action is None:
        return group_request(effect, line, path)
    body, subject = msgspec.json.encode(action[1]), _SUBJECTS.get(action[0], "action")
    return Request("POST", f"{path}/{action[0]}", body, subject)


def _making(effect: PlaceCall | JoinMeeting | CreateMeeting, line: Line, now: float) -> Request:
    match effect:
        case PlaceCall():
            path, body = CALLS, call_to(effect, line)
        case JoinMeeting():
            path, body = CALLS, place_in(effect, line)
        case CreateMeeting():
            path = f"/users/{segment(effect.organizer, 'organizer')}/onlineMeetings"
            body = meeting_of(effect, now)
    return Request("POST", path, msgspec.json.encode(body), "new")


def _action(effect: AnyEffect, line: Line) -> tuple[str, Json] | None:
    match effect:
        case PlayPrompts():
            return "playPrompt", {
                "clientContext": effect.id,
                "prompts": [prompt(sound) for sound in line.sounds],
            }
        case StopMedia():
            return "cancelMediaProcessing", {"clientContext": effect.id}
        case AnswerCall():
            return "answer", _answer(line)
        case ListenForTones():
            return "subscribeToTone", {"clientContext": effect.id}
        case RecordCaller():
            return "recordResponse", _record(effect, line)
        case TransferCall():
            return "transfer", _transfer(effect, line)
        case RejectCall():
            return "reject", {"reason": effect.reason}
        case RedirectCall():
            return "redirect", _redirect(effect, line)
        case SendTones():
            return "sendDtmfTones", _tones(effect)
        case SetRecordingStatus():
            status = "recording" if effect.recording else "notRecording"
            return "updateRecordingStatus", {"clientContext": effect.id, "status": status}
        case ShareScreen():
            return "changeScreenSharingRole", {"role": effect.role}
    return None


def _answer(line: Line) -> Json:
    return {
        "callbackUri": line.callback,
        "acceptedModalities": ["audio"],
        "mediaConfig": hosted_media(*line.sounds),
    }


def _redirect(effect: RedirectCall, line: Line) -> Json:
    return {
        "targets": [invitation(target) for target in effect.to],
        "timeout": _seconds(effect.ring_for, RING_SECONDS),
        "callbackUri": line.callback,
    }


def _record(effect: RecordCaller, line: Line) -> Json:
    """Barge-in stays off: it would cut into the prompt before, not let the caller do so."""
    return {
        "clientContext": effect.id,
        "prompts": [prompt(sound) for sound in line.sounds[:1]],
        "bargeInAllowed": False,
        "initialSilenceTimeoutInSeconds": _seconds(effect.first_sound, RECORD_SECONDS),
        "maxSilenceTimeoutInSeconds": _seconds(effect.stop_after_silence, RECORD_SECONDS),
        "maxRecordDurationInSeconds": _seconds(effect.max_length, RECORD_SECONDS),
        "playBeep": effect.beep,
        "stopTones": list(effect.end_key),
    }


def _transfer(effect: TransferCall, line: Line) -> Json:
    """Consultative when it takes the place of a leg of ours: never blind because that is unknown.

    In a group call Graph wants to know who is handed on. It is told by the participant's id; an
    identity is required as well, and an empty one says nothing wrong.
    """
    target = invitation(effect.to)
    if effect.replaces:
        target["replacesCallId"] = segment(line.replaces, "leg that is replaced")
    body: Json = {"transferTarget": target}
    if effect.transferee:
        body["transferee"] = {
            TYPE: "#microsoft.graph.participantInfo",
            "identity": {TYPE: "#microsoft.graph.identitySet"},
            "participantId": segment(effect.transferee, "participant"),
        }
    return body


def _tones(effect: SendTones) -> Json:
    keys = effect.keys.upper()
    if not keys or not set(keys) <= _TONES.keys():
        raise Refused("Keys to be pressed are 0 to 9, *, # and A to D: others cannot be sent.")
    return {
        "clientContext": effect.id,
        "tones": [_TONES[key] for key in keys],
        "delayBetweenTonesMs": max(effect.gap, 0),
    }


def _seconds(length: Millis, allowed: tuple[int, int]) -> int:
    """Whole seconds, rounded up and brought into what Graph allows."""
    least, most = allowed
    return min(max(-(-length // 1000), least), most)
