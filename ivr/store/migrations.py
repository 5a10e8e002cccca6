"""The versions of the tables, and the way from each to the next and back.

The tables as they are today are in `ivr.store.tables`: a new store is made from those. What is
here must lead an older store to exactly the same.

The rule for upgrading node by node: a migration only adds (tables, indexes, columns that may
be left out), so that programs of the version before go on working with a store that has been
migrated under them. What is not used any more is dropped one version later. The first new node
migrates the store when it opens it; nodes of the version before run on until they are replaced,
but cannot be started again. To go back, stop all nodes, downgrade, and start the older version.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, update

from ivr.store.tables import meta

SCHEMA = 2
"""Grows with every change of the tables that an older program could not have made."""

_UP: dict[int, Sequence[str]] = {
    2: (
        "ALTER TABLE calls ADD COLUMN caller TEXT DEFAULT '' NOT NULL",
        "ALTER TABLE calls ADD COLUMN held_until BIGINT",
        "CREATE INDEX calls_live ON calls (caller) WHERE phase != 'ended'",
        "ALTER TABLE outbox ADD COLUMN owner BIGINT DEFAULT 0 NOT NULL",
        "ALTER TABLE outbox ADD COLUMN claims INTEGER DEFAULT 1 NOT NULL",
        "ALTER TABLE outbox ADD COLUMN since BIGINT DEFAULT 0 NOT NULL",
        "CREATE TABLE nodes (name TEXT NOT NULL, epoch BIGINT NOT NULL, lease BIGINT NOT NULL,"
        " until BIGINT NOT NULL, PRIMARY KEY (name), UNIQUE (epoch))",
        "CREATE TABLE quotas (name TEXT NOT NULL, starts BIGINT NOT NULL, ends BIGINT NOT NULL,"
        " used BIGINT NOT NULL, PRIMARY KEY (name))",
        "CREATE INDEX quotas_ends ON quotas (ends)",
        "CREATE TABLE audio (name TEXT NOT NULL, wav {bytes} NOT NULL, PRIMARY KEY (name))",
    ),
}
"""What leads from the version before to each version."""

_DOWN: dict[int, Sequence[str]] = {
    2: (
        "DROP TABLE audio",
        "DROP TABLE quotas",
        "DROP TABLE nodes",
        "ALTER TABLE outbox DROP COLUMN since",
        "ALTER TABLE outbox DROP COLUMN claims",
        "ALTER TABLE outbox DROP COLUMN owner",
        "DROP INDEX calls_live",
        "ALTER TABLE calls DROP COLUMN held_until",
        "ALTER TABLE calls DROP COLUMN caller",
    ),
}
"""What leads from each version back to the one before."""


def migrate(connection: Connection, before: int, after: int) -> None:
    """Change the tables step by step, in the connection's transaction."""
    upwards = [step for version in range(before + 1, after + 1) for step in _UP[version]]
    downwards = [step for version in range(before, after, -1) for step in _DOWN[version]]
    kind = "BYTEA" if connection.dialect.name == "postgresql" else "BLOB"
    for statement in (*upwards, *downwards):
        connection.exec_driver_sql(statement.replace("{bytes}", kind))
    if before != after:
        version = update(meta).where(meta.c.name == "schema").values(value=str(after))
        connection.execute(version)
