"""Bringing a store up to date or back, for a command line; `ivr.store.migrations` has the rule."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, select

from ivr.errors import UsageError
from ivr.store.backend import Backend
from ivr.store.migrations import SCHEMA, migrate
from ivr.store.moment import db_now
from ivr.store.opening import open_backend
from ivr.store.schema import stored, version_of
from ivr.store.tables import nodes
from ivr.store.transaction import transact

OLDEST = 1


def upgrade(url: str) -> int:
    """Bring the store to the version of this program, and return the version it had.

    Nodes of the version before may be running. Raises `UsageError` and `StoreUnavailable`.
    """
    return _change(url, lambda connection, version: migrate(connection, version, SCHEMA))


def downgrade(url: str, to: int) -> int:
    """Bring the store back to version `to`, and return the version it had.

    No call is lost, but what was taken of quotas, and prompt audio, which is rendered again.
    Raises `UsageError` when a node is running or there is no such version, and
    `StoreUnavailable`.
    """

    def work(connection: Connection, version: int) -> None:
        if not OLDEST <= to <= version:
            raise UsageError(
                f"The call store has version {version}: it can be brought back to any version"
                f" from {OLDEST} to {version}, not to {to}."
            )
        if version > OLDEST:
            _refuse_running(connection)
        migrate(connection, version, to)

    return _change(url, work)


def _change(url: str, work: Callable[[Connection, int], None]) -> int:
    backend = open_backend(url)
    try:
        return transact(backend.writing, lambda connection: _locked(connection, backend, work))
    finally:
        backend.writing.dispose()
        backend.reading.dispose()


def _locked(
    connection: Connection, backend: Backend, work: Callable[[Connection, int], None]
) -> int:
    backend.lock_schema(connection)
    found = stored(connection)
    if not found:
        raise UsageError("There is no call store at IVR_DATABASE_URL yet: a node makes it.")
    version = version_of(found)
    work(connection, version)
    return version


def _refuse_running(connection: Connection) -> None:
    now = connection.execute(select(db_now())).scalar_one()
    alive = nodes.c.until.between(now + 1, now + nodes.c.lease)
    running = connection.execute(select(nodes.c.name).where(alive)).scalars().all()
    if running:
        raise UsageError(f"Stop all nodes first; still running: {', '.join(sorted(running))}.")
