"""The stored state of a call: all that is needed to go on with it anywhere.

A snapshot is small, plain and complete: no object outside it knows anything of the call.
It is sealed as a whole before it is stored, so digits, secrets and the caller's identity
need no special treatment here. Times are milliseconds since 1970 (UTC).
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from ivr.core.effects import AnyEffect
from ivr.core.values import Caller, Millis, Participant

Phase = Literal[
    "arrived", "waiting", "placing", "answering", "connected", "transferring", "ending", "ended"
]
Entry = Literal["incoming", "call_out", "join"]


class Question(Struct, omit_defaults=True):
    """How far a question has come.

    `failed` is the reason of the attempt before, `keys` what was entered so far,
    `refused` how often a read-back was answered with no, `repeated` how often the
    read-back was repeated.
    """

    attempt: int = 1
    keys: str = ""
    failed: str = ""
    listening: bool = False
    confirming: bool = False
    refused: int = 0
    repeated: int = 0


class Visit(Struct, omit_defaults=True):
    """Being in one state of one flow; sub-flows stack visits.

    `entered` is false while the state waits for the line. `awaiting` is the id of the effect
    whose end the state waits for, `stage` where within its work the state is, `remark` what
    the trace says of the visit. Deadlines end with the visit of the state; `scope` lives as
    long as the flow and holds packed values.
    """

    flow: str
    state: str
    scope: dict[str, Any] = field(default_factory=dict)
    entered: bool = False
    stage: str = ""
    awaiting: str = ""
    tries: int = 0
    remark: str = ""
    question: Question | None = None
    deadlines: dict[str, Millis] = field(default_factory=dict)


class Clip(Struct, frozen=True, omit_defaults=True):
    """A recording on its way to us: the flow and the variable that want it, and how it ended."""

    flow: str
    save_as: str = ""
    ended_by: str = ""


class Leg(Struct, frozen=True, omit_defaults=True):
    """A leg that we have placed: the service's id of it, once it is known, and how it is.

    `leaving` is a leg that we want no more. `unknown` tells that nobody knows whether it was
    ever placed: then it must not be placed again.
    """

    line: str = ""
    state: Literal["placing", "up", "leaving", "over"] = "placing"
    unknown: bool = False


class Snapshot(Struct, omit_defaults=True):
    """One call at rest between two events.

    `entry` is how it came about, `legs` the legs that we have placed by the id of the effect
    that placed them, and `leg` the one on which the call is, none for a call that came in.
    `attempt` counts how often it was tried to reach somebody. `participants` are those on a
    group call by their ids, as of the roster with the number `roster`, `group` whether it is one.

    `media` is the id of the play or record effect in flight. `keys` are tones pressed while no
    question was open. `next_tone`, `tone_at` and `held` put tones in order. `swallow` is a key
    that is ignored until `swallow_until`. `unfetched` are recordings not yet safe with us. `done`
    is set when the flow has come to its end, with `result`. `sender` is the tenant that vouched
    for the first notification; no other may speak of this call.
    """

    call_id: str
    bundle: str
    started_at: Millis
    caller: Caller = Caller()
    called: str = ""
    tenant: str = ""
    sender: str = ""
    entry: Entry = "incoming"
    phase: Phase = "arrived"
    leg: str = ""
    legs: dict[str, Leg] = field(default_factory=dict)
    attempt: int = 0
    group: bool = False
    participants: dict[str, Participant] = field(default_factory=dict)
    roster: int = 0
    audio: bool = False
    tones_wanted: bool = False
    accepted: bool = False
    visits: list[Visit] = field(default_factory=list)
    visited: dict[str, int] = field(default_factory=dict)
    moves: int = 0
    overrun: bool = False
    counter: int = 0
    media: str = ""
    keys: str = ""
    next_tone: int = 1
    tone_at: Millis = 0
    held: dict[int, str] = field(default_factory=dict)
    swallow: str = ""
    swallow_until: Millis = 0
    unfetched: dict[str, Clip] = field(default_factory=dict)
    deadlines: dict[str, Millis] = field(default_factory=dict)
    result: str = ""
    done: bool = False
    end: str = ""

    @property
    def closed(self) -> bool:
        """Whether nothing more can happen to this call."""
        over = self.phase == "ended" and self.done and not self.unfetched
        return over and all(leg.state == "over" for leg in self.legs.values())

    def line_of(self, leg: str = "") -> str:
        """The service's id of a leg, "" while it is not known; without a leg, of the call."""
        if not leg and self.entry == "incoming":
            return self.call_id
        placed = self.legs.get(leg or self.leg)
        return placed.line if placed else ""

    def next_due(self) -> Millis | None:
        """The earliest moment at which the call wants to be woken."""
        earliest = min(self.deadlines.values(), default=None)
        if self.visits and self.visits[-1].deadlines:
            own = min(self.visits[-1].deadlines.values())
            return own if earliest is None or own < earliest else earliest
        return earliest


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Snapshot)
_effects: msgspec.msgpack.Decoder[AnyEffect] = msgspec.msgpack.Decoder(AnyEffect)


def encode(value: Snapshot | AnyEffect | Struct) -> bytes:
    """The bytes of a snapshot, effect or event."""
    return _encoder.encode(value)


def decode(raw: bytes) -> Snapshot:
    """The snapshot that `encode` wrote."""
    return _decoder.decode(raw)


def decode_effect(raw: bytes) -> AnyEffect:
    """The effect that `encode` wrote."""
    return _effects.decode(raw)
