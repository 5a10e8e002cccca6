"""One event at a time for each call, many calls at once.

A call has a lock only while somebody works on it, so idle calls cost nothing here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Locks by call, made on demand and dropped when nobody holds or awaits them."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def of(self, call_id: str) -> AsyncIterator[None]:
        """Hold the call's turn; those who wait get it in the order in which they came."""
        lock, holders = self._locks.get(call_id) or (asyncio.Lock(), 0)
        self._locks[call_id] = (lock, holders + 1)
        try:
            async with lock:
                yield
        finally:
            self._let_go(call_id)

    def _let_go(self, call_id: str) -> None:
        lock, holders = self._locks[call_id]
        if holders == 1:
            del self._locks[call_id]
        else:
            self._locks[call_id] = (lock, holders - 1)

    def __len__(self) -> int:
        return len(self._locks)
