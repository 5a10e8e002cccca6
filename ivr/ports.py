"""What the runtime needs from the outside, in the words of calls.

Every port has a real adapter and a fake with state; both pass the same contract tests.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    the call's own callback path. The snapshot, one journal line and one outbox row for each
    effect are written in one transaction.
    """

    call_id: str
    version: int
    at: Millis
    event: AnyEvent
    step: Step
    state: str = ""
    callback: str = ""


class Loaded(Struct, frozen=True):
    """A call as it is stored; `version` grows by one with every commit."""

    snapshot: Snapshot
    version: int


class Outgoing(Struct, frozen=True):
    """An effect in the outbox that is not settled yet."""

    call_id: str
    effect: AnyEffect
    at: Millis


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
    """The calls, their journals and their outboxes. Raises `StoreUnavailable` from all of it."""

    async def load(self, call_id: str) -> Loaded | None:
        """The call, or None when it is unknown or closed."""
        ...

    async def known(self, call_id: str) -> bool:
        """Whether the call was ever seen: closed calls are remembered, so late events are late."""
        ...

    async def commit(self, change: Change) -> None:
        """Write it durably, or raise `Conflict` when the call has another version by now.

        A closed snapshot destroys the call's key, its effects and its sealed contents.
        """
        ...

    async def due(self, now: Millis, limit: int = 100) -> Sequence[str]:
        """Calls whose earliest deadline is not after `now`, the earliest first."""
        ...

    async def next_due(self) -> Millis | None:
        """The earliest deadline of any call."""
        ...

    async def unsettled(self) -> Sequence[Outgoing]:
        """Effects that were committed and not settled, in order."""
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


class Sound(Struct, frozen=True):
    """Where one piece of audio can be fetched; `resource_id` allows the other side to cache it."""

    uri: str
    resource_id: str = ""


class Line(Struct, frozen=True):
    """What an adapter must know of a call to act on it. `sounds` belong to the effect's audio."""

    call_id: str
    tenant: str
    callback: str
    sounds: tuple[Sound, ...] = ()


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
