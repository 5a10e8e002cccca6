"""A database in trouble: nobody is told a lie, nothing is half written, and it gets well again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing as closed_at_end
from pathlib import Path

import pytest

from ivr.errors import Conflict, StoreUnavailable
from ivr.ports import Change
from ivr.store.sql import SqlStore
from tests.store.store_calls import (
    change,
    closing,
    hang_up,
    keep_alive,
    open_calls,
    speak,
    sql_store,
)

SOON = 50
"""Milliseconds to wait for a lock in these tests."""


async def outcomes(store: SqlStore, changes: Sequence[Change]) -> list[BaseException | None]:
    return await asyncio.gather(*(store.commit(one) for one in changes), return_exceptions=True)


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
        assert [one.effect for one in await store.unsettled()] == [hang_up(1)]
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
        assert await store.unsettled() == []
        await store.commit(change("one", 1, *large))
        assert len(await store.unsettled()) == 200


async def test_a_change_that_the_database_cannot_hold_fails_alone(tmp_path: Path) -> None:
    async with sql_store(tmp_path) as store:
        found = await outcomes(store, [change("one"), change("two", at=2**70), change("three")])
        assert [type(one).__name__ for one in found] == ["NoneType", "StoreUnavailable", "NoneType"]
        assert "two" in str(found[1])
        assert not await store.known("two")


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
            assert await store.unsettled() == []
            other.execute("ROLLBACK")
        await store.commit(change("one", 1))
    async with sql_store(tmp_path) as store:
        assert await store.unsettled() == []


async def test_what_was_settled_is_written_without_another_commit(tmp_path: Path) -> None:
    async with sql_store(tmp_path) as store, sql_store(tmp_path) as other:
        await store.commit(change("one", 0, hang_up(1)))
        assert len(await other.unsettled()) == 1
        store.settle("one", "one.1")
        async with asyncio.timeout(5):
            while await other.unsettled():
                pass


async def test_what_was_settled_last_is_written_at_the_end(tmp_path: Path) -> None:
    async with sql_store(tmp_path) as store:
        await store.commit(change("one", 0, hang_up(1), keep_alive(2)))
        store.settle("one", "one.1")
    async with sql_store(tmp_path) as store:
        assert [one.effect for one in await store.unsettled()] == [keep_alive(2)]


async def test_the_changes_of_a_call_are_written_in_the_order_in_which_they_came(
    tmp_path: Path,
) -> None:
    async with sql_store(tmp_path) as store:
        await open_calls(store, "one")
        crowd = [change(f"call-{number}") for number in range(600)]
        first, last = [change("one", n) for n in (1, 2, 3)], change("one", 4)
        assert await outcomes(store, [*first, *crowd, last]) == [None] * 604


@pytest.mark.parametrize("settled", [["one.1"], []])
async def test_closing_writes_all_that_waits(tmp_path: Path, settled: list[str]) -> None:
    names = [f"call-{number}" for number in range(1600)]
    async with sql_store(tmp_path) as store:
        await store.commit(change("one", 0, hang_up(1), keep_alive(2)))
        commits = [asyncio.create_task(store.commit(change(name))) for name in names]
        await asyncio.sleep(0)
        for effect_id in settled:
            store.settle("one", effect_id)
        await store.close()
        assert await asyncio.gather(*commits) == [None] * 1600
    async with sql_store(tmp_path) as store:
        assert len(await store.calls(2000)) == 1601
        assert len(await store.unsettled()) == 2 - len(settled)


async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    async with sql_store(tmp_path) as store:
        await open_calls(store, "one")
    await store.close()
    for work in (store.commit(change("one", 1)), store.load("one"), store.known("one")):
        with pytest.raises(StoreUnavailable, match="closed"):
            await work


async def test_a_caller_who_gives_up_does_not_disturb_the_others(tmp_path: Path) -> None:
    async with sql_store(tmp_path) as store:
        await open_calls(store, "one", "two")
        tasks = [asyncio.create_task(store.commit(change(name, 1))) for name in ("one", "two")]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await tasks[1]
        assert tasks[0].cancelled()
        loaded = await store.load("two")
        assert loaded is not None
        assert loaded.version == 2


async def test_two_stores_on_one_file_let_one_change_win(tmp_path: Path) -> None:
    async with sql_store(tmp_path) as store, sql_store(tmp_path) as other:
        for version in range(10):
            rivals = [store.commit(change("one", version)), other.commit(change("one", version))]
            found = await asyncio.gather(*rivals, return_exceptions=True)
            assert sorted(type(one).__name__ for one in found) == ["Conflict", "NoneType"]
        for one in (store, other):
            loaded = await one.load("one")
            assert loaded is not None
            assert loaded.version == 10


async def test_a_call_goes_on_and_ends_in_another_store(tmp_path: Path) -> None:
    async with sql_store(tmp_path) as store, sql_store(tmp_path) as other:
        await store.commit(change("one", 0, speak(1)))
        await other.commit(change("one", 1))
        assert await other.effect("one", "one.1") == speak(1)
        await other.commit(closing("one", 2))
        with pytest.raises(Conflict):
            await store.commit(change("one", 2))
        assert await store.load("one") is None
        assert [line.detail for line in await store.journal("one")] == [None] * 3
