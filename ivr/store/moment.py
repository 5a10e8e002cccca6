"""The clock of leases: the database's, so that the clocks of the nodes do not matter.

On PostgreSQL it is the server's time of day. Nodes that share a SQLite file are on one machine:
there it is the machine's monotonic clock, which nobody can set. It begins anew with the machine,
so a lease or a hold that ends too far in the future was given before and counts no more.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from ivr.core.values import Millis

SQLITE_FUNCTION = "ivr_now"
"""What `machine_now` must be known as to every SQLite connection."""


def machine_now() -> Millis:
    """The machine's monotonic clock."""
    return time.monotonic_ns() // 1_000_000


class db_now(FunctionElement[int]):  # noqa: N801 - it is written like a function of SQL
    """The database's clock in SQL, in milliseconds."""

    type = BigInteger()
    inherit_cache = True


@compiles(db_now, "sqlite")
def _on_sqlite(_element: db_now, _compiler: SQLCompiler, **_options: Any) -> str:
    return f"{SQLITE_FUNCTION}()"


@compiles(db_now, "postgresql")
def _on_postgresql(_element: db_now, _compiler: SQLCompiler, **_options: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
