"""The tables of version 1 of the store, as its program made them."""

from __future__ import annotations

STATEMENTS = (
    "CREATE TABLE meta (name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name))",
    "CREATE TABLE calls (call_id TEXT NOT NULL, version INTEGER NOT NULL, phase TEXT NOT NULL,"
    " flow TEXT, bundle TEXT NOT NULL, state TEXT NOT NULL, callback TEXT, next_due BIGINT,"
    " started_at BIGINT NOT NULL, ended_at BIGINT, result TEXT NOT NULL,"
    ' "end" TEXT NOT NULL, "key" {bytes}, snapshot {bytes}, PRIMARY KEY (call_id))',
    "CREATE UNIQUE INDEX calls_callback ON calls (callback)",
    "CREATE INDEX calls_started_at ON calls (started_at)",
    "CREATE INDEX calls_next_due ON calls (next_due) WHERE next_due IS NOT NULL",
    'CREATE TABLE journal (call_id TEXT NOT NULL, number INTEGER NOT NULL, "at" BIGINT NOT NULL,'
    " event TEXT NOT NULL, verdict TEXT NOT NULL, trace TEXT NOT NULL, effects TEXT NOT NULL,"
    " detail {bytes}, PRIMARY KEY (call_id, number)) {options}",
    "CREATE TABLE outbox (call_id TEXT NOT NULL, effect_id TEXT NOT NULL, number INTEGER NOT NULL,"
    ' place INTEGER NOT NULL, "at" BIGINT NOT NULL, kind TEXT NOT NULL, effect {bytes} NOT NULL,'
    " settled BOOLEAN NOT NULL, PRIMARY KEY (call_id, effect_id)) {options}",
    "CREATE INDEX outbox_unsettled ON outbox (call_id) WHERE settled = {false}",
    "CREATE TABLE recordings (name TEXT NOT NULL, call_id TEXT NOT NULL,"
    " stored_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, seconds FLOAT NOT NULL,"
    " size BIGINT NOT NULL, PRIMARY KEY (name))",
    "CREATE INDEX recordings_expires_at ON recordings (expires_at)",
)

NEW_CALL = (
    "INSERT INTO calls (call_id, version, phase, flow, bundle, state, callback, next_due,"
    " started_at, ended_at, result, \"end\", \"key\", snapshot) VALUES ('old', 1, 'connected',"
    " 'main', 'b', 's', NULL, 5, 1000, NULL, '', '', NULL, NULL)"
)
NEW_EFFECT = (
    'INSERT INTO outbox (call_id, effect_id, number, place, "at", kind, effect, settled)'
    " VALUES ('one', 'one.9', 9, 0, 1, 'hang_up', {nothing}, {false})"
)
"""What the program of version 1 writes."""


def of(statement: str, dialect: str) -> str:
    """The statement as one kind of database wants it."""
    postgresql = dialect == "postgresql"
    return statement.format(
        bytes="BYTEA" if postgresql else "BLOB",
        options="" if postgresql else "WITHOUT ROWID",
        false="false" if postgresql else "0",
        nothing="''",
    )
