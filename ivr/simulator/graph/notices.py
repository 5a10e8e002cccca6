"""What Graph posts to a bot: a notification for every signal of a phone, and its envelope.

Members follow the published notifications of each page: the end of a prompt has no `id`, a call
that was rejected ends without a state, a failed transfer has `subCode`.
"""

from __future__ import annotations

from ivr.simulator.graph.leg import CALL, Leg, Notice
from ivr.simulator.graph.results import (
    COMPLETED,
    STATES,
    Body,
    end_result,
    operation_result,
    transfer_result,
)
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
    return Notice("incoming", "created", resource)


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
            return [Notice("audio", "updated", _call({**state, "mediaState": media}))]
        case ToneHeard(key=key, sequence=sequence):
            tone = {
                "@odata.type": "#microsoft.graph.toneInfo",
                "sequenceId": sequence,
                "tone": TONES.get(key, f"tone{key}"),
            }
            return [Notice("tone", "updated", _call({"state": "established", "toneInfo": tone}))]
        case OperationEnded():
            return _operation(leg, signal, silence_code)
        case RosterChanged():
            return [roster(leg)]
        case LineDown():
            return [Notice(LAST, "deleted", _end(leg, signal))]
    return []


def roster(leg: Leg) -> Notice:
    """Everybody on the call."""
    return Notice("roster", "updated", leg.roster.list(), "/participants")


def finished(leg: Leg, operation_id: str) -> list[Notice]:
    """The end of an operation whose status and result are set already."""
    operation = leg.operations.get(operation_id)
    if operation is None:
        return []
    resource = operation.body()
    if operation.name in WITHOUT_ID:
        del resource["id"]
    return [Notice("operation", "deleted", resource, f"/operations/{operation.id}")]


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
    told = [Notice("state", "updated", _call(members))]
    if changed.state == "established" and leg.roster and not changed.failure:
        told.append(roster(leg))
    return told


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
    return finished(leg, operation.id)


def _end(leg: Leg, ended: LineDown) -> Body:
    if ended.reason == "rejected":
        return _call({})
    if ended.reason == "redirected":
        return {key: each for key, each in leg.body().items() if each is not None}
    handed = leg.phone.handovers[-1:]
    if ended.reason == "transferred" and handed and handed[0].replaces:
        return _call({"state": "terminated", "terminationReason": "AppTransferred"})
    by_phone = leg.phone.call.caller.kind == "phone"
    result = end_result(ended.reason, by_phone=by_phone)
    return _call({"state": "terminated", "resultInfo": result})


def envelope(leg: Leg, notice: Notice) -> Body:
    """The body of one post (FACTS 6.1), before any oddity of spelling."""
    address = f"/communications/calls/{leg.id}{notice.path}"
    resource = notice.resource
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
