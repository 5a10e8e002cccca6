"""The tables, fit for SQLite and PostgreSQL.

Columns are either clear and free of callers' data, or sealed (`key`, `snapshot`, `detail`,
`effect`). Times are milliseconds since 1970 (UTC), but those of leases and holds (`until`,
`since`, `held_until`): they are the database's own milliseconds, see `ivr.store.moment`.
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
    text,
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
    Column("caller", Text, nullable=False, server_default=""),
    Column("next_due", BigInteger),
    Column("held_until", BigInteger),
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

Index(
    "calls_live",
    calls.c.caller,
    sqlite_where=calls.c.phase != "ended",
    postgresql_where=calls.c.phase != "ended",
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
    Column("owner", BigInteger, nullable=False, server_default=text("0")),
    Column("claims", Integer, nullable=False, server_default=text("1")),
    Column("since", BigInteger, nullable=False, server_default=text("0")),
    sqlite_with_rowid=False,
)
"""The effects of calls that are not closed; `number` and `place` put those of a call in order.

`owner` is the epoch of the node that committed the effect, or claimed it since; `claims` counts
the nodes that have claimed it, so that they may have performed it; `since` is when it was
committed.
"""

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

nodes = Table(
    "nodes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False, unique=True),
    Column("lease", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
)
"""Who is running: `epoch` is new each time that a node enlists, `until` the end of its lease."""

quotas = Table(
    "quotas",
    metadata,
    Column("name", Text, primary_key=True),
    Column("starts", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("used", BigInteger, nullable=False),
    Index("quotas_ends", "ends"),
)
"""How much of each quota is used in its latest window."""

audio = Table(
    "audio",
    metadata,
    Column("name", Text, primary_key=True),
    Column("wav", LargeBinary, nullable=False),
)
"""Fixed prompts that some node has rendered; they hold nothing of a caller."""
