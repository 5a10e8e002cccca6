"""Fixed prompt audio, kept for all nodes."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select, text

from ivr.store.tables import audio

_PUT = text("INSERT INTO audio (name, wav) VALUES (:name, :wav) ON CONFLICT (name) DO NOTHING")
_GET = select(audio.c.wav).where(audio.c.name == bindparam("wanted"))


def put(connection: Connection, name: str, wav: bytes) -> None:
    """Keep it, unless it is kept already."""
    connection.execute(_PUT, {"name": name, "wav": wav})


def get(connection: Connection, name: str) -> bytes | None:
    """The audio, if some node has put it."""
    return connection.execute(_GET, {"wanted": name}).scalar()
