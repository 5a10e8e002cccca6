"""One request to Graph, and the pieces of which bodies are made.

Identities and media say their `@odata.type` everywhere, as Graph knows polymorphic objects by it
(FACTS.md 1.5). An id that comes from elsewhere becomes part of a path only in the form of
`canonical_id`, so no id leads to another address.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ivr.core.values import Target, TargetKind
from ivr.errors import Refused
from ivr.graph.wire import canonical_id
from ivr.ports import Sound

Json = dict[str, object]
Subject = Literal["call", "action", "media", "transfer", "participant", "new"]
TYPE = "@odata.type"

_IDENTITY_KEYS: dict[TargetKind, str] = {
    "user": "user",
    "app": "application",
    "instance": "applicationInstance",
    "phone": "phone",
}


class Request(Struct, frozen=True):
    """One HTTP request to Graph; `path` is relative to the API root.

    `subject` is what a refusal speaks of: the call, an action on it, its media, its transfer, a
    participant of it, or, for something that is only to be made, none of ours.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: str
    body: bytes | None = None
    subject: Subject = "call"

    def __repr__(self) -> str:
        return f"Request({self.method} {self.path})"


def segment(text: str, what: str) -> str:
    """An id as one segment of a path. Raises `Refused`, naming `what`, for one that can be none."""
    found = canonical_id(text)
    if not found:
        raise Refused(f"The {what} has no id that Graph could know: nothing can be done with it.")
    return found


def person(key: str, identifier: str, tenant: str = "") -> Json:
    """An identitySet with one member, `key`."""
    who: Json = {TYPE: "#microsoft.graph.identity", "id": identifier}
    if tenant:
        who["tenantId"] = tenant
    return {TYPE: "#microsoft.graph.identitySet", key: who}


def invitation(target: Target) -> Json:
    """Somebody who is called, invited or transferred to."""
    identity = person(_IDENTITY_KEYS[target.kind], target.id, target.tenant)
    return {TYPE: "#microsoft.graph.invitationParticipantInfo", "identity": identity}


def prompt(sound: Sound) -> Json:
    """A mediaPrompt."""
    return {
        TYPE: "#microsoft.graph.mediaPrompt",
        "mediaInfo": {TYPE: "#microsoft.graph.mediaInfo", **media(sound)},
    }


def media(sound: Sound) -> Json:
    """Without a `resourceId` the file is not cached: right for audio that is made for one call."""
    return {"uri": sound.uri, **({"resourceId": sound.resource_id} if sound.resource_id else {})}


def hosted_media(*first: Sound) -> Json:
    """The mediaConfig of a call whose media Microsoft handles; `first` is fetched beforehand."""
    config: Json = {TYPE: "#microsoft.graph.serviceHostedMediaConfig"}
    if first:
        config["preFetchMedia"] = [media(sound) for sound in first]
    return config
