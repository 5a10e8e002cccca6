"""Writing what many calls want in one transaction, as jobs for the writing thread.

Every transaction locks in the same order (calls, effects, new rows; each sorted), so that two
nodes seldom wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

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

from ivr.errors import Fenced, IvrError
from ivr.store.claiming import EffectKey, claim
from ivr.store.leases import Identity, fence
from ivr.store.packing import Cells, ChangeRows
from ivr.store.serial import too_early, withheld
from ivr.store.shared import moved_on, refused
from ivr.store.tables import calls, journal, outbox
from ivr.store.transaction import is_fault

Refusals = Mapping[str, IvrError]
"""The calls whose change was not written, and why."""


class Batch(NamedTuple):
    """What is written together: at most one change of each call, in the order of their ids.

    `late` are those of the claims that wait for their turn no longer.
    """

    identity: Identity
    changes: Sequence[ChangeRows] = ()
    settled: Sequence[EffectKey] = ()
    claims: Sequence[EffectKey] = ()
    late: Container[EffectKey] = ()


class Written(NamedTuple):
    """What came of a batch: the changes that lost, and the effects that were claimed.

    For `early` claims it is not yet their turn; nor is it for the effects that were `withheld`
    from those who wanted to claim them with their change.
    """

    refused: Refusals
    claimed: frozenset[EffectKey] = frozenset()
    early: frozenset[EffectKey] = frozenset()
    withheld: frozenset[EffectKey] = frozenset()


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


def write_together(connection: Connection, batch: Batch) -> Written:
    """Write the batch, but those changes that lost with `Conflict`. Raises `Fenced`.

    Any row that the database does not take fails the whole transaction.
    """
    now = fence(connection, batch.identity)
    stored = _stored(connection, batch.changes)
    # Before the new rows, so that settling never reaches an effect that is only now committed.
    claimed, early = _write_effects(connection, batch)
    lost = {
        change.call_id: moved_on(change.call_id)
        for change in batch.changes
        if stored.get(change.call_id, 0) != change.expected
    }
    won = [change for change in batch.changes if change.call_id not in lost]
    kept_back = withheld(connection, batch.identity, won)
    _write(connection, won, {"owner": batch.identity.epoch, "since": now}, kept_back)
    return Written(lost, claimed, early, kept_back)


def write_singly(connection: Connection, batch: Batch) -> Written:
    """Write what can be written: slower, and one bad change does not fail the others."""
    effects = write_together(connection, batch._replace(changes=()))
    lost: dict[str, IvrError] = {}
    kept_back: frozenset[EffectKey] = frozenset()
    for change in batch.changes:
        try:
            with connection.begin_nested():
                alone = Batch(batch.identity, (change,))
                written = write_together(connection, alone)
            lost |= written.refused
            kept_back |= written.withheld
        except Exception as error:
            if is_fault(error) or isinstance(error, Fenced):
                raise
            lost[change.call_id] = refused(change.call_id, type(error).__name__)
    return effects._replace(refused=lost, withheld=kept_back)


def _write_effects(
    connection: Connection, batch: Batch
) -> tuple[frozenset[EffectKey], frozenset[EffectKey]]:
    if batch.settled:
        pairs = [{"of": call, "which": effect} for call, effect in sorted(batch.settled)]
        connection.execute(_SETTLE, pairs)
    if not batch.claims:
        return frozenset(), frozenset()
    patient = [key for key in batch.claims if key not in batch.late]
    early = too_early(connection, batch.identity, patient) if patient else frozenset()
    wanted = [key for key in batch.claims if key not in early]
    return (claim(connection, batch.identity, wanted) if wanted else frozenset()), early


def _stored(connection: Connection, changes: Sequence[ChangeRows]) -> dict[str, int]:
    if not changes:
        return {}
    rows = connection.execute(_STORED, {"ids": [change.call_id for change in changes]})
    return {call_id: _CLOSED if closed else version for call_id, version, closed in rows}


def _write(
    connection: Connection,
    changes: Sequence[ChangeRows],
    node: Cells,
    kept_back: Container[EffectKey],
) -> None:
    new = [_inserted(change) for change in changes if not change.expected]
    moved = [_updated(change) for change in changes if change.expected]
    effects = [
        row | node | ({"claims": 0} if key in kept_back else {})
        for change in changes
        for key, row in zip(change.effects, change.outbox, strict=False)
    ]
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
        "caller": change.caller,
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
