"""Which effects must wait for those of other nodes, as jobs for the writing thread.

Effects that a living node has committed, claimed or taken over, and not settled, come before all
later ones of their lane. A commit locks its call, so it knows of all that is earlier.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    BindParameter,
    Connection,
    FromClause,
    and_,
    bindparam,
    case,
    exists,
    false,
    or_,
    select,
    tuple_,
)
from sqlalchemy.sql import ColumnElement

from ivr.store.claiming import EffectKey
from ivr.store.in_turn import LANES, LINE, lane_of
from ivr.store.leases import Identity
from ivr.store.moment import db_now
from ivr.store.packing import ChangeRows
from ivr.store.tables import nodes, outbox

_ids: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
_pairs: BindParameter[Sequence[EffectKey]] = bindparam("pairs", expanding=True)
_others: BindParameter[Sequence[int]] = bindparam("others", expanding=True)
_OTHERS = select(nodes.c.epoch).where(nodes.c.until > db_now(), nodes.c.epoch != bindparam("mine"))
_ELSEWHERE = select(outbox.c.call_id, outbox.c.kind).where(
    outbox.c.call_id.in_(_ids), outbox.c.settled == false(), outbox.c.owner.in_(_others)
)


def _lane(table: FromClause) -> ColumnElement[str]:
    apart = {kind: lane for kind, lane in LANES.items() if lane != LINE}
    return case(apart, value=table.c.kind, else_=LINE)


_mine, _first = outbox.alias("mine"), outbox.alias("first")
_is_before = or_(
    _first.c.number < _mine.c.number,
    and_(_first.c.number == _mine.c.number, _first.c.place < _mine.c.place),
)
_EARLY = select(_mine.c.call_id, _mine.c.effect_id).where(
    tuple_(_mine.c.call_id, _mine.c.effect_id).in_(_pairs),
    _mine.c.settled == false(),
    or_(_mine.c.claims == 0, _mine.c.owner == bindparam("mine")),
    exists().where(
        _first.c.call_id == _mine.c.call_id,
        _first.c.settled == false(),
        _first.c.owner.in_(_others),
        _lane(_first) == _lane(_mine),
        _is_before,
    ),
)


def too_early(
    connection: Connection, identity: Identity, wanted: Sequence[EffectKey]
) -> frozenset[EffectKey]:
    """Those of the wanted effects that could be claimed if it were their turn."""
    others = _living(connection, identity)
    if not others:
        return frozenset()
    given = {"pairs": wanted, "mine": identity.epoch, "others": others}
    rows = connection.execute(_EARLY, given)
    return frozenset((call_id, effect_id) for call_id, effect_id in rows)


def withheld(
    connection: Connection, identity: Identity, changes: Sequence[ChangeRows]
) -> frozenset[EffectKey]:
    """Effects that are to be claimed with their commit, when it is not their turn."""
    # A new call has nothing earlier, and most changes want nothing.
    asking = [change for change in changes if change.expected and change.claimed]
    if not asking or not (others := _living(connection, identity)):
        return frozenset()
    given = {"ids": [change.call_id for change in asking], "others": others}
    rows = connection.execute(_ELSEWHERE, given)
    busy = {(call_id, lane_of(kind)) for call_id, kind in rows}
    return frozenset(
        (change.call_id, effect_id)
        for change in asking
        for effect_id, lane in change.claimed.items()
        if (change.call_id, lane) in busy
    )


def _living(connection: Connection, identity: Identity) -> Sequence[int]:
    """The epochs of the other nodes: mostly there are none in a SQLite file."""
    return connection.execute(_OTHERS, {"mine": identity.epoch}).scalars().all()
