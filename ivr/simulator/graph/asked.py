"""The bodies of the simulator's own controls; their limits stand in its OpenAPI document too."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from ivr.core.values import TargetKind
from ivr.simulator.phone.rules import Outcome

Id = Annotated[str, Meta(max_length=256)]
Wait = Annotated[int, Meta(ge=0, le=600_000)]


class CallerAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Who calls."""

    kind: Literal["phone", "user", "anonymous"] = "phone"
    id: Id = ""
    name: Id = ""
    language: Annotated[str, Meta(max_length=35)] = ""


class CalledAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom they called: the app itself unless said otherwise."""

    kind: TargetKind = "app"
    id: Id = ""


class OutcomeAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """What a far end does, after how many simulated milliseconds of ringing."""

    outcome: Outcome
    after_ms: Wait | None = None


class CallAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """A call to be placed to the bot."""

    caller: CallerAsked = CallerAsked("phone", "+442079460100")
    called: CalledAsked = CalledAsked()
    tenant: Id = ""
    transfer: OutcomeAsked | None = None
    invite: OutcomeAsked | None = None
    legacy_first: bool | None = None


class PressAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Keys, one after the other."""

    keys: Annotated[str, Meta(pattern="^[0-9*#A-D]{1,64}$")]
    gap_ms: Annotated[int, Meta(ge=0, le=10_000)] = 0


class SpeakAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Speech; 0 seconds fall silent."""

    seconds: Annotated[float, Meta(ge=0, le=600)]


class JoinAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who joins a call by himself."""

    id: Annotated[str, Meta(min_length=1, max_length=256)]
    kind: TargetKind = "user"
    name: Id = ""
    in_lobby: bool = False


class LeaveAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Who leaves, by his id as a participant."""

    participant: Annotated[str, Meta(min_length=1, max_length=256)]


class AdmitAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is let in, by his id as a participant; without one the bot."""

    participant: Id = ""


class LobbyAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the bot waits in the lobby of meetings that it joins."""

    waits: bool


class NodesAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Addresses of the bot's nodes, which take turns; none: callbacks go where they say."""

    nodes: Annotated[tuple[Annotated[str, Meta(max_length=256)], ...], Meta(max_length=100)] = ()


class NamedAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """A fault of the catalogue, for one call if one is named, as often as is said."""

    name: Id
    call: Id = ""
    times: Annotated[int, Meta(ge=1, le=1_000)] | None = None
