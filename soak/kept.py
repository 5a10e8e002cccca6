"""What the store holds after a run, as entries of the history."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ivr.ports import CallRow, JournalLine
from ivr.store.seal import Sealer
from ivr.store.sql import SqlStore
from soak.history import History, Kept, KeptLine

ALL = 10_000_000


@asynccontextmanager
async def opened(url: str, sealer: Sealer) -> AsyncIterator[SqlStore]:
    """The store, to be read beside the nodes or after them."""
    store = await SqlStore.open(url, sealer)
    try:
        yield store
    finally:
        await store.close()


async def still_open(store: SqlStore) -> int:
    """How many calls are not closed: those whose line is down may have a leg that is looked for."""
    return sum(row.ended_at is None for row in await store.calls(ALL))


async def read_store(store: SqlStore, history: History) -> None:
    """Note every call of the store with its journal."""
    for row in await store.calls(ALL):
        history.add(_kept(row, list(await store.journal(row.call_id))))


def _kept(row: CallRow, journal: list[JournalLine]) -> Kept:
    closed = row.ended_at is not None
    lines = tuple(map(_line, journal))
    return Kept(
        time.time(), row.call_id, row.flow, row.phase, row.result, row.end, closed, lines
    )  # fmt: skip


def _line(line: JournalLine) -> KeptLine:
    trace = tuple(f"{each.state}:{each.outcome}" for each in line.trace)
    return KeptLine(line.at / 1000, line.event, line.verdict, line.effects, trace)
