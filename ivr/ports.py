"""What the runtime needs from the outside, in the words of calls.

Every port has a real adapter and a fake with state; both pass the same contract tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

from ivr.core.effects import AnyEffect, SendRequest
from ivr.core.events import AnyEvent
from ivr.core.snapshot import Snapshot
from ivr.core.step import Step, TraceEntry
from ivr.core.values import Millis


class Clock(Protocol):
    """The time of day and the passing of time."""

    def now(self) -> Millis:
        """Milliseconds since 1970 (UTC)."""
        ...

    async def sleep(self, length: Millis) -> None:
        """Return after `length` milliseconds."""
        ...


class Change(Struct, frozen=True):
    """One step of one call, to be committed as a whole.

    `version` is the version that was loaded, 0 for a new call. `callback` is the opaque key of
    the call's own callback path, `caller` a keyed hash of who is on the other side; both are
    written with a new call only. `claimed` are the ids of those effects that this node wants to
    perform as soon as the change is committed. The snapshot, one journal line and one outbox row
    for each effect are written in one transaction.
    """

    call_id: str
    version: int
    at: Millis
    event: AnyEvent
    step: Step
    state: str = ""
    callback: str = ""
    caller: str = ""
    claimed: frozenset[str] = frozenset()


class Loaded(Struct, frozen=True):
    """A call as it is stored; `version` grows by one with every commit."""

    snapshot: Snapshot
    version: int


class Outgoing(Struct, frozen=True):
    """An effect in the outbox that is not settled yet.

    `begun` tells that some node had claimed it, so that it may have been carried out.
    """

    call_id: str
    effect: AnyEffect
    at: Millis
    begun: bool = True


class Moved(Struct, frozen=True):
    """Another node has moved a call on: its new version and its earliest deadline."""

    call_id: str
    version: int
    due: Millis | None


class Quota(Struct, frozen=True):
    """At most `most` in any window of `window` milliseconds, counted under `name` on all nodes.

    Windows begin at multiples of their length. `name` holds nothing of a caller but a keyed hash.
    """

    name: str
    most: int
    window: Millis


class JournalLine(Struct, frozen=True):
    """One event in a call's history.

    `event` is the kind only; `detail` the whole event while the call's key lives, else None.
    """

    call_id: str
    number: int
    at: Millis
    event: str
    verdict: str
    trace: tuple[TraceEntry, ...]
    effects: tuple[str, ...]
    detail: AnyEvent | None = None


class CallRow(Struct, frozen=True):
    """What may be known of a call without its key."""

    call_id: str
    flow: str
    bundle: str
    state: str
    phase: str
    started_at: Millis
    ended_at: Millis | None
    result: str
    end: str


class CallStore(Protocol):
    """The calls, their journals and their outboxes. Raises `StoreUnavailable` from all of it.

    Many nodes share one store. Each has enlisted under its name for a lease that it renews; what
    a node claims is its own until the lease has run out or somebody else enlists under its name.
    """

    async def enlist(self, node: str, lease: Millis) -> None:
        """Be `node` from now on, for `lease` milliseconds; an earlier holder of the name is out."""
        ...

    async def renew(self) -> None:
        """Begin the lease anew. Raises `Fenced` when it has run out or the name was taken."""
        ...

    async def resign(self) -> None:
        """Give up the lease: others may take over at once what this node leaves."""
        ...

    async def load(self, call_id: str) -> Loaded | None:
        """The call, or None when it is unknown or closed."""
        ...

    async def known(self, call_id: str) -> bool:
        """Whether the call was ever seen: closed calls are remembered, so late events are late."""
        ...

    async def commit(self, change: Change) -> frozenset[str]:
        """Write it durably, or raise `Conflict` when the call has another version by now.

        The result are the ids of `change.claimed` that are this node's. The others are not
        claimed: another living node has something of their lane that comes before them. A closed
        snapshot destroys the call's key, its effects and its sealed contents.
        """
        ...

    async def due(self, now: Millis, limit: int = 100, hold: Millis = 0) -> Sequence[str]:
        """Calls whose earliest deadline is not after `now`, the earliest first.

        They are held for this node: for `hold` milliseconds no other look finds them.
        """
        ...

    async def next_due(self) -> Millis | None:
        """The earliest deadline of any call."""
        ...

    async def claim(self, call_id: str, effect_id: str) -> bool:
        """Make an effect this node's to perform, durably; False when it is another's, or settled.

        Waits, for 5 seconds at most, while earlier effects of its lane are unsettled at another
        living node. Keep-alives, recordings and what is not for Graph have lanes of their own;
        all legs of a call share one here. Also writes what was settled before. Raises `Fenced`
        when the lease has run out.
        """
        ...

    async def orphans(self, limit: int = 1000) -> Sequence[Outgoing]:
        """Unsettled effects that no living node has claimed, in order; now they are this node's.

        Of a call either all come or none. Effects that are unclaimed for less than a lease are
        left to the node that committed them.
        """
        ...

    def settle(self, call_id: str, effect_id: str) -> None:
        """Note that an effect needs no more work; durable with the next commit at the latest."""
        ...

    async def effect(self, call_id: str, effect_id: str) -> AnyEffect | None:
        """An effect of a call that is not closed, settled or not."""
        ...

    async def call_of(self, callback: str) -> str | None:
        """The call that owns a callback key."""
        ...

    async def journal(self, call_id: str) -> Sequence[JournalLine]:
        """The call's history from its beginning."""
        ...

    async def calls(self, limit: int = 100) -> Sequence[CallRow]:
        """Calls, the newest first."""
        ...

    async def live(self, caller: str = "") -> int:
        """How many calls are under way, on all nodes; only those of `caller` when it is given.

        A call that waits to be placed is not under way.
        """
        ...

    async def take(self, quota: Quota, now: Millis) -> bool:
        """Use one of a quota, or learn that it is used up. A clock set back opens no window."""
        ...

    async def put_audio(self, name: str, wav: bytes) -> None:
        """Keep fixed prompt audio for all nodes; `name` is its content's."""
        ...

    async def audio(self, name: str) -> bytes | None:
        """Prompt audio that some node has put."""
        ...

    def on_moved(self, tell: Callable[[Sequence[Moved]], None]) -> None:
        """Have `tell` called on the event loop when other nodes have moved calls on."""
        ...


class Sound(Struct, frozen=True):
    """Where one piece of audio can be fetched; `resource_id` allows the other side to cache it."""

    uri: str
    resource_id: str = ""


class Line(Struct, frozen=True):
    """What an adapter must know of a call to act on it.

    `call_id` is the service's id of the call or leg that the effect is for, "" for one that is to
    be placed. `callback` is the address for its notifications, `sounds` belong to the effect's
    audio, `replaces` is the service's id of the leg that a transfer takes the place of.
    """

    call_id: str
    tenant: str
    callback: str
    sounds: tuple[Sound, ...] = ()
    replaces: str = ""


class CallControl(Protocol):
    """The telephone service."""

    async def perform(self, effect: AnyEffect, line: Line) -> Sequence[AnyEvent]:
        """Carry out one effect; what is known at once comes back as events.

        Raises `NotSent`, `OutcomeUnknown`, `Refused` or `CallGone`.
        """
        ...

    async def fetch(self, location: str, token: str) -> bytes:
        """The bytes of a recording. Raises `Temporary`, `Refused` or `MediaError`."""
        ...


class BusinessSystem(Protocol):
    """Systems of the company that flows ask over HTTP."""

    async def send(self, request: SendRequest) -> AnyEvent:
        """`HttpAnswered` or `HttpFailed`; never raises."""
        ...
