"""The call store in a database."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from ivr.core.effects import AnyEffect
from ivr.core.values import Millis
from ivr.ports import CallRow, Change, JournalLine, Loaded, Outgoing
from ivr.store import reading, unpacking
from ivr.store.database import Database
from ivr.store.group import GroupCommit
from ivr.store.keys import CallSeal, KeyRing
from ivr.store.opening import open_database
from ivr.store.packing import pack
from ivr.store.recordings import RecordingIndex
from ivr.store.seal import Sealer, Unreadable
from ivr.store.shared import longest_waiting_first, moved_on
from ivr.store.tidying import Tidying

_log = structlog.get_logger(__name__)


class SqlStore:
    """The `CallStore` over a database; belongs to one event loop.

    Sealing and opening happen on the event loop, as they cost microseconds. Only SQL runs on
    the database's threads, which see neither a caller's data nor an unwrapped key.

    `wipe_within` is the number of seconds after which the traces of a closed call are wiped from
    the files beside the database. A minute is promised; half of it leaves room for a retry.
    """

    def __init__(self, database: Database, sealer: Sealer, wipe_within: float = 30.0) -> None:
        self.database = database
        self.recordings = RecordingIndex(database)
        self._keys = KeyRing(sealer)
        self._group = GroupCommit(database)
        self._tidying = Tidying(database, wipe_within)

    @classmethod
    async def open(cls, url: str, sealer: Sealer) -> SqlStore:
        """The store at `IVR_DATABASE_URL`. Raises `UsageError` and `StoreUnavailable`."""
        return cls(await open_database(url, sealer), sealer)

    async def close(self) -> None:
        """Write all that waits and let go of the database. Safe to call twice."""
        await self._group.close()
        await self._tidying.stop()
        await self.database.close()

    async def load(self, call_id: str) -> Loaded | None:
        """See `CallStore`; `Unreadable` when the row was tampered with."""
        row = await self.database.read(lambda c: reading.snapshot(c, call_id))
        if row is None:
            self._keys.drop(call_id)
            return None
        return unpacking.loaded(call_id, row, self._keys.unwrap(call_id, row.key))

    async def known(self, call_id: str) -> bool:
        """See `CallStore`."""
        return await self.database.read(lambda c: reading.is_known(c, call_id))

    async def commit(self, change: Change) -> None:
        """See `CallStore`. A commit that is cancelled may still be written."""
        call_id = change.call_id
        seal = None if change.step.snapshot.closed else await self._seal(change)
        await self._group.commit(pack(change, seal))
        if seal is not None:
            self._keys.keep(call_id, seal)
        else:
            self._keys.drop(call_id)
            self._tidying.soon()

    async def due(self, now: Millis, limit: int = 100) -> Sequence[str]:
        """See `CallStore`."""
        return await self.database.read(lambda c: reading.due(c, now, limit))

    async def next_due(self) -> Millis | None:
        """See `CallStore`."""
        return await self.database.read(reading.next_due)

    async def unsettled(self) -> Sequence[Outgoing]:
        """See `CallStore`. A row that cannot be read is logged and left out, so that it does
        not keep the other calls from being taken up again.
        """
        settling = self._group.settling()
        rows = await self.database.read(reading.unsettled)
        return longest_waiting_first(
            outgoing
            for row in rows
            if (row.call_id, row.effect_id) not in settling
            if (outgoing := self._outgoing(row)) is not None
        )

    def settle(self, call_id: str, effect_id: str) -> None:
        """See `CallStore`; written within 50 ms when no commit comes."""
        self._group.settle(call_id, effect_id)

    async def effect(self, call_id: str, effect_id: str) -> AnyEffect | None:
        """See `CallStore`."""
        row = await self.database.read(lambda c: reading.effect(c, call_id, effect_id))
        if row is None:
            return None
        return unpacking.effect(row, self._keys.unwrap(call_id, row.key))

    async def call_of(self, callback: str) -> str | None:
        """See `CallStore`."""
        return await self.database.read(lambda c: reading.owner(c, callback))

    async def journal(self, call_id: str) -> Sequence[JournalLine]:
        """See `CallStore`."""
        rows = await self.database.read(lambda c: reading.history(c, call_id))
        key = rows[0].key if rows else None
        seal = None if key is None else self._keys.unwrap(call_id, key)
        return [unpacking.journal_line(row, seal) for row in rows]

    async def calls(self, limit: int = 100) -> Sequence[CallRow]:
        """See `CallStore`."""
        rows = await self.database.read(lambda c: reading.newest(c, limit))
        return [unpacking.call_row(row) for row in rows]

    async def _seal(self, change: Change) -> CallSeal:
        """The seal for a call that goes on. Raises `Conflict` when it does not."""
        if not change.version:
            return self._keys.new(change.call_id)
        seal = self._keys.get(change.call_id)
        if seal is not None:
            return seal
        wrapped = await self.database.read(lambda c: reading.wrapped_key(c, change.call_id))
        if wrapped is None:
            raise moved_on(change.call_id)
        return self._keys.unwrap(change.call_id, wrapped)

    def _outgoing(self, row: reading.EffectCells) -> Outgoing | None:
        try:
            seal = self._keys.unwrap(row.call_id, row.key)
            return Outgoing(row.call_id, unpacking.effect(row, seal), row.at)
        except Unreadable as error:
            _log.error("effect_left_out", call=row.call_id, reason=str(error))
            return None
