"""From one version of the tables to the next and back, with live calls in them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect

from ivr.errors import StoreUnavailable, UsageError
from ivr.store.migrate import downgrade, upgrade
from ivr.store.migrations import SCHEMA
from ivr.store.opening import open_backend
from tests.store import version_1
from tests.store.sites import LEASE, database_url
from tests.store.store_calls import change, closing, hang_up, snapshot, speak, sql_store

Shape = dict[str, object]


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(kind: str, tmp_path: Path) -> Iterator[str]:
    with database_url(kind, tmp_path, fresh=True) as found:
        yield found


def on(url: str, *statements: str) -> Shape:
    """Execute what another program would, and return the shape of all tables."""
    backend = open_backend(url)
    try:
        with backend.writing.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(version_1.of(statement, connection.dialect.name))
            return shape(connection)
    finally:
        backend.writing.dispose()
        backend.reading.dispose()


def shape(connection: Connection) -> Shape:
    """Tables, columns and indexes in a form that can be compared."""
    seen = inspect(connection)
    found: Shape = {}
    for table in seen.get_table_names():
        columns = {column["name"]: column for column in seen.get_columns(table)}
        found[table] = {
            name: (str(column["type"]), column["nullable"], column["default"])
            for name, column in columns.items()
        }
        found[f"{table} key"] = seen.get_pk_constraint(table)["constrained_columns"]
        found[f"{table} indexes"] = sorted(
            (str(index["name"]), index["column_names"], bool(index["unique"]), condition(index))
            for index in seen.get_indexes(table)
            if index["name"]
        )
    return found


def condition(index: object) -> str:
    options = index.get("dialect_options", {}) if isinstance(index, dict) else {}
    return "".join(str(value) for key, value in options.items() if key.endswith("_where"))


async def fill(url: str) -> None:
    """A live call with an effect to perform, and one that is over."""
    async with sql_store(url) as store:
        first = change(
            "one", 0, speak(1), hang_up(2), due=5000, callback="key", claimed=[hang_up(2)]
        )
        await store.commit(first)
        store.settle("one", "one.1")
        await store.commit(change("over"))
        await store.commit(closing("over", 1))


async def assert_live(url: str) -> None:
    async with sql_store(url) as store:
        loaded = await store.load("one")
        assert loaded is not None
        assert loaded.snapshot == snapshot("one", due=5000)
        assert await store.call_of("key") == "one"
        assert await store.due(5000) == ["one"]
        assert [line.number for line in await store.journal("one")] == [1]
        assert await store.known("over")
        assert await store.live() == 1
        assert [(one.effect, one.begun) for one in await store.orphans()] == [(hang_up(2), True)]
        await store.commit(change("one", 1, hang_up(3)))


async def test_back_and_forth_no_live_call_is_lost(url: str) -> None:
    await fill(url)
    assert downgrade(url, 1) == SCHEMA
    assert upgrade(url) == 1
    assert upgrade(url) == SCHEMA
    await assert_live(url)


async def test_an_older_store_is_migrated_when_it_is_opened(url: str) -> None:
    await fill(url)
    downgrade(url, 1)
    await assert_live(url)


async def test_the_way_back_leads_to_what_version_1_made(kind: str, tmp_path: Path) -> None:
    with database_url(kind, tmp_path, fresh=True) as url:
        await fill(url)
        downgrade(url, 1)
        back = on(url)
    (tmp_path / "old").mkdir()
    with database_url(kind, tmp_path / "old", fresh=True) as url:
        assert back == on(url, *version_1.STATEMENTS)


async def test_a_migrated_store_is_like_a_new_one(url: str) -> None:
    await fill(url)
    new = on(url)
    downgrade(url, 1)
    assert on(url) != new
    upgrade(url)
    assert on(url) == new


async def test_all_who_start_at_once_on_an_older_store_find_it_migrated(url: str) -> None:
    await fill(url)
    downgrade(url, 1)
    async with AsyncExitStack() as stack:
        stores = [stack.enter_async_context(sql_store(url)) for _ in range(4)]
        for store in await asyncio.gather(*stores):
            assert await store.load("one") is not None


async def test_all_who_start_at_once_on_an_empty_database_make_it_once(url: str) -> None:
    async with AsyncExitStack() as stack:
        stores = [stack.enter_async_context(sql_store(url)) for _ in range(4)]
        first, *others = await asyncio.gather(*stores)
        await first.commit(change("one"))
        for store in others:
            assert await store.known("one")


async def test_the_program_before_goes_on_with_a_migrated_store(url: str) -> None:
    await fill(url)
    on(url, version_1.NEW_CALL, version_1.NEW_EFFECT)
    async with sql_store(url) as store:
        await store.enlist("new", LEASE)
        assert await store.known("old")
        assert set(await store.due(6000)) == {"one", "old"}
        assert await store.live() == 2


async def test_nobody_goes_back_under_a_running_node(url: str) -> None:
    await fill(url)
    async with sql_store(url) as store:
        await store.enlist("node-7", LEASE)
        with pytest.raises(UsageError, match="still running: node-7"):
            downgrade(url, 1)
        await store.resign()
    downgrade(url, 1)


@pytest.mark.parametrize("to", [0, -1, SCHEMA + 1])
async def test_there_is_no_way_to_an_unknown_version(url: str, to: int) -> None:
    await fill(url)
    with pytest.raises(UsageError, match=f"not to {to}"):
        downgrade(url, to)
    await assert_live(url)


async def test_where_no_store_is_there_is_nothing_to_migrate(url: str) -> None:
    with pytest.raises(UsageError, match="no call store"):
        upgrade(url)
    with pytest.raises(UsageError, match="no call store"):
        downgrade(url, 1)


async def test_a_newer_store_is_not_touched(url: str) -> None:
    await fill(url)
    on(url, "UPDATE meta SET value = '999' WHERE name = 'schema'")
    with pytest.raises(UsageError, match="newer version of ivr"):
        upgrade(url)


def test_an_address_that_cannot_be_used_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="IVR_DATABASE_URL"):
        upgrade("hunter2")
    with pytest.raises(StoreUnavailable):
        downgrade("postgresql://ivr:hunter2@127.0.0.1:1/calls", 1)
