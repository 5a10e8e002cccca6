"""Group commit: whoever waits while a transaction is being written shares the next one.

A durable transaction costs a wait for the disk, however much it holds. One for each change
would allow some hundred changes a second; shared ones allow many thousand.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from ivr.errors import IvrError, StoreUnavailable
from ivr.store.database import Database
from ivr.store.packing import ChangeRows
from ivr.store.writing import Refusals, Settled, write_singly, write_together

_MOST_TOGETHER = 512
_SETTLE_WITHIN = 0.05
_APART = 0.006
"""Seconds between the beginnings of two transactions, unless the store has been idle."""


class _Waiting(NamedTuple):
    rows: ChangeRows
    written: asyncio.Future[None]


class GroupCommit:
    """Gathers changes and settled effects, and writes them in as few transactions as it can.

    Belongs to one event loop. No transaction holds two changes of one call.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Waiting] = deque()
        self._settled: dict[Settled, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writer: asyncio.Task[None] | None = None
        self._closed = False
        self._written_at = 0.0

    async def commit(self, rows: ChangeRows) -> None:
        """Return once the change is durable. Raises `Conflict` or `StoreUnavailable`."""
        if self._closed:
            raise StoreUnavailable("The call store is closed.")
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(rows, written))
        self._start()
        await written

    def settle(self, call_id: str, effect_id: str) -> None:
        """Write it with the next changes, or soon without any."""
        self._settled[call_id, effect_id] = None
        self._wake_soon()

    def settling(self) -> frozenset[Settled]:
        """What was settled and is not written yet."""
        return frozenset(self._settled)

    async def close(self) -> None:
        """Write all that waits, and take no more."""
        self._closed = True
        await self._idle()
        if self._settled:
            self._start()
            await self._idle()
        self._stop_timer()

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
            if not self._waiting:
                break
        if self._settled:
            self._wake_soon()

    async def _gather(self) -> None:
        """Under load, let a few changes come together: most of a transaction's cost is its own."""
        loop = asyncio.get_running_loop()
        pause = self._written_at + _APART - loop.time()
        if pause > 0 and not self._closed:
            await asyncio.sleep(pause)
        self._written_at = loop.time()

    async def _write_some(self) -> None:
        batch, settled = self._take(), tuple(self._settled)
        try:
            refused = await self._write([waiting.rows for waiting in batch], settled)
        except Exception as error:
            self._fail_all(batch, error)
            return
        for one in settled:
            del self._settled[one]
        for waiting in batch:
            _finish(waiting, refused.get(waiting.rows.call_id))

    async def _write(self, rows: Sequence[ChangeRows], settled: Sequence[Settled]) -> Refusals:
        try:
            return await self._database.write(lambda c: write_together(c, rows, settled))
        except StoreUnavailable:
            raise
        except Exception:
            # Some row is at fault, and nobody can say whose it is without trying each alone.
            return await self._database.write(lambda c: write_singly(c, rows, settled))

    def _take(self) -> list[_Waiting]:
        """The next changes, in order; a second one of the same call stays where it is."""
        batch: dict[str, _Waiting] = {}
        second: list[_Waiting] = []
        while self._waiting and len(batch) < _MOST_TOGETHER:
            waiting = self._waiting.popleft()
            if waiting.rows.call_id in batch:
                second.append(waiting)
            else:
                batch[waiting.rows.call_id] = waiting
        self._waiting.extendleft(reversed(second))
        return list(batch.values())

    def _fail_all(self, batch: Sequence[_Waiting], error: Exception) -> None:
        """Everybody who waits hears of a fault at once, rather than one batch after the other."""
        text = str(error) if isinstance(error, IvrError) else _fault(error)
        for waiting in (*batch, *self._waiting):
            failure = StoreUnavailable(text)
            failure.__cause__ = error
            _finish(waiting, failure)
        self._waiting.clear()


def _fault(error: Exception) -> str:
    # The text of a foreign exception may quote what it was given.
    return f"The call store failed ({type(error).__name__}); nothing was committed."


def _finish(waiting: _Waiting, failure: IvrError | None) -> None:
    if waiting.written.done():
        return
    if failure is None:
        waiting.written.set_result(None)
    else:
        waiting.written.set_exception(failure)
