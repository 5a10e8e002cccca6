"""Nodes hear of calls that others have moved on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import psycopg
import pytest

from ivr.ports import CallStore, Moved
from ivr.store.listening import CHANNEL, messages
from tests.store.postgres import database_of, execute, postgres_url
from tests.store.sites import Site, open_site
from tests.store.store_calls import CANARIES, change, closing, speak, sql_store


@pytest.fixture(params=["memory", "postgres"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(request.param, tmp_path) as opened:
        yield opened


class Ear:
    """What a store tells."""

    def __init__(self, store: CallStore) -> None:
        self.heard: list[Moved] = []
        self._more = asyncio.Event()
        store.on_moved(self._hear)

    def _hear(self, moved: Sequence[Moved]) -> None:
        self.heard += moved
        self._more.set()

    async def until(self, enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not enough():
                self._more.clear()
                await self._more.wait()


async def listening(ear: Ear, other: CallStore, name: str = "probe") -> None:
    """Return when the ear hears what the other store commits."""
    version = 0
    async with asyncio.timeout(10):
        while not of(ear, name):
            await other.commit(change(name, version))
            version += 1
            await asyncio.sleep(0)
    ear.heard.clear()


def of(ear: Ear, call_id: str) -> list[Moved]:
    return [moved for moved in ear.heard if moved.call_id == call_id]


async def test_the_others_hear_of_every_move(site: Site) -> None:
    node, other = await site.node("a"), await site.node("b")
    ear = Ear(node)
    await listening(ear, other)
    await other.commit(change("one", due=5000))
    await other.commit(change("one", 1))
    await other.commit(closing("one", 2))
    await ear.until(lambda: len(of(ear, "one")) == 3)
    assert of(ear, "one") == [Moved("one", 1, 5000), Moved("one", 2, None), Moved("one", 3, None)]


async def test_nobody_hears_of_its_own_moves_or_of_lost_ones(site: Site) -> None:
    node, other = await site.node("a"), await site.node("b")
    ear, echo = Ear(node), Ear(other)
    await listening(ear, other)
    await listening(echo, node, "echo")
    await other.commit(change("one"))
    stale = await asyncio.gather(other.commit(change("one")), return_exceptions=True)
    assert isinstance(stale[0], Exception)
    await other.commit(change("two"))
    await ear.until(lambda: bool(of(ear, "two")))
    assert of(ear, "one") == [Moved("one", 1, None)]
    await node.commit(change("three"))
    await echo.until(lambda: bool(of(echo, "three")))
    assert not of(echo, "one")
    assert not of(ear, "three")


async def test_a_crowd_is_told_in_pieces_that_fit() -> None:
    crowd = [Moved(f"{number}-" + "é" * 150, number, None) for number in range(500)]
    texts = list(messages(7, [*crowd, Moved("x" * 9000, 1, None)]))
    assert 10 < len(texts) < 40
    assert max(len(text.encode()) for text in texts) < 8000
    assert list(messages(7, [])) == []
    assert list(messages(7, [Moved("x" * 9000, 1, None)])) == []


async def test_a_crowd_arrives_whole() -> None:
    with postgres_url() as url:
        async with sql_store(url) as store, sql_store(url) as other:
            ear = Ear(store)
            await listening(ear, other)
            names = [f"{number}-{'x' * 100}" for number in range(600)]
            await asyncio.gather(*(other.commit(change(name, due=9)) for name in names))
            await ear.until(lambda: set(names) <= {moved.call_id for moved in ear.heard})


async def test_who_has_lost_the_connection_hears_again() -> None:
    with postgres_url() as url:
        async with sql_store(url) as store, sql_store(url) as other:
            ear = Ear(store)
            await listening(ear, other)
            cut = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
            )
            assert execute(cut) == [(True,)]
            await listening(ear, other, "again")


async def test_a_note_that_is_not_ours_is_ignored() -> None:
    with postgres_url() as url:
        async with sql_store(url) as store, sql_store(url) as other:
            ear = Ear(store)
            await listening(ear, other)
            for text in ("", "hello", "[1]", '[1,[["one","two",3]]]'):
                execute(f"SELECT pg_notify('{CHANNEL}', '{text}')", database_of(url))
            await other.commit(change("one"))
            await ear.until(lambda: bool(of(ear, "one")))


async def test_a_note_tells_nothing_of_a_caller() -> None:
    with postgres_url() as url, psycopg.connect(url, autocommit=True) as spy:
        spy.execute(f"LISTEN {CHANNEL}")
        async with sql_store(url) as store:
            await store.commit(change("one", 0, speak(1), caller="hash", callback="key"))
        texts = [note.payload for note in spy.notifies(timeout=5, stop_after=1)]
        assert len(texts) == 1
        assert '["one",1,null]' in texts[0]
        assert not [text for text in (*CANARIES, "hash", "key") if text in texts[0]]
