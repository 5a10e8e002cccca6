"""What can be found in the tables of PostgreSQL: nothing a caller said, no key after the call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ivr.core.events import HttpAnswered
from ivr.errors import UsageError
from ivr.ports import Quota
from ivr.store.opening import open_database
from ivr.store.seal import Sealer
from ivr.store.tables import metadata
from tests.store.postgres import database_of, execute, postgres_url
from tests.store.store_calls import CANARIES, change, closing, open_calls, speak, sql_store

ANSWER = "answer-of-the-bank-77"


@pytest.fixture
def url() -> Iterator[str]:
    with postgres_url() as found:
        yield found


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    """What an administrator reads."""
    return execute(query, database_of(url))


def everything(url: str) -> bytes:
    """All cells of all tables; those of bytes as they are, not as hexadecimal digits."""
    cells = [
        cell
        for table in metadata.tables
        for row in rows(url, f'SELECT * FROM "{table}"')
        for cell in row
    ]
    return b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in cells)


async def test_no_table_shows_what_a_caller_said(url: str) -> None:
    async with sql_store(url) as store:
        await store.enlist("node", 60_000)
        for call_id in ("live", "over"):
            await store.commit(change(call_id, 0, speak(1, call_id), caller="keyed-hash"))
            await store.commit(change(call_id, 1, event=HttpAnswered("e", 200, ANSWER)))
        await store.take(Quota("caller keyed-hash", 5, 1000), 0)
        live = everything(url)
        await store.commit(closing("over", 2))
    after = everything(url)
    assert b"call_arrived" in live
    canaries = [text.encode() for text in (*CANARIES, ANSWER)]
    assert [canary for canary in canaries if canary in live or canary in after] == []


async def test_closed_cells_are_empty(url: str) -> None:
    async with sql_store(url) as store:
        await store.commit(change("one", 0, speak(1)))
        await store.commit(closing("one", 1))
    assert rows(url, "SELECT key, snapshot FROM calls") == [(None, None)]
    assert rows(url, "SELECT DISTINCT detail FROM journal") == [(None,)]
    assert rows(url, "SELECT * FROM outbox") == []


async def test_another_master_key_is_refused_at_the_start(url: str) -> None:
    async with sql_store(url) as store:
        await open_calls(store, "one")
    with pytest.raises(UsageError, match="IVR_SEAL_KEY"):
        await open_database(url, Sealer(bytes(32)))
    async with sql_store(url) as store:
        assert await store.load("one") is not None
