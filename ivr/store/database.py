"""The way from the event loop to a database: one thread that writes, one that reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from ivr.errors import StoreUnavailable

_T = TypeVar("_T")


@dataclass(frozen=True)
class Backend:
    """How to reach one kind of database.

    `tidy` wipes copies of deleted rows from files beside the database, and says whether it could.
    """

    writing: Engine
    reading: Engine
    tidy: Callable[[], bool]


class Database:
    """Runs jobs on the database's threads, each job in one transaction.

    A fault of the database drops the connection and becomes `StoreUnavailable`; the next job
    connects again. A row that the database will not take leaves as the driver's own error.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._writer = ThreadPoolExecutor(1, "ivr-store-write")
        self._reader = ThreadPoolExecutor(1, "ivr-store-read")
        self._closed = False

    async def write(self, job: Callable[[Connection], _T]) -> _T:
        """What the job returns, once it is durable. Raises `StoreUnavailable`."""
        return await self._run(self._writer, lambda: _transact(self._backend.writing, job))

    async def read(self, job: Callable[[Connection], _T]) -> _T:
        """What the job returns. Raises `StoreUnavailable`."""
        return await self._run(self._reader, lambda: _transact(self._backend.reading, job))

    async def tidy(self) -> bool:
        """Wipe what was deleted from the files beside the database, if that can be done now."""
        return await self._run(
            self._writer, lambda: _guarded(self._backend.writing, self._backend.tidy)
        )

    async def close(self) -> None:
        """Disconnect after the jobs in hand. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._reader, self._backend.reading.dispose)
        await loop.run_in_executor(self._writer, self._backend.writing.dispose)
        self._reader.shutdown()
        self._writer.shutdown()

    async def _run(self, thread: ThreadPoolExecutor, job: Callable[[], _T]) -> _T:
        if self._closed:
            raise StoreUnavailable("The call store is closed.")
        return await asyncio.get_running_loop().run_in_executor(thread, job)


def is_fault(error: Exception) -> bool:
    """Whether the database itself is in trouble, rather than unwilling to take one row."""
    return isinstance(error, DBAPIError) and not isinstance(error, IntegrityError | DataError)


def _transact(engine: Engine, job: Callable[[Connection], _T]) -> _T:
    def work() -> _T:
        with engine.begin() as connection:
            return job(connection)

    return _guarded(engine, work)


def _guarded(engine: Engine, work: Callable[[], _T]) -> _T:
    try:
        return work()
    except DBAPIError as error:
        if not is_fault(error):
            raise
        engine.dispose()
        raise StoreUnavailable(f"The call store cannot be used: {error.orig}.") from error
