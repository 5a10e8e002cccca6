"""Who is on a group call, as Graph lists them."""

from __future__ import annotations

from ivr.core.values import Participant, ParticipantKind
from ivr.simulator.graph.parties import party_body
from ivr.simulator.graph.results import Body
from ivr.simulator.phone.people import People

KEYS: dict[ParticipantKind, str] = {
    "user": "user",
    "phone": "phone",
    "app": "application",
    "guest": "guest",
    "other": "onPremises",
}
ACCOUNT = "applicationInstance"


def roster_body(people: People) -> list[Body]:
    """Everybody, in the order in which they came."""
    return [person_body(people, one) for one in people.all()]


def person_body(people: People, one: Participant) -> Body:
    """One entry of a roster."""
    stream = {
        "@odata.type": "#microsoft.graph.mediaStream",
        "mediaType": "audio",
        "sourceId": "1",
        "direction": "sendReceive",
        "serverMuted": False,
    }
    key = ACCOUNT if one.id in people.accounts else KEYS[one.kind]
    identity = party_body(key, {"id": one.identity or None, "displayName": one.name or None})
    return {
        "@odata.type": "#microsoft.graph.participant",
        "id": one.id,
        "info": {"@odata.type": "#microsoft.graph.participantInfo", "identity": identity},
        "mediaStreams": [stream],
        "isMuted": one.muted,
        "isInLobby": one.in_lobby,
    }


def gone_body(person: str) -> Body:
    """An entry of a delta roster for somebody who has left."""
    removed = {"@odata.type": "#microsoft.graph.removedState", "reason": "Removed"}
    return {"@odata.type": "#microsoft.graph.participant", "id": person, "removedState": removed}
