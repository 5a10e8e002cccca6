"""Identities on the wire: who is who in the bodies of calls, both ways."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from ivr.core.values import Caller, Target, TargetKind
from ivr.simulator.graph.errors import invalid
from ivr.simulator.graph.objects import Identity, IdentitySet
from ivr.simulator.graph.results import Body

KEYS: dict[TargetKind, str] = {
    "user": "user",
    "app": "application",
    "instance": "applicationInstance",
    "phone": "phone",
}
_E164 = re.compile(r"\+[0-9]{7,15}")
WITHHELD = "anonymous"


def target_of(party: IdentitySet) -> Target:
    """Whom an identity means: exactly one user, application, instance or phone.

    Raises `GraphError` with status 400 for any other set.
    """
    kinds: dict[TargetKind, Identity | None] = {
        "user": party.user,
        "app": party.application,
        "instance": party.application_instance,
        "phone": party.phone,
    }
    given = [(kind, one) for kind, one in kinds.items() if one is not None]
    if len(given) != 1 or len(identities(party)) != 1:
        raise invalid("An identity names one user, application, applicationInstance or phone.")
    kind, one = given[0]
    if kind == "phone" and _E164.fullmatch(one.id) is None:
        raise invalid("The id of a phone is its number in E.164 form, with a plus.")
    return Target(kind, one.id, one.tenant_id or "")


def identities(party: IdentitySet) -> dict[str, object]:
    """The identities of a set by their keys."""
    body: dict[str, object] = msgspec.to_builtins(party)
    return {key: one for key, one in body.items() if isinstance(one, dict)}


def party_body(key: str, one: Mapping[str, object]) -> Body:
    """An identity set with one identity."""
    return {
        "@odata.type": "#microsoft.graph.identitySet",
        key: {"@odata.type": "#microsoft.graph.identity", **one},
    }


def caller_body(caller: Caller, participant: str) -> Body:
    """The `source` of an incoming call; a withheld number has no documented form."""
    if caller.kind == "user":
        user = {"id": caller.id, "displayName": caller.name or None, "identityProvider": "AAD"}
        identity = party_body("user", user)
    else:
        phone = {"id": caller.id or WITHHELD, "displayName": caller.name or None}
        identity = party_body("phone", phone)
    return {
        "@odata.type": "#microsoft.graph.participantInfo",
        "id": participant,
        "identity": identity,
        "endpointType": "default",
        "region": "emea",
        "languageId": caller.language or None,
    }


def target_body(target: Target) -> Body:
    """One of the `targets` of an incoming call."""
    return {
        "@odata.type": "#microsoft.graph.invitationParticipantInfo",
        "identity": party_body(KEYS[target.kind], {"id": target.id}),
    }
