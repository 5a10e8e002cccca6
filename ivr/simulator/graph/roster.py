"""Who is on a group call, as Graph lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ivr.simulator.graph.errors import GraphError, new_id
from ivr.simulator.graph.results import Body

CALLEES = "callees"
"""Under this name wait those whom a new call rings."""


def participant(identity: Mapping[str, object], participant_id: str = "") -> Body:
    """One entry of a roster."""
    stream = {
        "@odata.type": "#microsoft.graph.mediaStream",
        "mediaType": "audio",
        "sourceId": "1",
        "direction": "sendReceive",
        "serverMuted": False,
    }
    info = {"@odata.type": "#microsoft.graph.participantInfo", "identity": identity}
    return {
        "@odata.type": "#microsoft.graph.participant",
        "id": participant_id or new_id(),
        "info": info,
        "mediaStreams": [stream],
        "isMuted": False,
        "isInLobby": False,
    }


class Roster:
    """The participants of one call; a call between two has none to show (FACTS 5.17)."""

    def __init__(self) -> None:
        self._present: dict[str, Body] = {}
        self._awaited: dict[str, Sequence[Body]] = {}

    def __bool__(self) -> bool:
        return bool(self._present)

    def await_all(self, key: str, participants: Sequence[Body]) -> None:
        """These are being rung."""
        self._awaited[key] = participants

    def join(self, key: str) -> Sequence[Body]:
        """Those who were rung are here now."""
        joined = self._awaited.pop(key, ())
        for one in joined:
            self.add(one)
        return joined

    def add(self, one: Body) -> None:
        """One more."""
        self._present[str(one["id"])] = one

    def find(self, participant_id: str) -> Body:
        """One of those present. Raises `GraphError` with status 404."""
        one = self._present.get(participant_id)
        if one is None:
            raise GraphError(404, "8525", "Participant not found.")
        return one

    def remove(self, participant_id: str) -> None:
        """One leaves. Raises `GraphError` with status 404."""
        self.find(participant_id)
        del self._present[participant_id]

    def mute(self, participant_id: str, muted: bool) -> None:
        """One is muted, or not any more. Raises `GraphError` with status 404."""
        self.find(participant_id)["isMuted"] = muted

    def list(self) -> list[Body]:
        """Everybody, in the order in which they came."""
        return [dict(one) for one in self._present.values()]
