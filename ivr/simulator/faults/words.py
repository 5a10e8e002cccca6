"""What engine events and effects are in the words of faults.

With these, faults that are planned for notifications and requests can be laid on events and
effects too, where no wire lies between the engine and the simulated phone.
"""

from __future__ import annotations

from ivr.core.effects import AnyEffect
from ivr.core.events import (
    AnyEvent,
    CallArrived,
    CallEnded,
    CallProgressed,
    OperationFinished,
    Progress,
    PromptFinished,
    RecordingFinished,
    RosterChanged,
    TonePressed,
)
from ivr.core.values import kind_of

_STATES: dict[Progress, str] = {
    "establishing": "establishing",
    "ringing": "ringing",
    "established": "established",
    "transferring": "transferring",
    "accepted": "transferAccepted",
    "ending": "terminating",
}
_REQUESTS = {
    "answer_call": "answer",
    "reject_call": "reject",
    "redirect_call": "redirect",
    "listen_for_tones": "subscribeToTone",
    "play_prompts": "playPrompt",
    "stop_media": "cancelMediaProcessing",
    "record_caller": "recordResponse",
    "fetch_recording": "recording",
    "transfer_call": "transfer",
    "place_call": "create",
    "join_meeting": "create",
    "create_meeting": "onlineMeetings",
    "invite_participants": "invite",
    "list_participants": "participants",
    "remove_participant": "removeParticipant",
    "mute_participant": "mute",
    "unmute_self": "unmute",
    "hold_participant": "startHoldMusic",
    "resume_participant": "stopHoldMusic",
    "send_tones": "sendDtmfTones",
    "share_screen": "changeScreenSharingRole",
    "set_recording_status": "updateRecordingStatus",
    "route_audio": "audioRoutingGroups",
    "keep_alive": "keepAlive",
    "check_call": "get",
    "hang_up": "delete",
}
_NAMED: dict[type[AnyEvent], tuple[str, ...]] = {
    CallArrived: ("incoming",),
    TonePressed: ("tone",),
    PromptFinished: ("operation", "playPrompt"),
    RecordingFinished: ("operation", "record"),
    OperationFinished: ("operation",),
    RosterChanged: ("roster",),
    CallEnded: ("ended",),
}


def words_of(event: AnyEvent) -> frozenset[str]:
    """What the notification is about that tells of an event; nothing for what none tells."""
    if isinstance(event, CallProgressed):
        return frozenset(_of_progress(event))
    return frozenset(_NAMED.get(type(event), ()))


def request_of(effect: AnyEffect) -> str:
    """The request that carries an effect out, "" for one that is not the service's."""
    return _REQUESTS.get(kind_of(effect), "")


def _of_progress(event: CallProgressed) -> tuple[str, ...]:
    if event.audio is not None:
        return ("audio",)
    if event.failure:
        return ("state", "transferFailed")
    return ("state", _STATES[event.progress]) if event.progress else ("state",)
