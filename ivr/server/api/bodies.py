"""What goes in and out of the admin API. Nothing in an answer is a caller's data."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Fate = Literal["done", "failed", "cancelled", "unknown", "no_word", "not_kept"]

FlowName = Annotated[str, Meta(min_length=1, max_length=100, description="The name of a flow.")]


class NothingAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """An operation without parameters."""


class CallsAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Which calls to list."""

    limit: Annotated[int, Meta(ge=1, le=1000, description="At most so many.")] = 100
    live: Annotated[bool, Meta(description="Only calls that are not over.")] = False


class CallAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a call to show."""

    history: Annotated[bool, Meta(description="With its events and effects.")] = True


class DialAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """A call to be placed, or a meeting to be joined."""

    flow: FlowName
    inputs: Annotated[
        dict[str, object], Meta(description="A value for each input of the flow.")
    ] = field(default_factory=dict)
    tenant: Annotated[
        str, Meta(max_length=100, description="The tenant that calls; the service's own if empty.")
    ] = ""

    def __repr__(self) -> str:
        return f"DialAsked(flow={self.flow!r}, ...)"


class HangUpAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a call is to end."""

    reason: Annotated[
        str, Meta(min_length=1, max_length=200, description="For the log; digits are masked.")
    ]


class Dialled(Struct, frozen=True):
    """`repeated`: the same Idempotency-Key has placed this call before."""

    id: str
    repeated: bool


class HangingUp(Struct, frozen=True):
    """The call that is about to end."""

    id: str


class CallShown(Struct, frozen=True, kw_only=True):
    """What may be known of a call.

    `end` says how the line went down, with the telephone service's own `code`; `result` is the
    flow's.
    """

    id: str
    flow: str
    bundle: str
    state: str
    phase: str
    live: bool
    started_at: datetime
    ended_at: datetime | None
    result: str
    end: str
    code: str


class CallsShown(Struct, frozen=True):
    """Calls, the newest first."""

    calls: list[CallShown]


class MoveShown(Struct, frozen=True):
    """A state was left; `file` and `line` are where it is written, if that is known."""

    flow: str
    state: str
    outcome: str
    to: str
    note: str
    file: str = ""
    line: int | None = None


class EventShown(Struct, frozen=True):
    """One event, what was thought of it, the moves it led to, and what was wanted then."""

    at: datetime
    event: str
    verdict: str
    moves: list[MoveShown]
    effects: list[str]


class EffectShown(Struct, frozen=True):
    """Something the call wanted done; `code` is what the telephone service called a failure.

    `no_word`: nothing was told of its end, as it has none of its own or is still under way.
    `not_kept`: the call is closed, and with it is gone what its events told.
    """

    number: int
    at: datetime
    kind: str
    fate: Fate
    code: str = ""


class CallHistory(CallShown, frozen=True, kw_only=True):
    """A call with its history; `attempts` is how often somebody was called with it."""

    attempts: int
    events: list[EventShown]
    effects: list[EffectShown]


class InputShown(Struct, frozen=True):
    """A value that a flow takes; `required` when it has none of its own to start with."""

    name: str
    type: str
    required: bool
    secret: bool


class FlowShown(Struct, frozen=True):
    """A flow with which calls can be placed."""

    name: str
    title: str
    bundle: str
    entry: Literal["call_out", "join"]
    inputs: list[InputShown]
