"""Nodes at the same time on one database: each store writes with a thread of its own."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import psycopg
import pytest

from ivr.errors import Conflict, Fenced
from ivr.ports import Change, Quota
from ivr.store.sql import SqlStore
from tests.store.postgres import execute, postgres_url
from tests.store.sites import LEASE, database_url
from tests.store.store_calls import change, hang_up, keep_alive, open_calls, sql_store


@pytest.fixture(params=["sqlite", "postgres"])
async def stores(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Sequence[SqlStore]]:
    """Four nodes."""
    with database_url(request.param, tmp_path) as url:
        async with AsyncExitStack() as stack:
            found = [await stack.enter_async_context(sql_store(url)) for _ in range(4)]
            for number, store in enumerate(found):
                await store.enlist(f"node-{number}", LEASE)
            yield found


async def leave_effects(store: SqlStore, count: int) -> list[str]:
    """Calls with two effects each and a deadline, of a node that resigns; the calls' ids."""
    names = [f"call-{number}" for number in range(count)]
    for name in names:
        first = hang_up(1, name)
        await store.commit(change(name, 0, first, keep_alive(2, name), due=100, claimed=[first]))
    await store.resign()
    return names


async def test_the_last_of_a_quota_is_given_once(stores: Sequence[SqlStore]) -> None:
    quota = Quota("calls", 20, 60_000)
    assert [await stores[0].take(quota, 1000) for _ in range(19)] == [True] * 19
    given = await asyncio.gather(*(stores[n % 4].take(quota, 1000) for n in range(100)))
    assert given.count(True) == 1


async def test_a_new_window_is_opened_once(stores: Sequence[SqlStore]) -> None:
    quota = Quota("calls", 5, 60_000)
    for window in range(5):
        times = [window * 60_000 + n for n in range(20)]
        given = await asyncio.gather(*(stores[n % 4].take(quota, at) for n, at in enumerate(times)))
        assert given.count(True) == 5


async def outcome(store: SqlStore, change: Change) -> str:
    try:
        await store.commit(change)
    except Conflict:
        return "lost"
    return "won"


async def test_one_version_is_won_by_one_node(stores: Sequence[SqlStore]) -> None:
    for version in range(12):
        rivals = [change(name, version, hang_up(version, name)) for name in ("one", "two")]
        # Each node has both calls in one transaction, in another order.
        wishes = [
            outcome(store, rival)
            for number, store in enumerate(stores)
            for rival in (rivals if number % 2 else rivals[::-1])
        ]
        assert Counter(await asyncio.gather(*wishes)) == {"won": 2, "lost": 6}
    assert len(await stores[0].journal("one")) == 12


async def test_an_effect_is_claimed_by_one_node(stores: Sequence[SqlStore]) -> None:
    numbers = range(30)
    await stores[0].commit(change("one", 0, *(hang_up(number) for number in numbers)))
    wishes = [store.claim("one", f"one.{number}") for number in numbers for store in stores]
    claimed = await asyncio.gather(*wishes)
    assert [sum(claimed[4 * number : 4 * number + 4]) for number in numbers] == [1] * 30


async def test_an_orphan_is_taken_over_by_one_node(stores: Sequence[SqlStore]) -> None:
    leaver, *takers = stores
    names = await leave_effects(leaver, 40)
    found: list[str] = []
    while len(found) < 80:
        looks = await asyncio.gather(*(store.orphans(limit=7) for store in takers))
        found += [one.effect.id for look in looks for one in look]
    assert Counter(found) == dict.fromkeys((f"{name}.{n}" for name in names for n in (1, 2)), 1)


async def test_orphans_and_their_late_owner_do_not_both_go_on(stores: Sequence[SqlStore]) -> None:
    owner, taker = stores[:2]
    await owner.commit(change("one", 0, *(hang_up(number) for number in range(20))))
    await owner.database.write(
        lambda connection: connection.exec_driver_sql("UPDATE outbox SET since = -1000000000")
    )
    wishes = [owner.claim("one", f"one.{number}") for number in range(20)]
    *claimed, orphans = await asyncio.gather(*wishes, taker.orphans())
    assert isinstance(orphans, list)
    assert claimed.count(True) + len(orphans) == 20
    assert len(orphans) in {0, 20}


