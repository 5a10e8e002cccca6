"""What Graph posts to a bot: a notification for every signal of a phone, and its envelope.

Members follow the published notifications of each page: the end of a prompt has no `id`, a call
that was rejected ends without a state, a failed transfer has `subCode`, and the addresses of hold
music have no first slash.
"""

from __future__ import annotations

from ivr.simulator.graph.leg import CALL, Leg, Notice, WireOperation
from ivr.simulator.graph.merging import merge
from ivr.simulator.graph.results import (
    COMPLETED,
    STATES,
    Body,
    end_result,
    operation_result,
    transfer_result,
)
from ivr.simulator.graph.roster import gone_body, person_body
from ivr.simulator.phone.signals import (
    AudioChanged,
    LineDown,
    OperationEnded,
    RosterChanged,
    Signal,
    StateChanged,
    ToneHeard,
)

TONES = {"*": "star", "#": "pound", "A": "a", "B": "b", "C": "c", "D": "d"}
LAST = "ended"
WITHOUT_ID = frozenset({"playPrompt", "startHoldMusic"})


def incoming(leg: Leg) -> Notice:
    """The notification with which an incoming call begins (call-answer page)."""
    resource = {
        "@odata.type": CALL,
        "id": leg.id,
        "state": "incoming",
        "direction": "incoming",
        "tenantId": leg.tenant,
        "callChainId": leg.chain,
        "myParticipantId": leg.me,
        **leg.shown,
    }
    return _notice("incoming", "created", resource)


def legacy(leg: Leg) -> Body:
    """The same in the form of before Graph; a bot asks for Graph's by answering 204."""
    return {
        "id": leg.id,
        "participants": [leg.shown.get("source")],
        "isMultiparty": False,
        "presentedModalityTypes": ["audio"],
        "callState": "incoming",
        "tenantId": leg.tenant,
    }


def notices(leg: Leg, signal: Signal, silence_code: int) -> list[Notice]:
    """The notifications of one signal, in order."""
    match signal:
        case StateChanged():
            return _state(leg, signal)
        case AudioChanged(active=active):
            media = {
                "@odata.type": "#microsoft.graph.callMediaState",
                "audio": "active" if active else "inactive",
            }
            state: Body = {"state": "established"} if active else {}
            return [_notice("audio", "updated", _call({**state, "mediaState": media}))]
        case ToneHeard(key=key, sequence=sequence):
            tone = {
                "@odata.type": "#microsoft.graph.toneInfo",
                "sequenceId": sequence,
                "tone": TONES.get(key, f"tone{key}"),
            }
            return [_notice("tone", "updated", _call({"state": "established", "toneInfo": tone}))]
        case OperationEnded():
            return _operation(leg, signal, silence_code)
        case RosterChanged():
            return [_notice("roster", "updated", _roster(leg, signal), path="/participants")]
        case LineDown():
            return [_notice(LAST, "deleted", _end(leg, signal))]
    return []


def _notice(kind: str, change: str, resource: object, *words: str, path: str = "") -> Notice:
    return Notice(kind, change, resource, path, frozenset((kind, *words)))


def _roster(leg: Leg, changed: RosterChanged) -> object:
    """Everybody, or only what has changed where the bot has asked for that."""
    people = leg.phone.conference.people
    if not leg.delta:
        return [person_body(people, one) for one in changed.present]
    leg.rosters += 1
    news = [person_body(people, one) for one in changed.changed]
    return {
        "@odata.type": "#microsoft.graph.deltaParticipants",
        "sequenceNumber": leg.rosters,
        "participants": [*news, *map(gone_body, changed.left)],
    }


def _finished(operation: WireOperation) -> list[Notice]:
    resource = operation.body()
    path = f"/operations/{operation.id}"
    if operation.name in WITHOUT_ID:
        del resource["id"]
    return [_notice("operation", "deleted", resource, operation.name, path=path)]


def _call(members: Body) -> Body:
    return {"@odata.type": CALL, **members}


def _state(leg: Leg, changed: StateChanged) -> list[Notice]:
    members: Body = {"state": STATES[changed.state]}
    if changed.failure:
        consultative = bool(leg.phone.handovers and leg.phone.handovers[-1].replaces)
        members["resultInfo"] = transfer_result(changed.failure, consultative=consultative)
    for key in ("chatInfo", "meetingInfo"):
        if leg.shown.get(key):
            members[key] = leg.shown[key]
    about = "transferFailed" if changed.failure else STATES[changed.state]
    return [_notice("state", "updated", _call(members), about)]


def _operation(leg: Leg, ended: OperationEnded, silence_code: int) -> list[Notice]:
    operation = leg.operations.get(ended.context)
    if operation is None:
        return []
    if operation.name == "sendDtmfTones":
        done = ended.result == "completed"
        reason = "completedSuccessfully" if done else "mediaOperationCanceled"
        operation.extra["completionReason"] = reason
        operation.status = "completed"
    else:
        operation.status = "completed" if ended.result in COMPLETED else "failed"
    if operation.name == "record":
        empty = {"recordingLocation": "", "recordingAccessToken": ""}
        operation.extra = {**empty, **operation.extra}
    operation.result = operation_result(ended.result, silence_code)
    return _finished(operation)


def _end(leg: Leg, ended: LineDown) -> Body:
    if ended.reason == "rejected":
        return _call({})
    if ended.reason == "redirected":
        return {key: each for key, each in leg.body().items() if each is not None}
    handed = leg.phone.handovers[-1:]
    if ended.reason == "transferred" and handed and handed[0].replaces:
        return _call({"state": "terminated", "terminationReason": "AppTransferred"})
    call = leg.phone.call
    by_phone = call.to.startswith("phone:") if call.outgoing else call.caller.kind == "phone"
    result = end_result(ended.reason, by_phone=by_phone)
    return _call({"state": "terminated", "resultInfo": result})


def patched(notice: Notice) -> object:
    """The resource, changed as its fault says."""
    fault = notice.fault
    if fault and fault.body == "empty_roster" and isinstance(notice.resource, list):
        return []
    if fault and fault.patch and isinstance(notice.resource, dict):
        return merge(notice.resource, fault.patch)
    return notice.resource


def envelope(leg: Leg, notice: Notice) -> Body:
    """The body of one post (FACTS 6.1), before any oddity of spelling."""
    address = f"/communications/calls/{leg.id}{notice.path}"
    if "startHoldMusic" in notice.words:
        address = address.removeprefix("/")
    resource = patched(notice)
    if isinstance(resource, dict):
        resource = {**resource, "@odata.id": address, "@odata.etag": 'W/"5445"'}
    told: Body = {
        "@odata.type": "#microsoft.graph.commsNotification",
        "changeType": notice.change,
        "resource": f"/app/calls/{leg.id}{notice.path}",
        "resourceUrl": address,
        "resourceData": resource,
    }
    return {"@odata.type": "#microsoft.graph.commsNotifications", "value": [told]}
