"""Which calls are due, and holding them for one node while it wakes them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BindParameter, Connection, bindparam, func, or_, select, update

from ivr.core.values import Millis
from ivr.store.moment import db_now
from ivr.store.shared import LONGEST_HOLD
from ivr.store.tables import calls

_ids: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
_DUE = (
    select(calls.c.call_id)
    .where(
        calls.c.next_due <= bindparam("now"),
        or_(
            calls.c.held_until.is_(None),
            calls.c.held_until <= db_now(),
            calls.c.held_until > db_now() + LONGEST_HOLD,
        ),
    )
    .order_by(calls.c.next_due, calls.c.call_id)
    .limit(bindparam("most"))
)
_FREE = _DUE.with_for_update(skip_locked=True)
_HOLD = (
    update(calls).where(calls.c.call_id.in_(_ids)).values(held_until=db_now() + bindparam("length"))
)
_NEXT_DUE = select(func.min(calls.c.next_due)).where(calls.c.next_due.is_not(None))


def due(connection: Connection, now: Millis, limit: int) -> Sequence[str]:
    """Calls with a deadline that is not after `now`, but those that are held."""
    return connection.execute(_DUE, {"now": now, "most": limit}).scalars().all()


def hold_due(connection: Connection, now: Millis, limit: int, length: Millis) -> Sequence[str]:
    """The same, and nobody else finds them for `length` milliseconds."""
    found = connection.execute(_FREE, {"now": now, "most": limit}).scalars().all()
    if found:
        connection.execute(_HOLD, {"ids": found, "length": length})
    return found


def next_due(connection: Connection) -> Millis | None:
    """The earliest deadline."""
    return connection.execute(_NEXT_DUE).scalar()
