"""The way from the event loop to a database: one thread that writes, one that reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection

from ivr.errors import StoreUnavailable
from ivr.store.backend import Backend
from ivr.store.transaction import guarded, transact

_T = TypeVar("_T")


class Database:
    """Runs jobs on the database's threads, each job in one transaction."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._writer = ThreadPoolExecutor(1, "ivr-store-write")
        self._reader = ThreadPoolExecutor(1, "ivr-store-read")
        self._closed = False

    async def write(self, job: Callable[[Connection], _T]) -> _T:
        """What the job returns, once it is durable. Raises `StoreUnavailable`."""
        return await self._run(self._writer, lambda: transact(self.backend.writing, job))

    async def read(self, job: Callable[[Connection], _T]) -> _T:
        """What the job returns. Raises `StoreUnavailable`."""
        return await self._run(self._reader, lambda: transact(self.backend.reading, job))

    async def tidy(self) -> bool:
        """Wipe what was deleted from the files beside the database, if that can be done now."""
        return await self._run(
            self._writer, lambda: guarded(self.backend.writing, self.backend.tidy)
        )

    async def close(self) -> None:
        """Disconnect after the jobs in hand. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._reader, self.backend.reading.dispose)
        await loop.run_in_executor(self._writer, self.backend.writing.dispose)
        self._reader.shutdown()
        self._writer.shutdown()

    async def _run(self, thread: ThreadPoolExecutor, job: Callable[[], _T]) -> _T:
        if self._closed:
            raise StoreUnavailable("The call store is closed.")
        return await asyncio.get_running_loop().run_in_executor(thread, job)
