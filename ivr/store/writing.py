"""Writing changes of many calls in one transaction, as jobs for the writing thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import (
    BindParameter,
    Connection,
    bindparam,
    delete,
    func,
    insert,
    select,
    true,
    update,
)

from ivr.errors import IvrError
from ivr.store.database import is_fault
from ivr.store.packing import ChangeRows
from ivr.store.shared import moved_on, refused
from ivr.store.tables import calls, journal, outbox

Refusals = Mapping[str, IvrError]
"""The calls whose change was not written, and why."""

Settled = tuple[str, str]
"""The ids of a call and of one of its effects."""

_CLOSED = -1
_ids: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)

# Locks the rows on PostgreSQL; SQLite's transaction has locked the whole database already.
_STORED = (
    select(calls.c.call_id, calls.c.version, calls.c.key.is_(None))
    .where(calls.c.call_id.in_(_ids))
    .order_by(calls.c.call_id)
    .with_for_update()
)
_UPDATE = (
    update(calls)
    .where(calls.c.call_id == bindparam("of"))
    .values(
        flow=func.coalesce(bindparam("new_flow"), calls.c.flow),
        callback=func.coalesce(bindparam("new_callback"), calls.c.callback),
    )
)
_DESTROY = (
    update(calls).where(calls.c.call_id.in_(_ids)).values(key=None),
    update(journal).where(journal.c.call_id.in_(_ids)).values(detail=None),
    delete(outbox).where(outbox.c.call_id.in_(_ids)),
)
_SETTLE = (
    update(outbox)
    .where(outbox.c.call_id == bindparam("of"), outbox.c.effect_id == bindparam("which"))
    .values(settled=true())
)


def write_together(
    connection: Connection, changes: Sequence[ChangeRows], settled: Sequence[Settled]
) -> Refusals:
    """Write the changes, at most one for each call, but those that lost with `Conflict`.

    Any row that the database does not take fails the whole transaction.
    """
    # First, so that settling never reaches an effect that is only now committed.
    if settled:
        connection.execute(_SETTLE, [{"of": call, "which": effect} for call, effect in settled])
    stored = _stored(connection, changes)
    lost = {
        change.call_id: moved_on(change.call_id)
        for change in changes
        if stored.get(change.call_id, 0) != change.expected
    }
    _write(connection, [change for change in changes if change.call_id not in lost])
    return lost


def write_singly(
    connection: Connection, changes: Sequence[ChangeRows], settled: Sequence[Settled]
) -> Refusals:
    """Write what can be written: slower, and one bad change does not fail the others."""
    lost: dict[str, IvrError] = dict(write_together(connection, (), settled))
    for change in changes:
        try:
            with connection.begin_nested():
                lost |= write_together(connection, (change,), ())
        except Exception as error:
            if is_fault(error):
                raise
            lost[change.call_id] = refused(change.call_id, type(error).__name__)
    return lost


def _stored(connection: Connection, changes: Sequence[ChangeRows]) -> dict[str, int]:
    if not changes:
        return {}
    rows = connection.execute(_STORED, {"ids": [change.call_id for change in changes]})
    return {call_id: _CLOSED if closed else version for call_id, version, closed in rows}


def _write(connection: Connection, changes: Sequence[ChangeRows]) -> None:
    new = [_inserted(change) for change in changes if not change.expected]
    moved = [_updated(change) for change in changes if change.expected]
    effects = [row for change in changes for row in change.outbox]
    if new:
        connection.execute(insert(calls), new)
    if moved:
        connection.execute(_UPDATE, moved)
    if changes:
        connection.execute(insert(journal), [change.journal for change in changes])
    if effects:
        connection.execute(insert(outbox), effects)
    closed = [change.call_id for change in changes if change.closed]
    if closed:
        _destroy(connection, closed)


def _inserted(change: ChangeRows) -> dict[str, object]:
    return change.call | {
        "call_id": change.call_id,
        "flow": change.flow,
        "callback": change.callback,
        "key": change.key,
    }


def _updated(change: ChangeRows) -> dict[str, object]:
    return change.call | {
        "of": change.call_id,
        "new_flow": change.flow,
        "new_callback": change.callback,
    }


def _destroy(connection: Connection, closed: Sequence[str]) -> None:
    for statement in _DESTROY:
        connection.execute(statement, {"ids": closed})
