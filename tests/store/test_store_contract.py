"""What every call store does: the same tests for memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from ivr.core.events import TonePressed
from ivr.errors import Conflict, StoreUnavailable
from ivr.ports import CallRow, CallStore, Change
from tests.store.sites import KINDS, open_site
from tests.store.store_calls import (
    DIGITS,
    TRACE,
    change,
    closing,
    hang_up,
    keep_alive,
    open_calls,
    snapshot,
    speak,
)


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[CallStore]:
    async with open_site(request.param, tmp_path) as site:
        yield await site.node()


async def outcomes(store: CallStore, changes: Sequence[Change]) -> list[BaseException | None]:
    found = await asyncio.gather(*(store.commit(one) for one in changes), return_exceptions=True)
    return [one if isinstance(one, BaseException) else None for one in found]


async def version_of(store: CallStore, call_id: str) -> int:
    loaded = await store.load(call_id)
    return 0 if loaded is None else loaded.version


async def test_a_call_comes_back_as_it_was_committed(store: CallStore) -> None:
    await store.commit(change("one", due=5000))
    loaded = await store.load("one")
    assert loaded is not None
    assert loaded.snapshot == snapshot("one", due=5000)
    assert loaded.version == 1
    assert await store.known("one")


async def test_the_version_grows_by_one_with_every_commit(store: CallStore) -> None:
    for version in range(4):
        await store.commit(change("one", version))
    assert await version_of(store, "one") == 4


async def test_a_call_that_was_never_seen_is_unknown(store: CallStore) -> None:
    assert await store.load("one") is None
    assert not await store.known("one")
    assert await store.effect("one", "one.1") is None
    assert await store.call_of("key") is None
    assert await store.journal("one") == []
    assert await store.calls() == []
    assert await store.due(10**15) == []
    assert await store.next_due() is None
    assert await store.orphans() == []


async def test_what_was_loaded_or_committed_is_not_shared_with_the_store(store: CallStore) -> None:
    given = change("one")
    await store.commit(given)
    given.step.snapshot.keys = "changed later"
    first = await store.load("one")
    assert first is not None
    first.snapshot.visits.clear()
    second = await store.load("one")
    assert second is not None
    assert second.snapshot == snapshot("one")


async def test_a_stale_change_is_a_conflict_and_changes_nothing(store: CallStore) -> None:
    await open_calls(store, "one")
    await store.commit(change("one", 1))
    with pytest.raises(Conflict, match="one"):
        await store.commit(change("one", 1, hang_up(1)))
    assert await version_of(store, "one") == 2
    assert len(await store.journal("one")) == 2
    assert await store.orphans() == []


@pytest.mark.parametrize("version", [1, 7])
async def test_a_change_of_a_call_that_is_not_there_is_a_conflict(
    store: CallStore, version: int
) -> None:
    with pytest.raises(Conflict):
        await store.commit(change("one", version))
    assert not await store.known("one")


@pytest.mark.parametrize("version", [0, 3])
async def test_of_twenty_at_once_exactly_one_wins(store: CallStore, version: int) -> None:
    for before in range(version):
        await store.commit(change("one", before))
    found = await outcomes(store, [change("one", version, hang_up(n)) for n in range(20)])
    assert found.count(None) == 1
    assert all(isinstance(one, Conflict) for one in found if one is not None)
    assert await version_of(store, "one") == version + 1
    assert [waiting.effect for waiting in await store.orphans()] == [hang_up(found.index(None))]


async def test_a_loser_does_not_fail_those_who_commit_with_it(store: CallStore) -> None:
    names = [f"call-{number}" for number in range(10)]
    await open_calls(store, *names)
    stale = change("call-5", 0)
    found = await outcomes(store, [*(change(name, 1) for name in names), stale, change("new")])
    assert [isinstance(one, Conflict) for one in found] == [False] * 10 + [True, False]
    assert [await version_of(store, name) for name in names] == [2] * 10
    assert await version_of(store, "new") == 1


async def test_an_effect_id_that_was_used_fails_its_own_change_only(store: CallStore) -> None:
    await store.commit(change("one", 0, hang_up(1)))
    await open_calls(store, "two")
    bad, good = change("one", 1, hang_up(1)), change("two", 1, hang_up(1, "two"))
    found = await outcomes(store, [bad, good])
    assert isinstance(found[0], StoreUnavailable)
    assert "one" in str(found[0])
    assert found[1] is None
    assert await version_of(store, "one") == 1
    assert await version_of(store, "two") == 2


async def test_deadlines_come_in_order_of_time(store: CallStore) -> None:
    for call_id, due in (("late", 900), ("early", 100), ("never", None), ("middle", 500)):
        await store.commit(change(call_id, due=due))
    await store.commit(change("over", due=1))
    await store.commit(closing("over", 1))
    assert await store.due(500) == ["early", "middle"]
    assert await store.due(10_000) == ["early", "middle", "late"]
    assert await store.due(10_000, limit=1) == ["early"]
    assert await store.due(99) == []
    assert await store.next_due() == 100


async def test_a_deadline_moves_with_the_call(store: CallStore) -> None:
    await store.commit(change("one", due=100))
    await store.commit(change("one", 1, due=700))
    assert await store.next_due() == 700
    await store.commit(change("one", 2))
    assert await store.next_due() is None


async def test_a_settled_effect_needs_no_work_but_can_be_read(store: CallStore) -> None:
    await store.commit(change("one", 0, speak(1), hang_up(2)))
    store.settle("one", "one.1")
    assert [waiting.effect for waiting in await store.orphans()] == [hang_up(2)]
    assert await store.effect("one", "one.1") == speak(1)
    await store.commit(change("one", 1))
    assert [waiting.effect for waiting in await store.orphans()] == [hang_up(2)]


async def test_settling_what_is_not_there_does_nothing(store: CallStore) -> None:
    store.settle("nobody", "nobody.1")
    await store.commit(change("one", 0, hang_up(1)))
    store.settle("one", "one.99")
    await store.commit(change("one", 1))
    assert len(await store.orphans()) == 1


async def test_effects_keep_their_order_when_the_clock_is_set_back(store: CallStore) -> None:
    await store.commit(change("young", 0, hang_up(1, "young"), at=600))
    await store.commit(change("one", 0, keep_alive(2), hang_up(1), at=500))
    await store.commit(change("one", 1, speak(3), at=400))
    waiting = await store.orphans()
    assert [one.effect.id for one in waiting] == ["one.2", "one.1", "one.3", "young.1"]
    assert [one.at for one in waiting] == [500, 500, 400, 600]
    assert waiting[2].effect == speak(3)


async def test_a_closed_call_keeps_no_contents(store: CallStore) -> None:
    await store.commit(change("one", 0, speak(1), due=100))
    await store.commit(closing("one", 1, hang_up(2)))
    assert await store.load("one") is None
    assert await store.known("one")
    assert await store.effect("one", "one.1") is None
    assert await store.effect("one", "one.2") is None
    assert await store.orphans() == []
    assert [line.detail for line in await store.journal("one")] == [None, None]
    assert [line.effects for line in await store.journal("one")] == [
        ("play_prompts",),
        ("hang_up",),
    ]


@pytest.mark.parametrize("version", [0, 1, 2])
async def test_a_closed_call_takes_no_changes(store: CallStore, version: int) -> None:
    await open_calls(store, "one")
    await store.commit(closing("one", 1))
    for late in (change("one", version), closing("one", version)):
        with pytest.raises(Conflict):
            await store.commit(late)
    assert len(await store.journal("one")) == 2


async def test_a_call_may_close_with_its_first_change(store: CallStore) -> None:
    await store.commit(closing("one", 0, hang_up(1)))
    assert await store.load("one") is None
    assert await store.known("one")
    assert await store.orphans() == []


async def test_the_journal_tells_what_happened_in_order(store: CallStore) -> None:
    await open_calls(store, "other")
    await store.commit(change("one", 0, at=10))
    await store.commit(change("one", 1, keep_alive(1), hang_up(2), at=5))
    first, second = await store.journal("one")
    assert (first.number, first.at, first.event) == (1, 10, "call_arrived")
    assert (second.number, second.at, second.event) == (2, 5, "tone_pressed")
    assert second.call_id == "one"
    assert second.verdict == "ok"
    assert second.trace == TRACE
    assert second.effects == ("keep_alive", "hang_up")
    assert second.detail == TonePressed(DIGITS)


async def test_a_callback_leads_to_its_call_for_ever(store: CallStore) -> None:
    await store.commit(change("one", callback="key-1"))
    await store.commit(change("two", callback="key-2"))
    await store.commit(change("one", 1))
    await store.commit(closing("one", 2))
    assert await store.call_of("key-1") == "one"
    assert await store.call_of("key-2") == "two"
    assert await store.call_of("") is None


async def test_a_callback_belongs_to_one_call_only(store: CallStore) -> None:
    await store.commit(change("one", callback="key"))
    with pytest.raises(StoreUnavailable):
        await store.commit(change("two", callback="key"))
    assert await store.call_of("key") == "one"
    assert not await store.known("two")


async def test_calls_are_listed_newest_first(store: CallStore) -> None:
    for call_id, started in (("b", 1000), ("a", 1000), ("c", 2000)):
        one = change(call_id)
        one.step.snapshot.started_at = started
        await store.commit(one)
    assert [row.call_id for row in await store.calls()] == ["c", "a", "b"]
    assert [row.call_id for row in await store.calls(limit=2)] == ["c", "a"]


async def test_a_row_tells_where_the_call_is_and_how_it_ended(store: CallStore) -> None:
    await open_calls(store, "one")
    live = CallRow("one", "main", "b" * 64, "read_back", "connected", 1000, None, "", "")
    assert await store.calls() == [live]
    await store.commit(closing("one", 1, at=9000))
    over = CallRow("one", "main", "b" * 64, "", "ended", 1000, 9000, "served", "hung_up")
    assert await store.calls() == [over]
