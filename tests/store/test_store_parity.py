"""Whatever is done to them, the store in memory and the one in a file look the same."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.errors import IvrError
from ivr.ports import CallStore, Change
from ivr.store.memory import MemoryStore
from tests.store.store_calls import change, closing, keep_alive, sql_store

CALLS = ("a", "b", "c")
Act = tuple[str, str, int, int]
acts = st.lists(
    st.tuples(
        st.sampled_from(["commit", "commit", "commit", "close", "settle"]),
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
    return change(call_id, version, *effects, at=number, due=number, callback=f"{call_id}{number}")


async def perform(store: CallStore, plan: list[Act]) -> list[object]:
    """Do all of it; what came of every act."""
    came: list[object] = []
    versions = dict.fromkeys(CALLS, 0)
    for act in plan:
        kind, call_id, _, number = act
        if kind == "settle":
            store.settle(call_id, f"{call_id}.{number}")
            continue
        try:
            await store.commit(wanted(act, versions[call_id], call_id))
        except IvrError as error:
            came.append(type(error))
        else:
            versions[call_id] += 1
    return came


async def seen(store: CallStore) -> list[object]:
    """All that can be seen of a store from outside."""
    whole: list[object] = [await store.calls(), await store.unsettled(), await store.next_due()]
    whole.append(await store.due(3))
    for call_id in CALLS:
        whole += [await store.load(call_id), await store.known(call_id)]
        whole.append(await store.journal(call_id))
        for number in range(6):
            whole.append(await store.effect(call_id, f"{call_id}.{number}"))
            whole.append(await store.call_of(f"{call_id}{number}"))
    return whole


async def compare(plan: list[Act], folder: Path) -> None:
    memory = MemoryStore()
    expected = await perform(memory, plan)
    async with sql_store(folder) as store:
        assert await perform(store, plan) == expected
        assert await seen(store) == await seen(memory)
    async with sql_store(folder) as store:
        assert await seen(store) == await seen(memory)


@settings(max_examples=30, deadline=None)
@given(acts)
def test_both_stores_look_the_same(plan: list[Act]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(compare(plan, Path(folder)))


async def test_a_memory_store_can_be_made_to_fail() -> None:
    store = MemoryStore()
    store.available = False
    assert await perform(store, [("commit", "a", 0, 0)]) != []
    store.available = True
    assert await perform(store, [("commit", "a", 0, 0)]) == []
