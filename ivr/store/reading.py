"""What is asked of the tables, as jobs for the reading thread. Rows come back sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import BindParameter, Connection, and_, bindparam, func, select

from ivr.core.values import Millis
from ivr.store.shared import NOT_LIVE
from ivr.store.tables import calls, journal, outbox


class SnapshotCells(NamedTuple):
    """A live call: its wrapped key and sealed snapshot."""

    version: int
    key: bytes
    snapshot: bytes


class EffectCells(NamedTuple):
    """An effect of a live call, sealed, with the call's wrapped key."""

    call_id: str
    effect_id: str
    at: Millis
    effect: bytes
    key: bytes


class JournalCells(NamedTuple):
    """A line of the journal; `detail` is sealed, `key` wrapped, both None once the call closed."""

    call_id: str
    number: int
    at: Millis
    event: str
    verdict: str
    trace: str
    effects: str
    detail: bytes | None
    key: bytes | None


class CallCells(NamedTuple):
    """What is clear of a call."""

    call_id: str
    flow: str | None
    bundle: str
    state: str
    phase: str
    started_at: Millis
    ended_at: Millis | None
    result: str
    end: str


_call: BindParameter[str] = bindparam("call")
_alive = calls.c.key.is_not(None)

_SNAPSHOT = select(calls.c.version, calls.c.key, calls.c.snapshot).where(
    calls.c.call_id == _call, _alive
)
_KEY = select(calls.c.key).where(calls.c.call_id == _call)
_OWNER = select(calls.c.call_id).where(calls.c.callback == bindparam("callback"))
_EFFECTS = select(
    outbox.c.call_id, outbox.c.effect_id, outbox.c.at, outbox.c.effect, calls.c.key
).join(calls, and_(calls.c.call_id == outbox.c.call_id, _alive))
_EFFECT = _EFFECTS.where(outbox.c.call_id == _call, outbox.c.effect_id == bindparam("effect"))
_LIVE = select(func.count()).select_from(calls).where(calls.c.phase.not_in(NOT_LIVE))
_LIVE_OF = _LIVE.where(calls.c.caller == bindparam("caller"))
_JOURNAL = (
    select(
        journal.c.call_id,
        journal.c.number,
        journal.c.at,
        journal.c.event,
        journal.c.verdict,
        journal.c.trace,
        journal.c.effects,
        journal.c.detail,
        calls.c.key,
    )
    .join(calls, calls.c.call_id == journal.c.call_id)
    .where(journal.c.call_id == _call)
    .order_by(journal.c.number)
)
_CALLS = (
    select(
        calls.c.call_id,
        calls.c.flow,
        calls.c.bundle,
        calls.c.state,
        calls.c.phase,
        calls.c.started_at,
        calls.c.ended_at,
        calls.c.result,
        calls.c.end,
    )
    .order_by(calls.c.started_at.desc(), calls.c.call_id)
    .limit(bindparam("most"))
)


def snapshot(connection: Connection, call_id: str) -> SnapshotCells | None:
    """The call, unless it is unknown or closed."""
    row = connection.execute(_SNAPSHOT, {"call": call_id}).first()
    return None if row is None else SnapshotCells(*row)


def is_known(connection: Connection, call_id: str) -> bool:
    """Whether there is such a call, closed or not."""
    return connection.execute(_KEY, {"call": call_id}).first() is not None


def wrapped_key(connection: Connection, call_id: str) -> bytes | None:
    """The call's key, unless it is unknown or closed."""
    return connection.execute(_KEY, {"call": call_id}).scalar()


def owner(connection: Connection, callback: str) -> str | None:
    """The call with this callback key."""
    return connection.execute(_OWNER, {"callback": callback}).scalar()


def effect(connection: Connection, call_id: str, effect_id: str) -> EffectCells | None:
    """One effect of a live call."""
    row = connection.execute(_EFFECT, {"call": call_id, "effect": effect_id}).first()
    return None if row is None else EffectCells(*row)


def live(connection: Connection, caller: str) -> int:
    """How many calls are not over; only those of `caller` unless it is empty."""
    if caller:
        return connection.execute(_LIVE_OF, {"caller": caller}).scalar_one()
    return connection.execute(_LIVE).scalar_one()


def history(connection: Connection, call_id: str) -> Sequence[JournalCells]:
    """The call's journal from its beginning."""
    return [JournalCells(*row) for row in connection.execute(_JOURNAL, {"call": call_id})]


def newest(connection: Connection, limit: int) -> Sequence[CallCells]:
    """Calls, the newest first."""
    return [CallCells(*row) for row in connection.execute(_CALLS, {"most": limit})]
