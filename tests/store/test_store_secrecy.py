"""What can be found in the files of a store: nothing a caller said, and no key after the call."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing as closed_at_end
from contextlib import contextmanager
from pathlib import Path

import pytest

from ivr.core.events import HttpAnswered, RecordingFinished
from ivr.errors import UsageError
from ivr.store.keys import CallSeal, KeyRing
from ivr.store.opening import open_database
from ivr.store.seal import Sealer, Unreadable
from ivr.store.sql import SqlStore
from tests.store.store_calls import (
    CANARIES,
    SEALER,
    change,
    closing,
    open_calls,
    raw_bytes,
    speak,
    sql_store,
    url_of,
)

TOKEN = "recording-token-51af"
ANSWER = "answer-of-the-bank-77"


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    """What another program reads in the file."""
    with closed_at_end(sqlite3.connect(folder / "calls.db")) as other:
        found = other.execute(query).fetchall()
        other.commit()
        return found


def log_size(folder: Path) -> int:
    return (folder / "calls.db-wal").stat().st_size


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


async def busy_call(store: SqlStore, call_id: str) -> None:
    await store.commit(change(call_id, 0, speak(1, call_id)))
    await store.commit(change(call_id, 1, event=RecordingFinished("e", "silence", "url", TOKEN)))
    await store.commit(change(call_id, 2, event=HttpAnswered("e", 200, ANSWER)))


async def test_no_file_shows_what_a_caller_said(tmp_path: Path) -> None:
    canaries = [text.encode() for text in (*CANARIES, TOKEN, ANSWER)]
    async with sql_store(tmp_path) as store:
        await busy_call(store, "live")
        await busy_call(store, "over")
        live = raw_bytes(tmp_path)
        await store.commit(closing("over", 3))
        after = raw_bytes(tmp_path)
    end = raw_bytes(tmp_path)
    assert b"call_arrived" in live
    assert [canary for canary in canaries for raw in (live, after, end) if canary in raw] == []


async def test_the_key_of_a_closed_call_is_nowhere(tmp_path: Path) -> None:
    names = [f"call-{number}" for number in range(200)]
    async with sql_store(tmp_path) as store:
        await asyncio.gather(*(busy_call(store, name) for name in names))
        query = "SELECT call_id, key, snapshot FROM calls"
        before = {str(name): cells for name, *cells in rows(tmp_path, query)}
        await asyncio.gather(*(store.commit(closing(name, 3)) for name in names[::2]))
        assert await store.database.tidy()
        raw = raw_bytes(tmp_path)
    for name in names:
        found = [isinstance(cell, bytes) and cell in raw for cell in before[name]]
        assert found == ([False, False] if name in names[::2] else [True, True])


@contextmanager
def reader(folder: Path) -> Iterator[None]:
    """Another program that looks at the database for a while."""
    with closed_at_end(sqlite3.connect(folder / "calls.db")) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM calls").fetchall()
        yield


async def until_wiped(store: SqlStore, folder: Path) -> None:
    async with asyncio.timeout(5):
        while log_size(folder):
            await store.known("one")


async def test_the_log_is_wiped_after_a_call_has_closed(tmp_path: Path) -> None:
    async with sql_store(tmp_path, wipe_within=0.0) as store:
        await open_calls(store, "one")
        assert log_size(tmp_path) > 0
        await store.commit(closing("one", 1))
        await until_wiped(store, tmp_path)


async def test_a_log_that_others_read_is_wiped_when_they_are_done(tmp_path: Path) -> None:
    async with sql_store(tmp_path, wipe_within=0.0) as store:
        await open_calls(store, "one")
        with reader(tmp_path):
            await store.commit(closing("one", 1))
            # The second time comes after the store's own attempt, which is in vain as well.
            assert not await store.database.tidy()
            assert not await store.database.tidy()
            assert log_size(tmp_path) > 0
        await until_wiped(store, tmp_path)


async def test_the_log_is_wiped_at_the_latest_when_the_store_closes(tmp_path: Path) -> None:
    with closed_at_end(sqlite3.connect(tmp_path / "calls.db")) as other:
        async with sql_store(tmp_path) as store:
            await open_calls(store, "one")
            await store.commit(closing("one", 1))
            other.execute("SELECT * FROM calls").fetchall()
        assert log_size(tmp_path) == 0


async def test_a_closed_store_wipes_no_more(tmp_path: Path) -> None:
    async with sql_store(tmp_path, wipe_within=0.0) as store:
        await open_calls(store, "one")
        with reader(tmp_path):
            await store.commit(closing("one", 1))
            await store.close()
            for _ in range(20):
                await asyncio.sleep(0)
                assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_the_key_of_a_closed_call_is_not_kept_in_memory(tmp_path: Path) -> None:
    async with sql_store(tmp_path) as store, sql_store(tmp_path) as other:
        await open_calls(store, "over-here", "over-there", "goes-on")
        await other.commit(change("over-there", 1))
        await store.commit(closing("over-here", 1))
        await other.commit(closing("over-there", 2))
        assert await store.load("over-there") is None
        gc.collect()
        seals = {repr(one) for one in gc.get_objects() if isinstance(one, CallSeal)}
        assert "CallSeal('goes-on', ...)" in seals
        assert not seals & {"CallSeal('over-here', ...)", "CallSeal('over-there', ...)"}


def test_a_key_ring_holds_the_keys_used_last() -> None:
    ring = KeyRing(SEALER, most=2)
    for call_id in ("one", "two"):
        ring.keep(call_id, ring.new(call_id))
    assert ring.get("one") is not None
    ring.keep("three", ring.new("three"))
    assert ring.get("two") is None
    assert ring.get("one") is not None


async def test_closed_cells_are_empty(tmp_path: Path) -> None:
    async with sql_store(tmp_path) as store:
        await busy_call(store, "one")
        await store.commit(closing("one", 3))
        assert rows(tmp_path, "SELECT key, snapshot FROM calls") == [(None, None)]
        assert rows(tmp_path, "SELECT DISTINCT detail FROM journal") == [(None,)]
        assert rows(tmp_path, "SELECT * FROM outbox") == []


async def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    async with sql_store(tmp_path) as store:
        await open_calls(store, "one")
        assert modes(tmp_path) == {0o600}


async def test_another_master_key_is_refused_at_the_start(tmp_path: Path) -> None:
    async with sql_store(tmp_path) as store:
        await open_calls(store, "one")
    with pytest.raises(UsageError, match="IVR_SEAL_KEY"):
        await open_database(url_of(tmp_path), Sealer(bytes(32)))
    async with sql_store(tmp_path) as store:
        assert await store.load("one") is not None


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE calls SET snapshot = x'00'",
        "UPDATE calls SET snapshot = zeroblob(200)",
        "UPDATE calls SET key = zeroblob(60)",
        "UPDATE calls SET version = version + 1",
        "UPDATE calls SET snapshot = (SELECT snapshot FROM calls WHERE call_id = 'two')",
        "UPDATE calls SET key = (SELECT key FROM calls WHERE call_id = 'two')",
    ],
)
async def test_a_call_that_was_tampered_with_is_a_clear_error(
    tmp_path: Path, tampering: str
) -> None:
    async with sql_store(tmp_path) as store:
        await open_calls(store, "one", "two")
    rows(tmp_path, f"{tampering} WHERE call_id = 'one'")
    async with sql_store(tmp_path) as store:
        with pytest.raises(Unreadable, match=r"call one .* cannot be read"):
            await store.load("one")
        assert await store.load("two") is not None


@pytest.mark.parametrize("column", ["detail = zeroblob(60)", "trace = '{'", "effects = '[1]'"])
async def test_a_journal_that_was_tampered_with_is_a_clear_error(
    tmp_path: Path, column: str
) -> None:
    async with sql_store(tmp_path) as store:
        await busy_call(store, "one")
        rows(tmp_path, f"UPDATE journal SET {column} WHERE number = 2")
        with pytest.raises(Unreadable, match="Row 2 of call one"):
            await store.journal("one")


async def test_an_effect_that_was_tampered_with_does_not_hide_the_others(tmp_path: Path) -> None:
    async with sql_store(tmp_path) as store:
        await store.commit(change("one", 0, speak(1), speak(2)))
        await store.commit(change("two", 0, speak(1, "two")))
        rows(
            tmp_path,
            "UPDATE outbox SET effect = (SELECT effect FROM outbox WHERE effect_id = 'one.2')"
            " WHERE effect_id = 'one.1'",
        )
        assert [one.effect.id for one in await store.orphans()] == ["one.2", "two.1"]
        with pytest.raises(Unreadable, match=r"Row one\.1 of call one"):
            await store.effect("one", "one.1")


def test_nothing_secret_is_in_a_repr() -> None:
    assert repr(SEALER) == "Sealer(...)"
