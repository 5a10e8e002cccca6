"""Which recordings are kept, for how long, and whose they are. The clips themselves are files."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, insert, select

from ivr.core.values import Millis
from ivr.store.database import Database
from ivr.store.tables import recordings


class Recording(Struct):
    """A stored clip: `name` is random and all one needs to fetch it; `size` counts bytes."""

    name: str
    call_id: str
    stored_at: Millis
    expires_at: Millis
    seconds: float
    size: int


_COLUMNS = [recordings.c[name] for name in Recording.__struct_fields__]
_GET = select(*_COLUMNS).where(
    recordings.c.name == bindparam("wanted"), recordings.c.expires_at > bindparam("now")
)
_EXPIRED = (
    select(*_COLUMNS)
    .where(recordings.c.expires_at <= bindparam("now"))
    .order_by(recordings.c.expires_at, recordings.c.name)
)
_REMOVE = delete(recordings).where(recordings.c.name == bindparam("wanted"))


class RecordingIndex:
    """The index in the database of the calls. Raises `StoreUnavailable` from all of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        name: str,
        call_id: str,
        *,
        stored_at: Millis,
        expires_at: Millis,
        seconds: float,
        size: int,
    ) -> None:
        """Note a clip that was stored; a clip of the same name is replaced."""
        recording = Recording(name, call_id, stored_at, expires_at, seconds, size)

        def write(connection: Connection) -> None:
            connection.execute(_REMOVE, {"wanted": name})
            connection.execute(insert(recordings), msgspec.structs.asdict(recording))

        await self._database.write(write)

    async def get(self, name: str, now: Millis) -> Recording | None:
        """The clip, unless it is unknown or expired."""

        def read(connection: Connection) -> Recording | None:
            row = connection.execute(_GET, {"wanted": name, "now": now}).first()
            return None if row is None else Recording(*row)

        return await self._database.read(read)

    async def expired(self, now: Millis) -> Sequence[Recording]:
        """Clips that may not be kept any longer, the one that expired first comes first."""

        def read(connection: Connection) -> Sequence[Recording]:
            return [Recording(*row) for row in connection.execute(_EXPIRED, {"now": now})]

        return await self._database.read(read)

    async def remove(self, name: str) -> None:
        """Forget a clip; nothing happens when it is unknown."""

        def write(connection: Connection) -> None:
            connection.execute(_REMOVE, {"wanted": name})

        await self._database.write(write)
