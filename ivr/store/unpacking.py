"""From stored rows back to values. Whatever does not open or decode raises `Unreadable`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from ivr.core.effects import AnyEffect
from ivr.core.events import AnyEvent
from ivr.core.snapshot import decode, decode_effect
from ivr.core.step import TraceEntry
from ivr.ports import CallRow, JournalLine, Loaded
from ivr.store.claiming import OrphanCells
from ivr.store.keys import FOREIGN, CallSeal, unreadable
from ivr.store.reading import CallCells, EffectCells, JournalCells, SnapshotCells

_T = TypeVar("_T")
_event: msgspec.msgpack.Decoder[AnyEvent] = msgspec.msgpack.Decoder(AnyEvent)
_trace = msgspec.json.Decoder(tuple[TraceEntry, ...])
_kinds = msgspec.json.Decoder(tuple[str, ...])


def loaded(call_id: str, row: SnapshotCells, seal: CallSeal) -> Loaded:
    """The call as it was committed last."""
    plain = seal.open("calls", row.version, row.snapshot)
    return Loaded(_decoded(decode, plain, "calls", call_id, row.version), row.version)


def effect(row: EffectCells | OrphanCells, seal: CallSeal) -> AnyEffect:
    """The effect of a row of the outbox."""
    plain = seal.open("outbox", row.effect_id, row.effect)
    return _decoded(decode_effect, plain, "outbox", row.call_id, row.effect_id)


def journal_line(row: JournalCells, seal: CallSeal | None) -> JournalLine:
    """A line of the journal, without its detail when the call's key is gone."""

    def read(decode: Callable[[bytes], _T], raw: bytes) -> _T:
        return _decoded(decode, raw, "journal", row.call_id, row.number)

    detail = None
    if seal is not None and row.detail is not None:
        detail = read(_event.decode, seal.open("journal", row.number, row.detail))
    return JournalLine(
        call_id=row.call_id,
        number=row.number,
        at=row.at,
        event=row.event,
        verdict=row.verdict,
        trace=read(_trace.decode, row.trace.encode()),
        effects=read(_kinds.decode, row.effects.encode()),
        detail=detail,
    )


def call_row(row: CallCells) -> CallRow:
    """What may be known of a call without its key."""
    return CallRow(**row._asdict() | {"flow": row.flow or ""})


def _decoded(
    decode: Callable[[bytes], _T], raw: bytes, table: str, call_id: str, row: str | int
) -> _T:
    try:
        return decode(raw)
    except msgspec.MsgspecError:
        raise unreadable(table, call_id, row, FOREIGN) from None
