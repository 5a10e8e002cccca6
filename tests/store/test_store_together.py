"""Writing together on a real database: in order, all of it, and each for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ivr.errors import Conflict, Fenced, StoreUnavailable
from ivr.ports import Change, Outgoing, Quota
from ivr.store.sql import SqlStore
from tests.store.sites import LEASE, database_url
from tests.store.store_calls import (
    change,
    closing,
    hang_up,
    keep_alive,
    open_calls,
    speak,
    sql_store,
)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database_url(request.param, tmp_path) as found:
        yield found


async def outcomes(store: SqlStore, changes: Sequence[Change]) -> list[BaseException | None]:
    found = await asyncio.gather(*(store.commit(one) for one in changes), return_exceptions=True)
    return [one if isinstance(one, BaseException) else None for one in found]


async def test_a_change_that_the_database_cannot_hold_fails_alone(url: str) -> None:
    async with sql_store(url) as store:
        found = await outcomes(store, [change("one"), change("two", at=2**70), change("three")])
        assert [type(one).__name__ for one in found] == ["NoneType", "StoreUnavailable", "NoneType"]
        assert "two" in str(found[1])
        assert not await store.known("two")


async def test_a_name_that_the_database_cannot_hold_fails_alone(url: str) -> None:
    async with sql_store(url) as store:
        found = await outcomes(store, [change("one"), change("no\0body"), change("three")])
        assert found[0] is found[2] is None
        assert found[1] is None or isinstance(found[1], StoreUnavailable)


async def test_what_was_settled_is_written_without_another_commit(url: str) -> None:
    async with sql_store(url) as store, sql_store(url) as other:
        await store.commit(change("one", 0, hang_up(1)))
        assert len(await other.orphans()) == 1
        store.settle("one", "one.1")
        async with asyncio.timeout(5):
            while await other.orphans():
                pass


async def test_what_was_settled_last_is_written_at_the_end(url: str) -> None:
    async with sql_store(url) as store:
        await store.commit(change("one", 0, hang_up(1), keep_alive(2)))
        store.settle("one", "one.1")
    async with sql_store(url) as store:
        assert [one.effect for one in await store.orphans()] == [keep_alive(2)]


async def test_the_changes_of_a_call_are_written_in_the_order_in_which_they_came(
    url: str,
) -> None:
    async with sql_store(url) as store:
        await open_calls(store, "one")
        crowd = [change(f"call-{number}") for number in range(600)]
        first, last = [change("one", n) for n in (1, 2, 3)], change("one", 4)
        assert await outcomes(store, [*first, *crowd, last]) == [None] * 604


@pytest.mark.parametrize("settled", [["one.1"], []])
async def test_closing_writes_all_that_waits(url: str, settled: list[str]) -> None:
    names = [f"call-{number}" for number in range(1600)]
    async with sql_store(url) as store:
        await store.commit(change("one", 0, hang_up(1), keep_alive(2)))
        commits = [asyncio.create_task(store.commit(change(name))) for name in names]
        await asyncio.sleep(0)
        for effect_id in settled:
            store.settle("one", effect_id)
        await store.close()
        assert await asyncio.gather(*commits) == [frozenset()] * 1600
    async with sql_store(url) as store:
        assert len(await store.calls(2000)) == 1601
        assert len(await store.orphans()) == 2 - len(settled)


async def test_a_closed_store_says_so(url: str) -> None:
    async with sql_store(url) as store:
        await open_calls(store, "one")
    await store.close()
    wishes = (
        store.commit(change("one", 1)),
        store.load("one"),
        store.known("one"),
        store.take(Quota("calls", 1, 1000), 0),
        store.claim("one", "one.1"),
        store.orphans(),
    )
    for work in wishes:
        with pytest.raises(StoreUnavailable, match="closed"):
            await work


async def test_a_caller_who_gives_up_does_not_disturb_the_others(url: str) -> None:
    async with sql_store(url) as store:
        await open_calls(store, "one", "two")
        tasks = [asyncio.create_task(store.commit(change(name, 1))) for name in ("one", "two")]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await tasks[1]
        assert tasks[0].cancelled()
        loaded = await store.load("two")
        assert loaded is not None
        assert loaded.version == 2


async def test_two_stores_on_one_database_let_one_change_win(url: str) -> None:
    async with sql_store(url) as store, sql_store(url) as other:
        for version in range(10):
            rivals = [store.commit(change("one", version)), other.commit(change("one", version))]
            found = await asyncio.gather(*rivals, return_exceptions=True)
            assert sorted(type(one).__name__ for one in found) == ["Conflict", "frozenset"]
        for one in (store, other):
            loaded = await one.load("one")
            assert loaded is not None
            assert loaded.version == 10


async def test_a_call_goes_on_and_ends_in_another_store(url: str) -> None:
    async with sql_store(url) as store, sql_store(url) as other:
        await store.commit(change("one", 0, speak(1)))
        await other.commit(change("one", 1))
        assert await other.effect("one", "one.1") == speak(1)
        await other.commit(closing("one", 2))
        with pytest.raises(Conflict):
            await store.commit(change("one", 2))
        assert await store.load("one") is None
        assert [line.detail for line in await store.journal("one")] == [None] * 3


def seen(found: Sequence[Outgoing]) -> list[tuple[str, bool]]:
    return [(one.effect.id, one.begun) for one in found]


async def test_what_its_committer_gave_up_is_found_and_not_begun(url: str) -> None:
    async with sql_store(url) as store:
        await store.enlist("a", LEASE)
        effects = (hang_up(1), keep_alive(2))
        giving_up = asyncio.create_task(store.commit(change("one", 0, *effects, claimed=effects)))
        await asyncio.sleep(0)
        giving_up.cancel()
        await open_calls(store, "two")
        assert giving_up.cancelled()
        assert seen(await store.orphans()) == [("one.1", False), ("one.2", False)]
        assert await store.orphans() == []


async def test_a_claim_that_was_given_up_is_found_and_not_begun(url: str) -> None:
    async with sql_store(url) as store:
        await store.enlist("a", LEASE)
        await store.commit(change("one", 0, hang_up(1)))
        giving_up = asyncio.create_task(store.claim("one", "one.1"))
        await asyncio.sleep(0)
        giving_up.cancel()
        await open_calls(store, "two")
        assert seen(await store.orphans()) == [("one.1", False)]


async def test_a_look_for_orphans_that_was_given_up_loses_none(url: str) -> None:
    async with sql_store(url) as store, sql_store(url) as dead:
        await dead.commit(change("one", 0, hang_up(1), keep_alive(2), claimed=[hang_up(1)]))
        await store.enlist("a", LEASE)
        giving_up = asyncio.create_task(store.orphans())
        await asyncio.sleep(0)
        giving_up.cancel()
        assert seen(await store.orphans()) == [("one.1", True), ("one.2", False)]
        assert await store.orphans() == []


async def test_a_change_that_is_refused_takes_nothing_out_of_hand(url: str) -> None:
    async with sql_store(url) as store:
        await store.enlist("a", LEASE)
        await store.commit(change("one", 0, hang_up(1), claimed=[hang_up(1)]))
        for version in (0, 1):
            found = await outcomes(store, [change("one", version, hang_up(1))])
            assert isinstance(found[0], Conflict | StoreUnavailable)
        assert await store.orphans() == []


async def test_what_a_fenced_node_settled_is_for_its_successor_to_find_out(url: str) -> None:
    async with sql_store(url) as store, sql_store(url) as successor:
        await store.enlist("a", LEASE)
        await store.commit(change("one", 0, hang_up(1), claimed=[hang_up(1)]))
        await successor.enlist("a", LEASE)
        store.settle("one", "one.1")
        with pytest.raises(Fenced):
            await store.commit(change("two"))
        await store.enlist("b", LEASE)
        await store.commit(change("two"))
        assert seen(await successor.orphans()) == [("one.1", True)]
