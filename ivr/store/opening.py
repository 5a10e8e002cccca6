"""From `IVR_DATABASE_URL` to a database that is ready for use."""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ivr.core.values import Millis
from ivr.errors import IvrError, UsageError
from ivr.store.database import Database
from ivr.store.schema import prepare
from ivr.store.seal import Sealer
from ivr.store.sqlite import open_sqlite

PATIENCE: Millis = 5000


async def open_database(url: str, sealer: Sealer, patience: Millis = PATIENCE) -> Database:
    """The database, its tables made where they are missing.

    `patience` is how long to wait for another process that is writing to the same file. Raises
    `UsageError` for a URL or a database that is not ours to use, and `StoreUnavailable`.
    """
    database = Database(open_sqlite(_parsed(url), patience))
    try:
        await database.write(lambda connection: prepare(connection, sealer))
    except IvrError:
        await database.close()
        raise
    return database


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The error's own text would quote the URL, which may hold a password.
        parsed = None
    if parsed is None or parsed.drivername != "sqlite":
        raise UsageError("IVR_DATABASE_URL must be of the form sqlite:///PATH.")
    return parsed
