"""Makes the tables, brings older ones up to date, and refuses a store that is not ours to use."""

from __future__ import annotations

from sqlalchemy import Connection, insert, inspect, select

from ivr.errors import UsageError
from ivr.store.backend import Backend
from ivr.store.migrations import SCHEMA, migrate
from ivr.store.seal import Sealer
from ivr.store.tables import meta, metadata

_PROOF = b"ivr"


def prepare(connection: Connection, backend: Backend, sealer: Sealer) -> None:
    """Make or migrate the tables, once when many start at the same time.

    Raises `UsageError` for a newer schema or another master key.
    """
    backend.lock_schema(connection)
    found = stored(connection)
    if found is None:
        metadata.create_all(connection, checkfirst=False)
    if not found:
        connection.execute(insert(meta), _first(sealer))
        return
    version = version_of(found)
    if sealer.read_token("store", found.get("proof", "")) != _PROOF:
        raise UsageError(
            "The call store was sealed with another key: set IVR_SEAL_KEY to the key it was made"
            " with, or use another IVR_DATABASE_URL."
        )
    migrate(connection, version, SCHEMA)


def stored(connection: Connection) -> dict[str, str] | None:
    """What the store says of itself, None if there is no store."""
    if not inspect(connection).has_table(meta.name):
        return None
    return {row.name: row.value for row in connection.execute(select(meta))}


def version_of(found: dict[str, str]) -> int:
    """The version of the tables. Raises `UsageError` when this program does not know it."""
    schema = found.get("schema", "")
    if not schema.isdecimal() or not 1 <= int(schema) <= SCHEMA:
        raise UsageError(
            f"The call store was made by a newer version of ivr (its schema is {schema!r}, this"
            f" version knows {SCHEMA}): upgrade ivr, or use another IVR_DATABASE_URL."
        )
    return int(schema)


def _first(sealer: Sealer) -> list[dict[str, str]]:
    return [
        {"name": "schema", "value": str(SCHEMA)},
        {"name": "proof", "value": sealer.token("store", _PROOF)},
    ]
