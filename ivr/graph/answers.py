"""What a 2xx of Graph's says at once of an effect, as events. Pure.

An operation that is `completed` or `failed` when it is answered will not be notified (FACTS.md
3.6), so its end is here; one that runs ends by notification. The status has said that the request
was accepted: a body that cannot be read takes nothing from that, unless the body is what was asked
for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ivr.core.effects import (
    AnyEffect,
    CheckCall,
    CreateMeeting,
    HoldParticipant,
    InviteParticipants,
    JoinMeeting,
    KeepAlive,
    ListParticipants,
    MuteParticipant,
    PlaceCall,
    PlayPrompts,
    RecordCaller,
    RemoveParticipant,
    ResumeParticipant,
    RouteAudio,
    SendTones,
    SetRecordingStatus,
    ShareScreen,
    UnmuteSelf,
)
from ivr.core.events import (
    AnyEvent,
    CallEnded,
    CallProgressed,
    EffectFailed,
    LegPlaced,
    MeetingCreated,
    OperationFinished,
    ParticipantsListed,
    on_leg,
)
from ivr.core.values import Meeting, kind_of
from ivr.errors import OutcomeUnknown
from ivr.graph.calls import OperationKind, call_events, operation_event, word
from ivr.graph.people import present
from ivr.graph.shapes import OnlineMeeting, Resource
from ivr.graph.wire import canonical_id, read_meeting, read_resource, read_roster

Events = tuple[AnyEvent, ...]

_FINAL = frozenset({"completed", "failed"})
_PLACED_AT = re.compile(r"/calls/([A-Za-z0-9][A-Za-z0-9._-]{0,127})/?\Z", re.ASCII)
_DONE_AT_ONCE = (ShareScreen, RemoveParticipant, RouteAudio)
"""Their answer has no operation: it is the end."""

_OPERATIONS: dict[type[AnyEffect], OperationKind] = {
    PlayPrompts: "prompt",
    RecordCaller: "recording",
    InviteParticipants: "invitation",
    MuteParticipant: "other",
    UnmuteSelf: "other",
    HoldParticipant: "other",
    ResumeParticipant: "other",
    SendTones: "other",
    SetRecordingStatus: "other",
}
"""Those whose end somebody waits for. That a subscription or a stop went well is no news: telling
it would cost the call a step."""


def told(effect: AnyEffect, body: bytes, headers: Mapping[str, str]) -> Events:
    """What a 2xx with this body says of `effect`.

    Raises `OutcomeUnknown` where an answer was asked for, or something was made, and the body does
    not tell of it.
    """
    match effect:
        case CheckCall():
            return state_of(body, effect.leg)
        case KeepAlive():
            return ()
        case PlaceCall() | JoinMeeting():
            return _placed(effect.id, body, headers)
        case CreateMeeting():
            return (MeetingCreated(effect.id, _meeting(body)),)
        case ListParticipants():
            return (_listed(effect.id, body),)
    return (
        (OperationFinished(effect.id),) if isinstance(effect, _DONE_AT_ONCE) else _end(effect, body)
    )


def state_of(body: bytes, leg: str = "") -> Events:
    """How far a call has come. Its arrival and its tones are told by notification only."""
    call = read_resource(body)
    if call is None or not call.state:
        raise OutcomeUnknown("Graph's answer about the call cannot be read.")
    return _progress(call, leg)


def _progress(call: Resource, leg: str) -> Events:
    found = (event for event in call_events(call) if isinstance(event, CallProgressed | CallEnded))
    return tuple(on_leg(event, leg) for event in found)


def _placed(leg: str, body: bytes, headers: Mapping[str, str]) -> Events:
    """The id of a leg is in the body, and once more in the address that it can be found at."""
    call = read_resource(body) or Resource()
    address = _PLACED_AT.search(headers.get("location", ""))
    line = canonical_id(call.id or "") or canonical_id(address[1] if address else "")
    if not line:
        raise OutcomeUnknown("Graph has placed a call and does not say which.")
    progress = _progress(call, leg) if call.state else ()
    return (LegPlaced(leg, line), *(progress or (CallProgressed("establishing", leg=leg),)))


def _meeting(body: bytes) -> Meeting:
    meeting = read_meeting(body)
    link = meeting.join_web_url if meeting else None
    if meeting is None or not link:
        raise OutcomeUnknown("Graph has made a meeting and does not say which.")
    numbered = meeting.join_meeting_id_settings
    return Meeting(
        link=link,
        number=(numbered.join_meeting_id if numbered else None) or "",
        passcode=(numbered.passcode if numbered else None) or "",
        organizer=_organizer(meeting),
        chat=(meeting.chat_info.thread_id if meeting.chat_info else None) or "",
    )


def _organizer(meeting: OnlineMeeting) -> str:
    organizer = meeting.participants.organizer if meeting.participants else None
    user = organizer.identity.user if organizer and organizer.identity else None
    return canonical_id((user.id if user else None) or "")


def _listed(effect: str, body: bytes) -> ParticipantsListed:
    people = read_roster(body)
    if people is None:
        raise OutcomeUnknown("Graph's list of participants cannot be read.")
    return ParticipantsListed(effect, present(people))


def _end(effect: AnyEffect, body: bytes) -> Events:
    operation = read_resource(body) if body else None
    if operation is None or word(operation.status) not in _FINAL:
        return ()
    kind = _OPERATIONS.get(type(effect))
    if kind is not None:
        return (operation_event(kind, effect.id, operation),)
    if word(operation.status) == "failed":
        return (EffectFailed(effect.id, kind_of(effect), leg=effect.leg),)
    return ()
