"""Every kind of store, as a place where any number of nodes meet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, update

from ivr.core.values import Millis
from ivr.ports import CallStore
from ivr.store.memory import MemoryStore
from ivr.store.tables import calls, nodes, outbox
from tests.store.postgres import postgres_url
from tests.store.store_calls import sql_store, url_of

KINDS = ("memory", "sqlite", "postgres")
LEASE: Millis = 600_000
"""Long enough to outlive any test."""


class Site(Protocol):
    """One store, and the nodes that share it."""

    async def node(self, name: str = "") -> CallStore:
        """Another node; it has enlisted when it has a name."""
        ...

    async def pass_a_lease(self, but: str = "") -> None:
        """Let as much time pass as a lease takes; all nodes renew theirs, but one."""
        ...


class MemorySite:
    """Nodes over one memory, with a clock that the test moves."""

    def __init__(self) -> None:
        self._time: Millis = 1_000_000
        self._first = MemoryStore(clock=lambda: self._time)
        self._nodes: dict[str, MemoryStore] = {}

    async def node(self, name: str = "") -> MemoryStore:
        store = MemoryStore(self._first)
        if name:
            await store.enlist(name, LEASE)
            self._nodes[name] = store
        return store

    async def pass_a_lease(self, but: str = "") -> None:
        self._nodes.pop(but, None)
        for _ in range(4):
            self._time += LEASE // 4
            for store in self._nodes.values():
                await store.renew()


class SqlSite:
    """Stores on one database."""

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self.url = url
        self._stack = stack

    async def node(self, name: str = "") -> CallStore:
        store = await self._stack.enter_async_context(sql_store(self.url))
        if name:
            await store.enlist(name, LEASE)
        return store

    async def pass_a_lease(self, but: str = "") -> None:
        def shift(connection: Connection) -> None:
            connection.execute(update(outbox).values(since=outbox.c.since - LEASE))
            connection.execute(update(calls).values(held_until=calls.c.held_until - LEASE))
            late = update(nodes).where(nodes.c.name == but)
            connection.execute(late.values(until=nodes.c.until - LEASE))

        async with sql_store(self.url) as store:
            await store.database.write(shift)


@contextmanager
def database_url(kind: str, folder: Path, *, fresh: bool = False) -> Iterator[str]:
    """The URL of an empty database of this kind; see `postgres_url` for `fresh`."""
    if kind == "sqlite":
        yield url_of(folder)
        return
    with postgres_url(fresh=fresh) as url:
        yield url


@asynccontextmanager
async def open_site(kind: str, folder: Path) -> AsyncIterator[Site]:
    """A new and empty site."""
    if kind == "memory":
        yield MemorySite()
        return
    with database_url(kind, folder) as url:
        async with AsyncExitStack() as stack:
            yield SqlSite(url, stack)
