"""The call store in a database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import structlog

from ivr.core.effects import AnyEffect
from ivr.core.values import Millis
from ivr.ports import CallRow, Change, JournalLine, Loaded, Moved, Outgoing, Quota
from ivr.store import claiming, deadlines, leases, prompts, reading, unpacking
from ivr.store.backend import Listener
from ivr.store.claiming import OrphanCells
from ivr.store.database import Database
from ivr.store.group import GroupCommit
from ivr.store.keys import CallSeal, KeyRing
from ivr.store.leases import Identity
from ivr.store.opening import open_database
from ivr.store.packing import pack
from ivr.store.quotas import Quotas
from ivr.store.recordings import RecordingIndex
from ivr.store.seal import Sealer, Unreadable
from ivr.store.shared import moved_on
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
        self._group = GroupCommit(database, Identity.new())
        self._quotas = Quotas(database)
        self._tidying = Tidying(database, wipe_within)
        self._tell: Callable[[Sequence[Moved]], None] | None = None
        self._listener: Listener | None = None

    @classmethod
    async def open(cls, url: str, sealer: Sealer) -> SqlStore:
        """The store at `IVR_DATABASE_URL`. Raises `UsageError` and `StoreUnavailable`."""
        return cls(await open_database(url, sealer), sealer)

    async def close(self) -> None:
        """Write all that waits and let go of the database. Safe to call twice."""
        await self._group.close()
        await self._quotas.stop()
        await self._tidying.stop()
        if self._listener is not None:
            await asyncio.to_thread(self._listener.close)
            self._listener = None
        await self.database.close()

    async def enlist(self, node: str, lease: Millis) -> None:
        """See `CallStore`."""
        identity = Identity.new(lease)
        await self.database.write(lambda c: leases.enlist(c, node, identity))
        self._group.become(identity)

    async def renew(self) -> None:
        """See `CallStore`; `Fenced` also before `enlist`."""
        await self.database.write(lambda c: leases.renew(c, self._group.identity))

    async def resign(self) -> None:
        """See `CallStore`. Commits are `Fenced` until the store enlists again."""
        await self._group.flush()
        await self.database.write(lambda c: leases.resign(c, self._group.identity))

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

    async def commit(self, change: Change) -> frozenset[str]:
        """See `CallStore`. A commit that is cancelled may still be written."""
        call_id = change.call_id
        seal = None if change.step.snapshot.closed else await self._seal(change)
        granted = await self._group.commit(pack(change, seal))
        if seal is not None:
            self._keys.keep(call_id, seal)
            return granted
        self._keys.drop(call_id)
        self._tidying.soon()
        # Its outbox is gone, so nobody else can have what it still wants.
        return change.claimed

    async def due(self, now: Millis, limit: int = 100, hold: Millis = 0) -> Sequence[str]:
        """See `CallStore`."""
        if not hold:
            return await self.database.read(lambda c: deadlines.due(c, now, limit))
        return await self.database.write(lambda c: deadlines.hold_due(c, now, limit, hold))

    async def next_due(self) -> Millis | None:
        """See `CallStore`."""
        return await self.database.read(deadlines.next_due)

    async def claim(self, call_id: str, effect_id: str) -> bool:
        """See `CallStore`."""
        return await self._group.claim(call_id, effect_id)

    async def orphans(self, limit: int = 1000) -> Sequence[Outgoing]:
        """See `CallStore`. A row that cannot be read is logged and left out, so that it does
        not keep the other calls from being taken up again.
        """
        identity, in_hand = self._group.identity, frozenset(self._group.in_hand)
        found = await self.database.write(lambda c: claiming.take_over(c, identity, in_hand, limit))
        self._group.in_hand.update(row.key for row in found.effects)
        settling = self._group.settling()
        rows = (row for row in found.effects if row.key not in settling)
        return [one for row in rows if (one := self._outgoing(row, found.keys)) is not None]

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

    async def live(self, caller: str = "") -> int:
        """See `CallStore`."""
        return await self.database.read(lambda c: reading.live(c, caller))

    async def take(self, quota: Quota, now: Millis) -> bool:
        """See `CallStore`."""
        return await self._quotas.take(quota, now)

    async def put_audio(self, name: str, wav: bytes) -> None:
        """See `CallStore`."""
        await self.database.write(lambda c: prompts.put(c, name, wav))

    async def audio(self, name: str) -> bytes | None:
        """See `CallStore`."""
        return await self.database.read(lambda c: prompts.get(c, name))

    def on_moved(self, tell: Callable[[Sequence[Moved]], None]) -> None:
        """See `CallStore`. Nobody is told of what is in a SQLite file."""
        self._tell = tell
        listen = self.database.backend.listen
        if listen is not None and self._listener is None:
            loop = asyncio.get_running_loop()

            def hear(epoch: int, moved: Sequence[Moved]) -> None:
                loop.call_soon_threadsafe(self._hear, epoch, moved)

            self._listener = listen(hear)

    def _hear(self, epoch: int, moved: Sequence[Moved]) -> None:
        if self._tell is not None and epoch != self._group.identity.epoch:
            self._tell(moved)

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

    def _outgoing(self, row: OrphanCells, keys: Mapping[str, bytes]) -> Outgoing | None:
        try:
            effect = unpacking.effect(row, self._keys.unwrap(row.call_id, keys[row.call_id]))
        except Unreadable as error:
            _log.error("effect_left_out", call=row.call_id, reason=str(error))
            return None
        return Outgoing(row.call_id, effect, row.at, row.begun)
