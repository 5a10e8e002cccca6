"""The call store without a database: for tests, and for calls that need not outlive a program."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from msgspec import Struct, field
from msgspec.structs import replace

from ivr.core.effects import AnyEffect
from ivr.core.snapshot import decode, decode_effect, encode
from ivr.core.values import Millis, kind_of
from ivr.errors import StoreUnavailable
from ivr.ports import CallRow, Change, JournalLine, Loaded, Outgoing
from ivr.store.shared import flow_of, longest_waiting_first, moved_on, refused


class _Stored(Struct):
    """An effect as bytes, so that nobody shares an object with the store."""

    effect: bytes
    at: Millis
    settled: bool = False


class _Kept(Struct):
    """One call; `snapshot` is None once it is closed."""

    row: CallRow
    version: int = 0
    callback: str = ""
    snapshot: bytes | None = None
    next_due: Millis | None = None
    journal: list[JournalLine] = field(default_factory=list)
    effects: dict[str, _Stored] = field(default_factory=dict)


class MemoryStore:
    """The `CallStore` in memory. Set `available` to False and it fails like a broken database."""

    def __init__(self) -> None:
        self.available = True
        self._calls: dict[str, _Kept] = {}
        self._callbacks: dict[str, str] = {}

    async def load(self, call_id: str) -> Loaded | None:
        """See `CallStore`."""
        kept = self._kept().get(call_id)
        if kept is None or kept.snapshot is None:
            return None
        return Loaded(decode(kept.snapshot), kept.version)

    async def known(self, call_id: str) -> bool:
        """See `CallStore`."""
        return call_id in self._kept()

    async def commit(self, change: Change) -> None:
        """See `CallStore`."""
        kept = self._kept().get(change.call_id)
        self._check(change, kept)
        if kept is None:
            kept = self._calls[change.call_id] = _Kept(_row(change, None))
        if change.callback:
            self._callbacks.pop(kept.callback, None)
            self._callbacks[change.callback] = change.call_id
            kept.callback = change.callback
        _write(kept, change)

    async def due(self, now: Millis, limit: int = 100) -> Sequence[str]:
        """See `CallStore`."""
        times = sorted(
            (kept.next_due, call_id)
            for call_id, kept in self._kept().items()
            if kept.next_due is not None and kept.next_due <= now
        )
        return [call_id for _, call_id in times[:limit]]

    async def next_due(self) -> Millis | None:
        """See `CallStore`."""
        times = [kept.next_due for kept in self._kept().values() if kept.next_due is not None]
        return min(times, default=None)

    async def unsettled(self) -> Sequence[Outgoing]:
        """See `CallStore`."""
        return longest_waiting_first(
            Outgoing(call_id, decode_effect(stored.effect), stored.at)
            for call_id, kept in self._kept().items()
            for stored in kept.effects.values()
            if not stored.settled
        )

    def settle(self, call_id: str, effect_id: str) -> None:
        """See `CallStore`."""
        kept = self._calls.get(call_id)
        if kept is not None and effect_id in kept.effects:
            kept.effects[effect_id].settled = True

    async def effect(self, call_id: str, effect_id: str) -> AnyEffect | None:
        """See `CallStore`."""
        kept = self._kept().get(call_id)
        stored = None if kept is None else kept.effects.get(effect_id)
        return None if stored is None else decode_effect(stored.effect)

    async def call_of(self, callback: str) -> str | None:
        """See `CallStore`."""
        self._kept()
        return self._callbacks.get(callback)

    async def journal(self, call_id: str) -> Sequence[JournalLine]:
        """See `CallStore`."""
        kept = self._kept().get(call_id)
        return [] if kept is None else list(kept.journal)

    async def calls(self, limit: int = 100) -> Sequence[CallRow]:
        """See `CallStore`."""
        rows = sorted((kept.row for kept in self._kept().values()), key=attrgetter("call_id"))
        rows.sort(key=attrgetter("started_at"), reverse=True)
        return rows[:limit]

    def _kept(self) -> dict[str, _Kept]:
        if not self.available:
            raise StoreUnavailable
        return self._calls

    def _check(self, change: Change, kept: _Kept | None) -> None:
        if change.version != (0 if kept is None else kept.version):
            raise moved_on(change.call_id)
        if kept is not None and kept.snapshot is None:
            raise moved_on(change.call_id)
        if self._callbacks.get(change.callback, change.call_id) != change.call_id:
            raise refused(change.call_id, "its callback key belongs to another call")
        used = {} if kept is None else kept.effects
        if any(effect.id in used for effect in change.step.effects):
            raise refused(change.call_id, "an effect's id was used before")


def _write(kept: _Kept, change: Change) -> None:
    closed = change.step.snapshot.closed
    kept.version += 1
    kept.row = _row(change, kept.row)
    kept.next_due = None if closed else change.step.snapshot.next_due()
    kept.snapshot = None if closed else encode(change.step.snapshot)
    kept.journal.append(_line(change, kept.version))
    for effect in change.step.effects:
        kept.effects[effect.id] = _Stored(encode(effect), change.at)
    if closed:
        kept.effects.clear()
        kept.journal = [replace(line, detail=None) for line in kept.journal]


def _row(change: Change, before: CallRow | None) -> CallRow:
    snapshot = change.step.snapshot
    return CallRow(
        call_id=change.call_id,
        flow=flow_of(snapshot) or (before.flow if before else ""),
        bundle=snapshot.bundle,
        state=change.state,
        phase=snapshot.phase,
        started_at=snapshot.started_at,
        ended_at=change.at if snapshot.closed else None,
        result=snapshot.result,
        end=snapshot.end,
    )


def _line(change: Change, number: int) -> JournalLine:
    return JournalLine(
        call_id=change.call_id,
        number=number,
        at=change.at,
        event=kind_of(change.event),
        verdict=change.step.verdict,
        trace=change.step.trace,
        effects=tuple(kind_of(effect) for effect in change.step.effects),
        detail=change.event,
    )
