"""From `IVR_DATABASE_URL` to a database that is ready for use."""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ivr.core.values import Millis
from ivr.errors import IvrError, UsageError
from ivr.store.backend import Backend
from ivr.store.database import Database
from ivr.store.schema import prepare
from ivr.store.seal import Sealer
from ivr.store.sqlite import open_sqlite

PATIENCE: Millis = 5000


async def open_database(url: str, sealer: Sealer, patience: Millis = PATIENCE) -> Database:
    """The database, its tables made where they are missing.

    `patience` is how long to wait for another process that is writing the same. Raises
    `UsageError` for a URL or a database that is not ours to use, and `StoreUnavailable`.
    """
    backend = open_backend(url, patience)
    database = Database(backend)
    try:
        await database.write(lambda connection: prepare(connection, backend, sealer))
    except IvrError:
        await database.close()
        raise
    return database


def open_backend(url: str, patience: Millis = PATIENCE) -> Backend:
    """The back end for a URL. Raises `UsageError`, never with the URL's own text."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is not None and parsed.drivername == "sqlite":
        return open_sqlite(parsed, patience)
    if parsed is not None and parsed.drivername in {"postgresql", "postgresql+psycopg"}:
        return _open_postgresql(parsed, patience)
    raise UsageError(
        "IVR_DATABASE_URL must be of the form sqlite:///PATH or postgresql://USER@HOST/NAME."
    )


def _open_postgresql(url: URL, patience: Millis) -> Backend:
    try:
        from ivr.store.postgres import open_postgresql
    except ImportError:
        raise UsageError(
            "IVR_DATABASE_URL names a PostgreSQL database, and its driver is not installed: install"
            " ivr[postgres]."
        ) from None
    return open_postgresql(url, patience)
