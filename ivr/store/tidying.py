"""Wiping what closed calls left behind, soon after they closed."""

from __future__ import annotations

import asyncio

from ivr.errors import StoreUnavailable
from ivr.store.database import Database


class Tidying:
    """Tidies the database at most once in `within` seconds, until it has worked.

    A closed call's key is deleted at once, but its old bytes stay in files beside the database
    until those are emptied.
    """

    def __init__(self, database: Database, within: float) -> None:
        self._database = database
        self._within = within
        self._timer: asyncio.TimerHandle | None = None
        self._work: asyncio.Task[None] | None = None
        self._stopped = False

    def soon(self) -> None:
        """Something was destroyed."""
        if self._timer is None and not self._stopped:
            self._timer = asyncio.get_running_loop().call_later(self._within, self._start)

    async def stop(self) -> None:
        """Tidy a last time if something is left to do."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._start()
        if self._work is not None:
            await self._work

    def _start(self) -> None:
        self._timer = None
        self._work = asyncio.get_running_loop().create_task(self._tidy())

    async def _tidy(self) -> None:
        try:
            done = await self._database.tidy()
        except StoreUnavailable:
            done = False
        if not done:
            self.soon()
