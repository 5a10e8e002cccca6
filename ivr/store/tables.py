"""The tables, fit for SQLite and PostgreSQL.

Columns are either clear and free of callers' data, or sealed (`key`, `snapshot`, `detail`,
`effect`). Times are milliseconds since 1970 (UTC).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    false,
)

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""What is true of the whole store: the version of its schema, and proof of the master key."""

calls = Table(
    "calls",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("phase", Text, nullable=False),
    Column("flow", Text),
    Column("bundle", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("callback", Text),
    Column("next_due", BigInteger),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("result", Text, nullable=False),
    Column("end", Text, nullable=False),
    Column("key", LargeBinary),
    Column("snapshot", LargeBinary),
    Index("calls_callback", "callback", unique=True),
    Index("calls_started_at", "started_at"),
)
"""One row for each call ever seen; `key` (wrapped) and `snapshot` are NULL once it is closed."""

Index(
    "calls_next_due",
    calls.c.next_due,
    sqlite_where=calls.c.next_due.is_not(None),
    postgresql_where=calls.c.next_due.is_not(None),
)

journal = Table(
    "journal",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("trace", Text, nullable=False),
    Column("effects", Text, nullable=False),
    Column("detail", LargeBinary),
    sqlite_with_rowid=False,
)
"""One row for each commit; `number` is the version that the commit made."""

outbox = Table(
    "outbox",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("effect_id", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("effect", LargeBinary, nullable=False),
    Column("settled", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
"""The effects of calls that are not closed; `number` and `place` put those of a call in order."""

Index(
    "outbox_unsettled",
    outbox.c.call_id,
    sqlite_where=outbox.c.settled == false(),
    postgresql_where=outbox.c.settled == false(),
)

recordings = Table(
    "recordings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("call_id", Text, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("size", BigInteger, nullable=False),
    Index("recordings_expires_at", "expires_at"),
)
"""Clips that are kept as files: `name` is the random name of the file, `size` counts bytes."""
