"""Counting what is used of quotas, over all nodes; who asks at the same time shares a commit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, text

from ivr.core.values import Millis
from ivr.ports import Quota
from ivr.store.database import Database
from ivr.store.shared import unavailable
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


class Wish(NamedTuple):
    """Somebody who wants one of a quota."""

    quota: Quota
    now: Millis
    taken: asyncio.Future[bool]


class Quotas:
    """Takes what is asked for, in one transaction for all who wait. Belongs to one event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wishes: list[Wish] = []
        self._work: asyncio.Task[None] | None = None

    async def take(self, quota: Quota, now: Millis) -> bool:
        """Use one, or learn that it is used up. Raises `StoreUnavailable`."""
        loop = asyncio.get_running_loop()
        wish = Wish(quota, now, loop.create_future())
        self._wishes.append(wish)
        if self._work is None or self._work.done():
            self._work = loop.create_task(self._take_all())
        return await wish.taken

    async def stop(self) -> None:
        """Return when nobody waits."""
        if self._work is not None:
            await self._work

    async def _take_all(self) -> None:
        while self._wishes:
            wishes, self._wishes = self._wishes, []
            # By name, so that two nodes do not wait for each other in a circle.
            wishes.sort(key=lambda wish: wish.quota.name)
            await self._grant(wishes)

    async def _grant(self, wishes: Sequence[Wish]) -> None:
        try:
            taken = await self._database.write(lambda connection: take_each(connection, wishes))
        except Exception as error:
            for wish in wishes:
                if not wish.taken.done():
                    wish.taken.set_exception(unavailable(error))
            return
        for wish, granted in zip(wishes, taken, strict=True):
            if not wish.taken.done():
                wish.taken.set_result(granted)


def take_each(connection: Connection, wishes: Sequence[Wish]) -> Sequence[bool]:
    """Whether each wish is granted, one after the other."""
    return [_take(connection, wish.quota, wish.now) for wish in wishes]


def _take(connection: Connection, quota: Quota, now: Millis) -> bool:
    if quota.most < 1:
        return False
    starts = now - now % quota.window
    row = {"name": quota.name, "starts": starts, "ends": starts + quota.window, "most": quota.most}
    used = connection.execute(_TAKE, row).scalar()
    if used == 1:
        connection.execute(_FORGET, {"long_ago": now - _KEPT})
    return used is not None
