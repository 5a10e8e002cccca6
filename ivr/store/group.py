"""Group commit: whoever waits while a transaction is being written shares the next one.

A durable transaction costs a wait for the disk, however much it holds. One for each change
would allow some hundred changes a second; shared ones allow many thousand.
"""

from __future__ import annotations

import asyncio

from ivr.errors import StoreUnavailable
from ivr.store.announcing import Announcing
from ivr.store.claiming import EffectKey
from ivr.store.database import Database
from ivr.store.in_turn import claim_in_turn, monotonic, real_sleep
from ivr.store.leases import Identity
from ivr.store.packing import ChangeRows
from ivr.store.pending import Pending
from ivr.store.transaction import RowRefused
from ivr.store.writing import Batch, Written, write_singly, write_together

_SETTLE_WITHIN = 0.05
_APART = 0.006
"""Seconds between the beginnings of two transactions, unless the store has been idle."""


class GroupCommit:
    """Gathers changes, settled and claimed effects, and writes them in few transactions.

    Belongs to one event loop. No transaction holds two changes of one call. With `Fenced` all
    that waits is given up. `in_hand` are the effects that somebody here performs, or will: those
    that were committed, claimed or taken over, until it is written that they are settled.
    """

    def __init__(self, database: Database, identity: Identity) -> None:
        self.identity = identity
        self.in_hand: set[EffectKey] = set()
        self._database = database
        self._announcing = Announcing(database)
        self._pending = Pending()
        self._timer: asyncio.TimerHandle | None = None
        self._writer: asyncio.Task[None] | None = None
        self._closed = False
        self._written_at = 0.0

    async def commit(self, rows: ChangeRows) -> frozenset[str]:
        """The claims that were granted, once the change is durable.

        Raises `Conflict` or `StoreUnavailable`.
        """
        self._check_open()
        written = self._pending.change(rows)
        self._start()
        return await written

    async def claim(self, call_id: str, effect_id: str) -> bool:
        """Whether the effect is ours, durably and in its turn, after what was settled before."""
        key = call_id, effect_id
        try:
            return await claim_in_turn(lambda late: self._claim(key, late), monotonic, real_sleep)
        except asyncio.CancelledError:
            # Nobody waits for its turn any more, so whoever looks for orphans may have it.
            self.in_hand.discard(key)
            raise

    async def _claim(self, key: EffectKey, late: bool) -> bool | None:
        self._check_open()
        claimed = self._pending.claim(key, late=late)
        self._start()
        return await claimed

    def settle(self, call_id: str, effect_id: str) -> None:
        """Write it with the next changes, or soon without any."""
        self._pending.settled[call_id, effect_id] = None
        self._wake_soon()

    def settling(self) -> frozenset[EffectKey]:
        """What was settled and is not written yet."""
        return frozenset(self._pending.settled)

    def become(self, identity: Identity) -> None:
        """Write as this node from now on; what an earlier one had in hand is another's."""
        self.identity = identity
        self.in_hand.clear()

    async def flush(self) -> None:
        """Write all that waits, and what was settled."""
        await self._idle()
        if self._pending.settled:
            self._start()
            await self._idle()

    async def close(self) -> None:
        """Write all that waits, and take no more."""
        self._closed = True
        await self.flush()
        await self._announcing.stop()
        self._stop_timer()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("The call store is closed.")

    async def _idle(self) -> None:
        if self._writer is not None:
            await self._writer

    def _start(self) -> None:
        self._stop_timer()
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._write_waiting())

    def _wake_soon(self) -> None:
        if self._timer is None and not self._closed:
            self._timer = asyncio.get_running_loop().call_later(_SETTLE_WITHIN, self._start)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _write_waiting(self) -> None:
        while True:
            await self._gather()
            await self._write_some()
            if not self._pending:
                break
        if self._pending.settled:
            self._wake_soon()

    async def _gather(self) -> None:
        """Under load, let a few changes come together: most of a transaction's cost is its own."""
        loop = asyncio.get_running_loop()
        pause = self._written_at + _APART - loop.time()
        if pause > 0 and not self._closed:
            await asyncio.sleep(pause)
        self._written_at = loop.time()

    async def _write_some(self) -> None:
        load = self._pending.take()
        # Before it is written, as a look for orphans may come between writing and hearing of it.
        fresh = load.effects() - self.in_hand
        self.in_hand |= fresh | load.claimed()
        try:
            written = await self._write(load.batch(self.identity))
        except Exception as error:
            # Claims stay: whoever wants one asks again until it hears.
            self.in_hand -= fresh
            self._pending.fail(load, error)
            return
        self._pending.written(load)
        self.in_hand -= (fresh & load.refused(written)) | load.forgone(written)
        self.in_hand.difference_update(load.settled)
        self._announcing.tell(self.identity.epoch, load.moved(written))
        load.finish(written)

    async def _write(self, batch: Batch) -> Written:
        try:
            return await self._database.write(lambda c: write_together(c, batch))
        except RowRefused:
            # Some row is at fault, and nobody can say whose it is without trying each alone.
            return await self._database.write(lambda c: write_singly(c, batch))
