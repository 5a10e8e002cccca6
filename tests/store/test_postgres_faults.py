"""PostgreSQL in trouble: what is heard of it, what is tried again, and that it gets well again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import Connection

from ivr.errors import Conflict, StoreUnavailable, UsageError
from ivr.ports import Change, Outgoing, Quota
from ivr.store.opening import open_database
from ivr.store.sql import SqlStore
from tests.store.postgres import database_of, execute, postgres_url
from tests.store.sites import LEASE
from tests.store.store_calls import (
    SEALER,
    change,
    hang_up,
    keep_alive,
    open_calls,
    sql_store,
)
from tests.store.wire import wired

SOON = 50
"""Milliseconds to wait for a lock in these tests."""

Outcomes = Sequence[BaseException | None]


@pytest.fixture
def url() -> Iterator[str]:
    with postgres_url(fresh=True) as found:
        yield found


async def outcomes(store: SqlStore, changes: Sequence[Change]) -> Outcomes:
    found = await asyncio.gather(*(store.commit(one) for one in changes), return_exceptions=True)
    return [one if isinstance(one, BaseException) else None for one in found]


@contextmanager
def away(url: str) -> Iterator[None]:
    """The database cannot be reached for a while."""
    name = database_of(url)
    execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    cut(url)
    yield
    execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def cut(url: str) -> None:
    """End all connections, as a server does that starts anew."""
    execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{database_of(url)}'"
    )


async def test_a_database_that_went_away_is_used_again_when_it_is_back(url: str) -> None:
    async with sql_store(url) as store:
        await open_calls(store, "one")
        with away(url):
            found = await outcomes(store, [change("one", 1), change("two")])
            assert {type(one) for one in found} == {StoreUnavailable}
            with pytest.raises(StoreUnavailable, match="not currently accepting connections"):
                await store.load("one")
            with pytest.raises(StoreUnavailable):
                await store.take(Quota("calls", 1, 1000), 0)
        assert await outcomes(store, [change("one", 1), change("two")]) == [None, None]
        assert len(await store.journal("one")) == 2


async def test_nobody_hears_of_a_server_that_was_only_started_anew(url: str) -> None:
    async with sql_store(url) as store:
        await store.enlist("a", LEASE)
        await open_calls(store, "one")
        cut(url)
        assert await store.load("one") is not None
        await store.commit(change("one", 1))
        cut(url)
        await store.renew()


async def test_what_was_settled_while_it_was_away_is_not_forgotten(url: str) -> None:
    async with sql_store(url) as store:
        await store.commit(change("one", 0, hang_up(1), keep_alive(2)))
        with away(url):
            store.settle("one", "one.1")
            with pytest.raises(StoreUnavailable):
                await store.commit(change("one", 1))
        await store.commit(change("one", 1))
    async with sql_store(url) as store:
        assert [one.effect for one in await store.orphans()] == [keep_alive(2)]


def raising(state: str, times: int) -> str:
    """Have the database fail changes of calls with a SQLSTATE, so many times."""
    return (
        "CREATE SEQUENCE failures;"
        " CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF nextval('failures') <= {times} THEN RAISE SQLSTATE '{state}'"
        " USING MESSAGE = 'made to fail', DETAIL = 'Key (caller)=(somebody)';"
        " END IF; RETURN NEW; END $$;"
        " CREATE TRIGGER fail BEFORE UPDATE ON calls FOR EACH ROW EXECUTE FUNCTION fail()"
    )


@pytest.mark.parametrize("state", ["40001", "40P01"])
async def test_a_transaction_that_lost_to_others_is_run_again(url: str, state: str) -> None:
    async with sql_store(url) as store:
        await open_calls(store, "one")
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(raising(state, times=3))
        await store.commit(change("one", 1))
        assert len(await store.journal("one")) == 2


async def test_one_that_loses_for_ever_is_given_up(url: str) -> None:
    async with sql_store(url) as store:
        await open_calls(store, "one")
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(raising("40001", times=5))
        with pytest.raises(StoreUnavailable, match="made to fail") as caught:
            await store.commit(change("one", 1))
        assert "somebody" not in str(caught.value)
        await store.commit(change("one", 1))


async def test_a_row_that_somebody_has_locked_fails_in_time(url: str) -> None:
    async with sql_store(url, patience=SOON) as store:
        await open_calls(store, "one")
        with psycopg.connect(url) as other:
            other.execute("SELECT * FROM calls FOR UPDATE")
            with pytest.raises(StoreUnavailable, match="lock timeout"):
                await store.commit(change("one", 1))
            assert await store.load("one") is not None
        await store.commit(change("one", 1))


async def test_a_node_that_stops_within_a_transaction_frees_its_rows(url: str) -> None:
    stopped, goes_on = threading.Event(), threading.Event()

    def stop(connection: Connection) -> None:
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 50")
        connection.exec_driver_sql("SELECT * FROM calls FOR UPDATE")
        stopped.set()
        goes_on.wait(10)

    async with sql_store(url) as store, sql_store(url) as other:
        await open_calls(store, "one")
        limit = await store.database.write(_idle_limit)
        assert limit == "2s"
        stopping = asyncio.create_task(store.database.write(stop))
        await asyncio.to_thread(stopped.wait)
        await other.commit(change("one", 1))
        goes_on.set()
        await stopping


def _idle_limit(connection: Connection) -> object:
    return connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar()


async def test_what_the_database_does_not_take_is_a_clear_error(url: str) -> None:
    async with sql_store(url) as store:
        for work in (store.take(Quota("no\0name", 1, 10), 5), store.put_audio("no\0name", b"")):
            with pytest.raises(StoreUnavailable, match="does not take"):
                await work


def seen(found: Sequence[Outgoing]) -> list[tuple[str, bool]]:
    return [(one.effect.id, one.begun) for one in found]


TWO = change("one", 1, hang_up(1), keep_alive(2), claimed=[hang_up(1)])
"""One effect is to be performed at once, the other one after it."""


async def test_what_was_committed_without_an_answer_is_found_and_not_begun(url: str) -> None:
    with wired(url) as (by_wire, wire):
        async with sql_store(by_wire) as store:
            await store.enlist("a", LEASE)
            await open_calls(store, "one")
            await store.load("one")
            wire.cut_at_commit = 1
            with pytest.raises(StoreUnavailable):
                await store.commit(TWO)
            with pytest.raises(Conflict):
                await store.commit(TWO)
            assert seen(await store.orphans()) == [("one.1", False), ("one.2", False)]
            assert await store.orphans() == []


async def test_what_was_committed_again_is_found_by_nobody(url: str) -> None:
    with wired(url) as (by_wire, wire):
        async with sql_store(by_wire) as store:
            await store.enlist("a", LEASE)
            await open_calls(store, "one")
            await store.load("one")
            wire.lose_commit = 1
            with pytest.raises(StoreUnavailable):
                await store.commit(TWO)
            await store.commit(TWO)
            assert await store.orphans() == []


async def test_what_was_taken_over_without_an_answer_is_found_again(url: str) -> None:
    with wired(url) as (by_wire, wire):
        async with sql_store(url) as dead, sql_store(by_wire) as store:
            await dead.enlist("dead", LEASE)
            await open_calls(dead, "one")
            await dead.commit(TWO)
            await dead.resign()
            await store.enlist("a", LEASE)
            await store.load("one")
            wire.cut_at_commit = 1
            with pytest.raises(StoreUnavailable):
                await store.orphans()
            assert seen(await store.orphans()) == [("one.1", True), ("one.2", False)]


async def test_a_claim_that_was_written_without_an_answer_may_be_asked_again(url: str) -> None:
    with wired(url) as (by_wire, wire):
        async with sql_store(by_wire) as store:
            await store.enlist("a", LEASE)
            await store.commit(change("one", 0, hang_up(1)))
            await store.load("one")
            wire.cut_at_commit = 1
            with pytest.raises(StoreUnavailable):
                await store.claim("one", "one.1")
            assert await store.orphans() == []
            assert await store.claim("one", "one.1")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ivr:hunter2@127.0.0.1:1/calls",
        "postgresql+psycopg://ivr:hunter2@/calls?host=/nowhere",
        "postgresql://ivr:hunter2@localhost/calls?no_such_option=1",
        "postgresql://ivr@127.0.0.1:1/calls?password=hunter2",
    ],
)
async def test_a_server_that_cannot_be_reached_is_a_clear_error(url: str) -> None:
    with pytest.raises(StoreUnavailable, match="call store cannot be used") as caught:
        await open_database(url, SEALER, SOON)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_password_that_an_error_quotes_is_hidden(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        async with sql_store(url.replace("postgres@", "postgres:made@")) as store:
            await open_calls(store, "one")
            other.execute(raising("P0001", times=1))
            with pytest.raises(StoreUnavailable, match=r"\*\*\* to fail"):
                await store.commit(change("one", 1))


@pytest.mark.parametrize("url", ["mysql://ivr:hunter2@host/calls", "postgresql+asyncpg://h/x"])
async def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="postgresql://") as caught:
        await open_database(url, SEALER)
    assert "hunter2" not in str(caught.value)
