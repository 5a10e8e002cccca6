"""What is special about SQLite: how to connect, to begin, and to wipe the write-ahead log.

The pragmas and their meaning: https://www.sqlite.org/pragma.html.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from ivr.core.values import Millis
from ivr.errors import StoreUnavailable, UsageError
from ivr.store.backend import Backend
from ivr.store.moment import SQLITE_FUNCTION, machine_now

_TIDY_PATIENCE: Millis = 100
_NO_TRANSACTION = "ivr_no_transaction"
_WRITING = ("wal_autocheckpoint=4000", "secure_delete=ON")


def open_sqlite(url: URL, patience: Millis) -> Backend:
    """The back end for `sqlite:///PATH`; `patience` is how long to wait for another process.

    Nothing is opened but the file, which is made for its owner only. Raises `UsageError` or
    `StoreUnavailable`.
    """
    _make_private(url)
    wait = f"busy_timeout={patience}"
    writing = _engine(url, (wait, "journal_mode=WAL", "synchronous=FULL", *_WRITING))
    reading = _engine(url, (wait, "query_only=ON"))
    event.listen(writing, "begin", _begin_immediate)

    def tidy() -> bool:
        return _truncate_log(writing, patience)

    return Backend(writing, reading, _locked_already, tidy)


def _locked_already(_: Connection) -> None:
    """The whole database is locked by every transaction that writes."""


def _make_private(url: URL) -> None:
    path = url.database or ""
    if path in {"", ":memory:"} or path.startswith("file:") or url.query:
        raise UsageError("IVR_DATABASE_URL must name a file, as in sqlite:///ivr.db.")
    try:
        Path(path).touch(mode=0o600)
    except OSError as error:
        raise StoreUnavailable(
            f"{path}: the call store cannot be opened: {error.strerror}."
        ) from None


def _engine(url: URL, pragmas: Sequence[str]) -> Engine:
    # One connection each: the store has one writing and one reading thread. Parameters are
    # hidden because an error's text may be logged.
    engine = create_engine(url, hide_parameters=True, pool_size=1, max_overflow=0)

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        # The driver must not begin transactions of its own: it would do so too late and too weakly.
        connection.isolation_level = None
        connection.create_function(SQLITE_FUNCTION, 0, machine_now)
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _begin_immediate(connection: Connection) -> None:
    # Takes the write lock at once, so what the transaction reads stays true until it commits.
    if not connection.get_execution_options().get(_NO_TRANSACTION):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _truncate_log(engine: Engine, patience: Millis) -> bool:
    """Move the log into the database and empty it; False when others are still reading it.

    Zeroed rows (secure_delete) live on in the log until this is done.
    """
    with engine.connect().execution_options(**{_NO_TRANSACTION: True}) as connection:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_TIDY_PATIENCE}")
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        connection.exec_driver_sql(f"PRAGMA busy_timeout={patience}")
        return not busy
