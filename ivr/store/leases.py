"""Who runs: nodes with a name, an epoch and a lease, as jobs for the writing thread."""

from __future__ import annotations

import secrets

from msgspec import Struct
from sqlalchemy import BindParameter, Connection, bindparam, delete, or_, select, text, update

from ivr.core.values import Millis
from ivr.errors import Fenced
from ivr.store.moment import db_now
from ivr.store.tables import nodes

_EPOCH_BITS = 62

_epoch: BindParameter[int] = bindparam("mine")
_FORGET = delete(nodes).where(
    or_(nodes.c.until <= db_now(), nodes.c.until > db_now() + nodes.c.lease)
)
_ENLIST = text(
    "INSERT INTO nodes (name, epoch, lease, until) VALUES (:name, :epoch, :lease, :until)"
    " ON CONFLICT (name) DO UPDATE SET"
    " epoch = excluded.epoch, lease = excluded.lease, until = excluded.until"
)
_NOW = select(db_now())
_RENEW = (
    update(nodes)
    .where(nodes.c.epoch == _epoch, nodes.c.until > db_now())
    .values(until=db_now() + nodes.c.lease)
)
_RESIGN = delete(nodes).where(nodes.c.epoch == _epoch)
# Holds back whoever wants to enlist under this name until the transaction has ended.
_FENCE = (
    select(db_now())
    .where(nodes.c.epoch == _epoch, nodes.c.until > db_now())
    .with_for_update(read=True)
)


class Identity(Struct, frozen=True):
    """Who a store is: `epoch` is like no other's, `lease` is None before it has enlisted.

    A store that has not enlisted may commit and claim, but what it claims anybody may take over.
    """

    epoch: int
    lease: Millis | None = None

    @classmethod
    def new(cls, lease: Millis | None = None) -> Identity:
        """Somebody who has never been."""
        return cls(secrets.randbits(_EPOCH_BITS), lease)


def enlist(connection: Connection, name: str, identity: Identity) -> None:
    """Begin a lease, and forget those that have run out."""
    connection.execute(_FORGET)
    lease = identity.lease or 0
    until = _now(connection) + lease
    row = {"name": name, "epoch": identity.epoch, "lease": lease, "until": until}
    connection.execute(_ENLIST, row)


def renew(connection: Connection, identity: Identity) -> None:
    """Begin the lease anew. Raises `Fenced`."""
    if connection.execute(_RENEW, {"mine": identity.epoch}).rowcount != 1:
        raise Fenced


def resign(connection: Connection, identity: Identity) -> None:
    """End the lease."""
    connection.execute(_RESIGN, {"mine": identity.epoch})


def fence(connection: Connection, identity: Identity) -> Millis:
    """The time, if the lease still runs; it cannot be taken until the transaction has ended.

    Raises `Fenced`.
    """
    if identity.lease is None:
        return _now(connection)
    now = connection.execute(_FENCE, {"mine": identity.epoch}).scalar()
    if now is None:
        raise Fenced
    return now


def _now(connection: Connection) -> Millis:
    return connection.execute(_NOW).scalar_one()
