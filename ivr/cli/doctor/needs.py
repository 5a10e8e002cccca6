"""Which permissions flows need, as data (FACTS.md 2.2), and what a token says that it has.

A need is a set of permissions any one of which is enough.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from msgspec import Struct

from ivr.flow.bundle import Bundle
from ivr.graph.jwks import decode_base64url

Need: TypeAlias = frozenset[str]

MEDIA: Need = frozenset({"Calls.AccessMedia.All"})
CALLING: Need = frozenset({"Calls.Initiate.All"})
EITHER: Need = MEDIA | CALLING
GROUP: Need = frozenset({"Calls.InitiateGroupCall.All"})
JOINING: Need = frozenset({"Calls.JoinGroupCall.All", "Calls.JoinGroupCallAsGuest.All"})
MEETINGS: Need = frozenset({"OnlineMeetings.ReadWrite.All"})

STATES: Mapping[str, Need] = {
    "menu": MEDIA,
    "collect": MEDIA,
    "record": MEDIA,
    "share": MEDIA,
    "prompt": EITHER,
    "wait": EITHER,
    "mute": EITHER,
    "unmute": EITHER,
    "roster": EITHER,
    "send_tones": EITHER,
    "transfer": CALLING,
    "redirect": CALLING,
    "invite": GROUP,
    "hold": JOINING,
    "resume": JOINING,
    "remove": JOINING,
    "route_audio": JOINING | GROUP,
    "recording_notice": JOINING | MEDIA,
    "meeting": MEETINGS,
}
ENTRIES: Mapping[str, Need] = {"call_out": CALLING, "join": JOINING}
AUDIENCES = frozenset(
    {"https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"}
)  # fmt: skip
"""Graph as an audience, by its address and by its application id."""


class Claims(Struct, frozen=True):
    """What a token says of itself; `expires` in epoch seconds, 0 when it does not say."""

    audience: str = ""
    tenant: str = ""
    app: str = ""
    roles: frozenset[str] = frozenset()
    expires: float = 0.0


def claims_of(token: str) -> Claims | None:
    """The claims of an access token that is a JWT, unverified; None for any other.

    Clients are told not to look into tokens; a doctor may, as nothing hangs on what it finds.
    """
    parts = token.split(".")
    try:
        found = json.loads(decode_base64url(parts[1])) if len(parts) == 3 else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    roles, expires = found.get("roles"), found.get("exp")
    return Claims(
        str(found.get("aud", "")).rstrip("/"),
        str(found.get("tid", "")).lower(),
        str(found.get("appid", found.get("azp", ""))).lower(),
        frozenset(map(str, roles)) if isinstance(roles, list) else frozenset(),
        float(expires) if isinstance(expires, int | float) else 0.0,
    )


def needs_of(bundle: Bundle) -> dict[Need, str]:
    """Every need of the flows, with who has it: such as `transfer in support_line`."""
    found: dict[Need, str] = {}
    for name, program in bundle.programs.items():
        if program.outward is not None:
            entry = program.outward.entry
            found.setdefault(ENTRIES[entry], f"{entry} of {name}")
        for state in program.states.values():
            need = STATES.get(state.type.name)
            if need is not None:
                found.setdefault(need, f"{state.type.name} in {name}")
    return found


def unmet(needs: Mapping[Need, str], roles: Iterable[str]) -> dict[Need, str]:
    """The needs that none of the roles meets, less those that are met along with another."""
    held = frozenset(roles)
    left = {need: who for need, who in needs.items() if held.isdisjoint(need)}
    return {need: who for need, who in left.items() if not any(other < need for other in left)}
