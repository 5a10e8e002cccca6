"""Which recordings are kept, and until when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.store.recordings import Recording
from ivr.store.sql import SqlStore
from tests.store.store_calls import closing, open_calls, sql_store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with sql_store(tmp_path) as opened:
        yield opened


async def add(store: SqlStore, name: str, expires_at: int = 2000) -> None:
    await store.recordings.add(
        name, "one", stored_at=1000, expires_at=expires_at, seconds=2.5, size=80_044
    )


async def test_a_recording_is_found_until_it_expires(store: SqlStore) -> None:
    await add(store, "clip")
    kept = Recording("clip", "one", 1000, 2000, 2.5, 80_044)
    assert await store.recordings.get("clip", now=1999) == kept
    assert await store.recordings.get("clip", now=2000) is None
    assert await store.recordings.get("other", now=0) is None


async def test_expired_recordings_come_in_order(store: SqlStore) -> None:
    for name, expires_at in (("c", 3000), ("a", 1500), ("b", 2000)):
        await add(store, name, expires_at)
    assert [one.name for one in await store.recordings.expired(2000)] == ["a", "b"]
    assert await store.recordings.expired(1499) == []


async def test_a_removed_recording_is_gone(store: SqlStore) -> None:
    await add(store, "clip")
    await store.recordings.remove("clip")
    await store.recordings.remove("clip")
    assert await store.recordings.get("clip", now=0) is None
    assert await store.recordings.expired(10**9) == []


async def test_a_recording_noted_twice_is_kept_once(store: SqlStore) -> None:
    await add(store, "clip")
    await add(store, "clip", expires_at=5000)
    kept = await store.recordings.get("clip", now=4000)
    assert kept is not None
    assert kept.expires_at == 5000


async def test_a_recording_outlives_its_call_and_the_store(tmp_path: Path) -> None:
    async with sql_store(tmp_path) as store:
        await open_calls(store, "one")
        await add(store, "clip")
        await store.commit(closing("one", 1))
    async with sql_store(tmp_path) as store:
        assert await store.recordings.get("clip", now=1500) is not None
