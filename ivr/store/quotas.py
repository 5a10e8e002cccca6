"""Counting what is used of a quota, over all nodes, as a job for the writing thread."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, text

from ivr.core.values import Millis
from ivr.ports import Quota
from ivr.store.tables import quotas

_KEPT: Millis = 24 * 3600 * 1000
"""How long a window that has ended is remembered, in case a clock is set back."""

# One statement, so that of any number at once each sees what the one before it left. A window
# that is earlier than the stored one counts in that: a clock set back opens none.
_TAKE = text(
    "INSERT INTO quotas AS q (name, starts, ends, used) VALUES (:name, :starts, :ends, 1)"
    " ON CONFLICT (name) DO UPDATE SET"
    " used = CASE WHEN excluded.starts > q.starts THEN 1 ELSE q.used + 1 END,"
    " starts = CASE WHEN excluded.starts > q.starts THEN excluded.starts ELSE q.starts END,"
    " ends = CASE WHEN excluded.starts > q.starts THEN excluded.ends ELSE q.ends END"
    " WHERE excluded.starts > q.starts OR q.used < :most"
    " RETURNING used"
)
_FORGET = delete(quotas).where(quotas.c.ends < bindparam("long_ago"))


def take(connection: Connection, quota: Quota, now: Millis) -> bool:
    """Use one, or learn that it is used up."""
    if quota.most < 1:
        return False
    starts = now - now % quota.window
    row = {"name": quota.name, "starts": starts, "ends": starts + quota.window, "most": quota.most}
    used = connection.execute(_TAKE, row).scalar()
    if used == 1:
        connection.execute(_FORGET, {"long_ago": now - _KEPT})
    return used is not None
