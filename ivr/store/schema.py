"""Makes the tables, and refuses a store that is not ours to use."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from ivr.errors import UsageError
from ivr.store.seal import Sealer
from ivr.store.tables import meta, metadata

SCHEMA = 1
"""Grows with every change of the tables that an older program could not work with."""

_PROOF = b"ivr"


def prepare(connection: Connection, sealer: Sealer) -> None:
    """Make what is missing. Raises `UsageError` for a newer schema or another master key."""
    metadata.create_all(connection)
    found = {row.name: row.value for row in connection.execute(select(meta))}
    if not found:
        connection.execute(insert(meta), _first(sealer))
        return
    _check(found, sealer)


def _first(sealer: Sealer) -> list[dict[str, str]]:
    return [
        {"name": "schema", "value": str(SCHEMA)},
        {"name": "proof", "value": sealer.token("store", _PROOF)},
    ]


def _check(found: dict[str, str], sealer: Sealer) -> None:
    schema = found.get("schema", "")
    if not schema.isdecimal() or int(schema) > SCHEMA:
        raise UsageError(
            f"The call store was made by a newer version of ivr (its schema is {schema!r}, this"
            f" version knows {SCHEMA}): upgrade ivr, or use another IVR_DATABASE_URL."
        )
    if sealer.read_token("store", found.get("proof", "")) != _PROOF:
        raise UsageError(
            "The call store was sealed with another key: set IVR_SEAL_KEY to the key it was made"
            " with, or use another IVR_DATABASE_URL."
        )
