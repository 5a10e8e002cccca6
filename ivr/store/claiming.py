"""Whose an effect is to perform, as jobs for the writing thread.

An effect is begun once a node has claimed it: from then on it may have been performed, and only
`take_over` gives it to another node, which is told so. A node that owns an effect and knows that
it has not performed it takes its own claim back first: the commit was in doubt, or whoever was
to perform it has given up.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import (
    BindParameter,
    Connection,
    and_,
    bindparam,
    case,
    false,
    func,
    or_,
    select,
    tuple_,
    update,
)

from ivr.core.values import Millis
from ivr.store.leases import Identity, fence
from ivr.store.moment import db_now
from ivr.store.tables import calls, nodes, outbox

EffectKey = tuple[str, str]
"""The ids of a call and of one of its effects."""


class OrphanCells(NamedTuple):
    """An unsettled effect, sealed; `held` tells that it is a living node's."""

    call_id: str
    effect_id: str
    at: Millis
    effect: bytes
    begun: bool
    held: bool

    @property
    def key(self) -> EffectKey:
        """The ids of the call and of the effect."""
        return self.call_id, self.effect_id


_NOBODY = 0
_ids: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
_pairs: BindParameter[Sequence[EffectKey]] = bindparam("pairs", expanding=True)
_CLAIM = (
    update(outbox)
    .where(
        tuple_(outbox.c.call_id, outbox.c.effect_id).in_(_pairs),
        outbox.c.settled == false(),
        or_(outbox.c.claims == 0, outbox.c.owner == bindparam("mine")),
    )
    .values(owner=bindparam("mine"), claims=case((outbox.c.claims == 0, 1), else_=outbox.c.claims))
    .returning(outbox.c.call_id, outbox.c.effect_id)
)
_MINE = select(outbox.c.call_id, outbox.c.effect_id).where(
    outbox.c.settled == false(), outbox.c.owner == bindparam("mine")
)
_TAKE_BACK = (
    update(outbox)
    .where(outbox.c.call_id == bindparam("of"), outbox.c.effect_id == bindparam("which"))
    .values(owner=_NOBODY, claims=case((outbox.c.claims == 0, 0), else_=outbox.c.claims - 1))
)

_held = and_(
    outbox.c.owner.in_(select(nodes.c.epoch).where(nodes.c.until > db_now())),
    or_(outbox.c.claims > 0, outbox.c.since > db_now() - bindparam("lease")),
)
_FREE = (
    select(outbox.c.call_id)
    .where(outbox.c.settled == false())
    .group_by(outbox.c.call_id)
    .having(func.sum(case((_held, 1), else_=0)) == 0)
    .order_by(func.min(outbox.c.at), outbox.c.call_id)
    .limit(bindparam("most"))
)
# The lock keeps other nodes from taking over the same calls, and from moving them on meanwhile.
_LOCK = (
    select(calls.c.call_id, calls.c.key)
    .where(calls.c.call_id.in_(_ids), calls.c.key.is_not(None))
    .with_for_update(skip_locked=True)
)
_UNSETTLED = (
    select(
        outbox.c.call_id,
        outbox.c.effect_id,
        outbox.c.at,
        outbox.c.effect,
        (outbox.c.claims > 0).label("begun"),
        _held.label("held"),
    )
    .where(outbox.c.call_id.in_(_ids), outbox.c.settled == false())
    .order_by(outbox.c.call_id, outbox.c.number, outbox.c.place)
    .with_for_update(of=outbox)
)
_TAKE = (
    update(outbox)
    .where(outbox.c.call_id.in_(_ids), outbox.c.settled == false())
    .values(owner=bindparam("mine"), claims=outbox.c.claims + 1)
)


class Orphans(NamedTuple):
    """What was taken over: the effects, and the wrapped keys of their calls."""

    effects: Sequence[OrphanCells]
    keys: Mapping[str, bytes]


def claim(
    connection: Connection, identity: Identity, wanted: Sequence[EffectKey]
) -> frozenset[EffectKey]:
    """Those of the wanted effects that are this node's now."""
    rows = connection.execute(_CLAIM, {"pairs": wanted, "mine": identity.epoch})
    return frozenset((call_id, effect_id) for call_id, effect_id in rows)


def take_over(
    connection: Connection, identity: Identity, in_hand: Container[EffectKey], limit: int
) -> Orphans:
    """Unsettled effects of calls that no living node has in hand; now they are this node's.

    `in_hand` is all that somebody performs, or will, of what is this node's already. Raises
    `Fenced`.
    """
    fence(connection, identity)
    _take_back(connection, identity, in_hand)
    lease = identity.lease or 0
    free = connection.execute(_FREE, {"most": limit, "lease": lease}).scalars().all()
    if not free:
        return Orphans((), {})
    keys = {row.call_id: row.key for row in connection.execute(_LOCK, {"ids": free})}
    rows = connection.execute(_UNSETTLED, {"ids": list(keys), "lease": lease})
    taken = _within(limit, [OrphanCells(*row) for row in rows])
    ids = sorted({one.call_id for one in taken})
    connection.execute(_TAKE, {"ids": ids, "mine": identity.epoch})
    return Orphans(taken, {call_id: keys[call_id] for call_id in ids})


def _take_back(connection: Connection, identity: Identity, in_hand: Container[EffectKey]) -> None:
    mine = [(row[0], row[1]) for row in connection.execute(_MINE, {"mine": identity.epoch})]
    strays = [key for key in mine if key not in in_hand]
    if strays:
        connection.execute(_TAKE_BACK, [{"of": call, "which": effect} for call, effect in strays])


def _within(limit: int, rows: Sequence[OrphanCells]) -> Sequence[OrphanCells]:
    """Whole calls that nobody holds by now, those with the oldest effect first."""
    groups = [list(group) for _, group in groupby(rows, attrgetter("call_id"))]
    free = [group for group in groups if not any(one.held for one in group)]
    free.sort(key=lambda group: (min(one.at for one in group), group[0].call_id))
    taken: list[OrphanCells] = []
    for group in free:
        if taken and len(taken) + len(group) > limit:
            break
        taken += group
    return taken
