"""Which databases are opened, and which are refused."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing as closed_at_end
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection

from ivr.errors import StoreUnavailable, UsageError
from ivr.store.opening import open_database
from tests.store.store_calls import SEALER, open_calls, sql_store, url_of


@pytest.mark.parametrize(
    "url",
    [
        "",
        "calls.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file:x?mode=memory&uri=true",
        "sqlite:///x.db?cache=shared",
        "sqlite+aiosqlite:///x.db",
        "mysql://user:hunter2@host/calls",
        "hunter2://://",
    ],
)
async def test_a_url_that_is_not_a_file_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(UsageError, match="IVR_DATABASE_URL") as caught:
        await open_database(url, SEALER)
    assert "hunter2" not in str(caught.value)


async def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    async with sql_store(tmp_path) as store:
        await open_calls(store, "one")
    with closed_at_end(sqlite3.connect(tmp_path / "calls.db")) as other:
        other.execute("UPDATE meta SET value = '999' WHERE name = 'schema'")
        other.commit()
    with pytest.raises(UsageError, match=r"newer version of ivr .*999"):
        await open_database(url_of(tmp_path), SEALER)


async def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "calls.db").write_text("These are the voyages of the starship..." * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        await open_database(url_of(tmp_path), SEALER)


async def test_a_folder_that_does_not_exist_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="No such file"):
        await open_database(url_of(tmp_path / "nowhere"), SEALER)


async def test_two_may_start_at_once_on_a_new_file(tmp_path: Path) -> None:
    async with sql_store(tmp_path) as first, sql_store(tmp_path) as second:
        await open_calls(first, "one")
        assert await second.known("one")


def _scalar(connection: Connection, query: str) -> object:
    return connection.exec_driver_sql(query).scalar()


async def test_every_pragma_is_in_force(tmp_path: Path) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "busy_timeout": 5000,
        "wal_autocheckpoint": 4000,
        "secure_delete": 1,
    }
    async with sql_store(tmp_path) as store:
        await store.database.tidy()
        for name, value in wanted.items():
            query = f"PRAGMA {name}"
            assert await store.database.write(partial(_scalar, query=query)) == value


async def test_postgresql_without_its_driver_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "ivr.store.postgres", None)
    with pytest.raises(UsageError, match=r"install ivr\[postgres\]") as caught:
        await open_database("postgresql://ivr:hunter2@host/calls", SEALER)
    assert "hunter2" not in str(caught.value)
