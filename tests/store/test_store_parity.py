"""Whatever is done to them, the store in memory and those in a database look the same."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.errors import IvrError, StoreUnavailable
from ivr.ports import CallStore, Change, Quota
from ivr.store.memory import MemoryStore
from tests.store.postgres import postgres_url
from tests.store.store_calls import change, closing, keep_alive, sql_store, url_of

CALLS = ("a", "b", "c")
QUOTA = Quota("calls", 3, 4)
Act = tuple[str, str, int, int]
acts = st.lists(
    st.tuples(
        st.sampled_from(["commit"] * 6 + ["close", "settle", "claim", "orphans", "take", "due"]),
        st.sampled_from(CALLS),
        st.integers(-1, 1),
        st.integers(0, 5),
    ),
    max_size=25,
)


def wanted(act: Act, version: int, call_id: str) -> Change:
    """The change of an act: mostly of the stored version, sometimes a stale or early one."""
    kind, _, shift, number = act
    version = max(version + (shift if number == 5 else 0), 0)
    if kind == "close":
        return closing(call_id, version, at=number)
    effects = [keep_alive(number, call_id)] if number < 4 else []
    return change(
        call_id,
        version,
        *effects,
        at=number,
        due=number,
        callback=f"{call_id}{number}",
        caller=call_id if number < 3 else "",
        claimed=effects if shift else [],
    )


async def perform(store: CallStore, plan: list[Act]) -> list[object]:
    """Do all of it; what came of every act."""
    came: list[object] = []
    versions = dict.fromkeys(CALLS, 0)
    for act in plan:
        kind, call_id, _, number = act
        if kind in {"commit", "close"}:
            came.append(await outcome(store, wanted(act, versions[call_id], call_id)))
            versions[call_id] += came[-1] is None
        else:
            came.append(await ask(store, kind, call_id, number))
    return came


async def outcome(store: CallStore, change: Change) -> type[IvrError] | None:
    try:
        await store.commit(change)
    except IvrError as error:
        return type(error)
    return None


async def ask(store: CallStore, kind: str, call_id: str, number: int) -> object:
    if kind == "claim":
        return await store.claim(call_id, f"{call_id}.{number}")
    if kind == "orphans":
        return await store.orphans(limit=number + 1)
    if kind == "take":
        return await store.take(QUOTA, number)
    if kind == "due":
        return await store.due(number, limit=1, hold=10_000)
    store.settle(call_id, f"{call_id}.{number}")
    return None


async def seen(store: CallStore) -> list[object]:
    """All that can be seen of a store from outside."""
    whole: list[object] = [await store.calls(), await store.orphans(), await store.next_due()]
    whole += [await store.due(3), await store.live()]
    for call_id in CALLS:
        whole += [await store.load(call_id), await store.known(call_id)]
        whole += [await store.journal(call_id), await store.live(call_id)]
        for number in range(6):
            whole.append(await store.effect(call_id, f"{call_id}.{number}"))
            whole.append(await store.call_of(f"{call_id}{number}"))
    return whole


async def compare(plan: list[Act], url: str) -> None:
    memory = MemoryStore()
    expected = await perform(memory, plan)
    async with sql_store(url) as store:
        assert await perform(store, plan) == expected
        assert await seen(store) == await seen(memory)
    async with sql_store(url) as store:
        assert await seen(store) == await seen(memory)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(acts)
def test_memory_and_sqlite_look_the_same(plan: list[Act]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(compare(plan, url_of(Path(folder))))


@settings(max_examples=4, deadline=None, derandomize=True)
@given(acts)
def test_memory_and_postgresql_look_the_same(plan: list[Act]) -> None:
    with postgres_url() as url:
        asyncio.run(compare(plan, url))


async def test_a_memory_store_can_be_made_to_fail() -> None:
    store = MemoryStore()
    store.available = False
    assert await perform(store, [("commit", "a", 0, 0)]) == [StoreUnavailable]
    store.available = True
    assert await perform(store, [("commit", "a", 0, 0)]) == [None]
