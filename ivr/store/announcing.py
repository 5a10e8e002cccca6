"""Telling other nodes what was committed here, beside the commits and never in their way."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ivr.errors import StoreUnavailable
from ivr.ports import Moved
from ivr.store.database import Database


class Announcing:
    """Announces calls in the order in which they moved; what cannot be announced is dropped."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[Moved] = []
        self._epoch = 0
        self._work: asyncio.Task[None] | None = None

    def tell(self, epoch: int, moved: Sequence[Moved]) -> None:
        """Announce them soon, as news of the node with this epoch."""
        if self._database.backend.announce is None or not moved:
            return
        self._epoch = epoch
        self._waiting += moved
        if self._work is None or self._work.done():
            self._work = asyncio.get_running_loop().create_task(self._announce())

    async def stop(self) -> None:
        """Return when nothing is left to announce."""
        if self._work is not None:
            await self._work

    async def _announce(self) -> None:
        announce = self._database.backend.announce
        while self._waiting and announce is not None:
            epoch, moved, self._waiting = self._epoch, self._waiting, []
            try:
                await self._database.read(lambda c: announce(c, epoch, moved))  # noqa: B023
            except StoreUnavailable:
                # Whoever is not told finds out by the call's version.
                return