async def test_a_due_call_is_held_by_one_node(stores: Sequence[SqlStore]) -> None:
    leaver, *others = stores
    names = await leave_effects(leaver, 40)
    held: list[str] = []
    while len(held) < 40:
        looks = await asyncio.gather(*(store.due(500, limit=5, hold=50_000) for store in others))
        held += [call_id for look in looks for call_id in look]
    assert Counter(held) == dict.fromkeys(names, 1)


async def test_only_the_last_to_take_a_name_goes_on(stores: Sequence[SqlStore]) -> None:
    await asyncio.gather(*(store.enlist("same", LEASE) for store in stores))
    wishes = [store.commit(change(f"call-{n}")) for n, store in enumerate(stores)]
    found = await asyncio.gather(*wishes, return_exceptions=True)
    assert Counter(type(one).__name__ for one in found) == {"frozenset": 1, "Fenced": 3}


async def test_nodes_that_write_in_circles_do_not_stop_each_other(
    stores: Sequence[SqlStore],
) -> None:
    names = [f"call-{number}" for number in range(12)]
    await open_calls(stores[0], *names)

    async def work(store: SqlStore, shift: int) -> None:
        for turn in range(6):
            for name in names[shift:] + names[:shift]:
                store.settle(name, f"{name}.{turn}")
            await asyncio.gather(*(self_repeating(store, name) for name in names[::-1]))

    await asyncio.gather(*(work(store, 3 * number) for number, store in enumerate(stores)))
    assert {len(await stores[0].journal(name)) for name in names} == {25}


async def self_repeating(store: SqlStore, name: str) -> None:
    """Move a call on, however often others are faster."""
    while True:
        loaded = await store.load(name)
        assert loaded is not None
        wanted = change(name, loaded.version, hang_up(loaded.version, name))
        if await outcome(store, wanted) == "won":
            return


async def test_orphans_of_a_call_that_is_being_moved_are_left_alone() -> None:
    with postgres_url() as url:
        async with sql_store(url) as store:
            await store.commit(change("one", 0, hang_up(1)))
            await store.commit(change("two", 0, hang_up(1, "two")))
            with psycopg.connect(url) as other:
                other.execute("SELECT * FROM calls WHERE call_id = 'one' FOR UPDATE")
                assert [one.effect.id for one in await store.orphans()] == ["two.1"]


async def test_an_orphan_that_is_claimed_at_the_same_moment_is_left_alone() -> None:
    with postgres_url() as url:
        async with sql_store(url) as store, sql_store(url) as owner:
            await store.enlist("a", LEASE)
            await store.commit(change("one", 0, hang_up(1)))
            await store.resign()
            await store.enlist("a", LEASE)
            await owner.enlist("b", LEASE)
            with psycopg.connect(url) as other:
                epoch = "(SELECT epoch FROM nodes WHERE name = 'b')"
                other.execute(f"UPDATE outbox SET owner = {epoch}, claims = 1")
                look = asyncio.create_task(store.orphans())
                await until_waiting(1)
            assert await look == []
            assert await owner.claim("one", "one.1")


async def until_waiting(count: int) -> None:
    """Return when so many transactions wait for others."""
    async with asyncio.timeout(10):
        while len(execute("SELECT 1 FROM pg_locks WHERE NOT granted")) < count:
            await asyncio.sleep(0)


async def test_a_name_is_not_taken_in_the_middle_of_a_commit() -> None:
    with postgres_url() as url:
        async with sql_store(url) as store, sql_store(url) as successor:
            await store.enlist("a", LEASE)
            await open_calls(store, "one")
            with psycopg.connect(url) as other:
                other.execute("SELECT * FROM calls FOR UPDATE")
                committing = asyncio.create_task(store.commit(change("one", 1)))
                await until_waiting(1)
                enlisting = asyncio.create_task(successor.enlist("a", LEASE))
                await until_waiting(2)
            await committing
            await enlisting
            with pytest.raises(Fenced):
                await store.commit(change("one", 2))
