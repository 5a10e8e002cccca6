"""What is special about PostgreSQL: how to connect, and to give up in time.

The settings and their meaning: https://www.postgresql.org/docs/current/runtime-config-client.html
and https://www.postgresql.org/docs/current/libpq-connect.html.

What a closed call leaves in the server's pages, log and backups is encrypted with a key that no
table holds any more; when those bytes are written over is up to whoever runs the server.
"""

from __future__ import annotations

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.pool import ConnectionPoolEntry

from ivr.core.values import Millis
from ivr.store.backend import Backend, Hear, Listener, nothing_to_tidy
from ivr.store.listening import MovedListener, announce

_DRIVER = "postgresql+psycopg"
_IDLE: Millis = 2_000
"""A node that is stopped within a transaction holds its rows no longer than this."""

_SCHEMA_LOCK = 0x697672
"""The key of the advisory lock for changes of the tables: the letters of ivr."""

_WAIT_LONG = text("SET LOCAL lock_timeout = '60s'")
_LOCK_SCHEMA = text("SELECT pg_advisory_xact_lock(:key)")


def open_postgresql(url: URL, patience: Millis) -> Backend:
    """The back end for `postgresql://USER:PASSWORD@HOST/NAME` or `postgresql:///NAME?host=FOLDER`.

    `patience` is how long to wait for a connection, and for a row that another node has locked.
    Connects to nothing yet.
    """
    url = url.set(drivername=_DRIVER)
    limits = f"SET lock_timeout = {patience}; SET idle_in_transaction_session_timeout = {_IDLE}"
    writing = _engine(url, patience, "READ COMMITTED", limits)
    # Each read is one statement, so it needs no transaction. All that is ever written here are
    # notes to other nodes, which need not wait for a disk.
    reading = _engine(url, patience, "AUTOCOMMIT", "SET synchronous_commit = off")

    def listen(hear: Hear) -> Listener:
        return MovedListener(lambda: _connection(writing, patience), hear)

    return Backend(writing, reading, _lock_schema, nothing_to_tidy, announce, listen)


def _engine(url: URL, patience: Millis, isolation: IsolationLevel, settings: str) -> Engine:
    # One connection each: the store has one writing and one reading thread. Parameters are
    # hidden because an error's text may be logged.
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=1,
        max_overflow=0,
        isolation_level=isolation,
        connect_args=_in_time(patience),
    )

    @event.listens_for(engine, "connect")
    def connected(
        connection: psycopg.Connection[tuple[object, ...]], _: ConnectionPoolEntry
    ) -> None:
        connection.execute(settings)
        connection.commit()

    return engine


def _connection(engine: Engine, patience: Millis) -> psycopg.Connection[tuple[object, ...]]:
    _, arguments = engine.dialect.create_connect_args(engine.url)
    arguments.update(_in_time(patience))
    return psycopg.connect(**arguments, autocommit=True)


def _in_time(patience: Millis) -> dict[str, int]:
    """Notice within seconds that the server's machine is gone."""
    return {
        "connect_timeout": max(2, patience // 1000),
        "tcp_user_timeout": patience,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
    }


def _lock_schema(connection: Connection) -> None:
    connection.execute(_WAIT_LONG)
    connection.execute(_LOCK_SCHEMA, {"key": _SCHEMA_LOCK})
