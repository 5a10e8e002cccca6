"""A database in trouble: nobody is told a lie, nothing is half written, and it gets well again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing as closed_at_end
from pathlib import Path

import pytest

from ivr.errors import StoreUnavailable
from ivr.ports import Change
from ivr.store.sql import SqlStore
from tests.store.store_calls import (
    change,
    closing,
    hang_up,
    open_calls,
    speak,
    sql_store,
)

SOON = 50
"""Milliseconds to wait for a lock in these tests."""


async def outcomes(store: SqlStore, changes: Sequence[Change]) -> list[BaseException | None]:
    found = await asyncio.gather(*(store.commit(one) for one in changes), return_exceptions=True)
    return [one if isinstance(one, BaseException) else None for one in found]


async def pragma(store: SqlStore, text: str) -> None:
    """Break the writing connection from inside, as a full or read-only disk would."""
    await store.database.write(lambda connection: connection.exec_driver_sql(f"PRAGMA {text}"))


async def test_a_locked_database_fails_all_who_wait_and_recovers(tmp_path: Path) -> None:
    async with sql_store(tmp_path, patience=SOON) as store:
        await store.commit(change("one", 0, hang_up(1)))
        with closed_at_end(sqlite3.connect(tmp_path / "calls.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            more = [change(f"new-{number}", 0, hang_up(number)) for number in range(700)]
            found = await outcomes(store, [change("one", 1, hang_up(2)), *more])
            assert {type(one) for one in found} == {StoreUnavailable}
            assert "locked" in str(found[0])
            assert await store.load("one") is not None
            other.execute("ROLLBACK")
        assert [row.call_id for row in await store.calls()] == ["one"]
        assert [one.effect for one in await store.orphans()] == [hang_up(1)]
        await store.commit(change("one", 1, hang_up(2)))
        assert len(await store.journal("one")) == 2


@pytest.mark.parametrize(
    ("fault", "says"), [("max_page_count=1", "full"), ("query_only=ON", "readonly")]
)
async def test_a_disk_in_trouble_writes_all_or_nothing(
    tmp_path: Path, fault: str, says: str
) -> None:
    async with sql_store(tmp_path) as store:
        await open_calls(store, "one")
        await pragma(store, fault)
        large = [speak(number) for number in range(200)]
        found = await outcomes(store, [change("one", 1, *large), change("two")])
        assert {type(one) for one in found} == {StoreUnavailable}
        assert says in str(found[0])
        assert not await store.known("two")
        assert await store.orphans() == []
        await store.commit(change("one", 1, *large))
        assert len(await store.orphans()) == 200


async def test_a_fault_among_bad_changes_still_fails_all(tmp_path: Path) -> None:
    async with sql_store(tmp_path) as store:
        await store.commit(change("one", 0, hang_up(1)))
        await open_calls(store, "two", "three")
        # What this call leaves is room for some rows, so that the bad one is met first.
        await store.commit(change("room", 0, *(speak(n, "room") for n in range(50))))
        await store.commit(closing("room", 1))
        await pragma(store, "max_page_count=1")
        bad, large = change("one", 1, hang_up(1)), [speak(n, "two") for n in range(400)]
        found = await outcomes(store, [bad, change("two", 1, *large), change("three", 1)])
        assert {type(one) for one in found} == {StoreUnavailable}
        assert [len(await store.journal(one)) for one in ("one", "two", "three")] == [1, 1, 1]


async def test_a_locked_database_is_wiped_later(tmp_path: Path) -> None:
    async with sql_store(tmp_path, patience=SOON) as store:
        await open_calls(store, "one")
        with closed_at_end(sqlite3.connect(tmp_path / "calls.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert not await store.database.tidy()
        assert await store.database.tidy()


async def test_what_was_settled_while_the_database_was_locked_is_not_forgotten(
    tmp_path: Path,
) -> None:
    async with sql_store(tmp_path, patience=SOON) as store:
        await store.commit(change("one", 0, hang_up(1)))
        with closed_at_end(sqlite3.connect(tmp_path / "calls.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            store.settle("one", "one.1")
            with pytest.raises(StoreUnavailable):
                await store.commit(change("one", 1))
            other.execute("ROLLBACK")
        assert await store.orphans() == []
        await store.commit(change("one", 1))
    async with sql_store(tmp_path) as store:
        assert await store.orphans() == []
