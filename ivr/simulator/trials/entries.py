"""What happens in a run, one struct for each kind: the words in which histories are written.

`at` is virtual time in microseconds since the run began; a node's own clock may differ. A node is
named with its incarnation, such as `n1#2`. A command is said to be *sent* when a node lets it go,
*carried out* or *declined* when the model of Graph has it, and what its node *learned* of it is
told apart from both.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ivr.core.effects import AnyEffect
from ivr.core.events import AnyEvent
from ivr.core.snapshot import Snapshot
from ivr.core.step import TraceEntry
from ivr.core.values import Millis

Outcome = Literal["ok", "unknown", "not_sent", "refused", "gone", "fault"]
NodeState = Literal["up", "down", "paused", "resumed", "draining", "stopped"]


class Entry(Struct, frozen=True, tag_field="what"):
    """One thing that happened."""

    at: int


class CallRang(Entry, frozen=True, tag="rang"):
    """A caller rings, or a call is wanted (`outgoing`)."""

    call: str
    flow: str
    outgoing: bool = False


class Told(Entry, frozen=True, tag="told"):
    """The model of Graph has something to tell: notification `number`, of one call."""

    number: int
    call: str
    event: AnyEvent
    sender: str


class Delivered(Entry, frozen=True, tag="delivered"):
    """A copy of a notification has reached a node."""

    number: int
    delivery: int
    call: str
    node: str


class Replied(Entry, frozen=True, tag="replied"):
    """What the node said to it: a reception, `busy` when its store did not take it, or `fault`."""

    number: int
    delivery: int
    call: str
    node: str
    reply: str


class Committed(Entry, frozen=True, tag="committed"):
    """A step was written. `clock` is the node's time, `delivery` what it came of, 0 for its own.

    `unsure` when the node was told that it was not written.
    """

    node: str
    call: str
    version: int
    clock: Millis
    event: AnyEvent
    verdict: str
    effects: tuple[AnyEffect, ...]
    claimed: tuple[str, ...]
    snapshot: Snapshot
    trace: tuple[TraceEntry, ...]
    delivery: int = 0
    unsure: bool = False


class NotCommitted(Entry, frozen=True, tag="not_committed"):
    """A step was not written."""

    node: str
    call: str
    why: Literal["conflict", "unavailable", "fenced"]


class Claimed(Entry, frozen=True, tag="claimed"):
    """A node made an effect its own; `taken_over` from one that is gone."""

    node: str
    call: str
    effect: str
    taken_over: bool = False
    begun: bool = False


class Settled(Entry, frozen=True, tag="settled"):
    """A node has noted that an effect needs no more work."""

    node: str
    call: str
    effect: str


class Word(Entry, frozen=True, tag="word"):
    """A node was told that a call was moved on, by itself or by another one."""

    node: str
    call: str
    version: int


class Leased(Entry, frozen=True, tag="leased"):
    """A node has a lease until `until`; 0 when it has given it up or lost it."""

    node: str
    name: str
    until: int


class Sent(Entry, frozen=True, tag="sent"):
    """A node has let a command go. `number` is that of the request, `wire` its encoded form."""

    number: int
    node: str
    call: str
    effect: AnyEffect
    kind: str
    wire: bytes = b""
    sounds: tuple[tuple[str, str], ...] = ()


class CarriedOut(Entry, frozen=True, tag="carried_out"):
    """The model of Graph has done what request `number` asked for."""

    number: int
    call: str
    effect: str
    kind: str


class Declined(Entry, frozen=True, tag="declined"):
    """The model of Graph has refused it."""

    number: int
    call: str
    effect: str
    kind: str
    why: str


class Learned(Entry, frozen=True, tag="learned"):
    """What the node learned of its request."""

    number: int
    node: str
    call: str
    effect: str
    kind: str
    outcome: Outcome


class Heard(Entry, frozen=True, tag="heard"):
    """A piece of audio has begun at the caller's ear."""

    call: str
    name: str
    context: str


class Pressed(Entry, frozen=True, tag="pressed"):
    """A caller has pressed a key; `sequence` is 0 when the bot is not told."""

    call: str
    key: str
    sequence: int


class HungUp(Entry, frozen=True, tag="hung_up"):
    """A caller has hung up."""

    call: str


class LineEnded(Entry, frozen=True, tag="line_ended"):
    """The line is down on the side of Graph."""

    call: str
    line: str
    reason: str


class Asked(Entry, frozen=True, tag="asked"):
    """A business system was asked."""

    node: str
    call: str
    effect: str
    method: str
    url: str
    body: str


class ClipKept(Entry, frozen=True, tag="clip_kept"):
    """A recording is safe with us."""

    node: str
    call: str
    clip: str
    name: str
    size: int
    declared: int
    expires: Millis


class NodeChanged(Entry, frozen=True, tag="node"):
    """A node is up, down, paused, resumed, draining or stopped."""

    node: str
    state: NodeState


class Struck(Entry, frozen=True, tag="struck"):
    """A fault has happened, by its name and its place."""

    fault: str
    place: str


class Phase(Entry, frozen=True, tag="phase"):
    """The faults are over, or everything is."""

    name: Literal["faults_off", "quiet", "end"]
