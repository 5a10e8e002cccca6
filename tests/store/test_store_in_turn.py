"""Effects of one lane are for one node after the other. The same for every kind of store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.core.effects import CountUse, FetchRecording
from ivr.errors import Fenced
from ivr.ports import CallStore
from ivr.store import leases
from ivr.store.in_turn import LOOK_AGAIN, PATIENCE, claim_in_turn, lane_of
from ivr.store.leases import Identity
from ivr.store.memory import MemoryStore
from ivr.store.writing import Batch, write_together
from tests.runtime.virtual import VirtualClock, settled
from tests.store.sites import KINDS, LEASE, Site, database_url, open_site
from tests.store.store_calls import (
    change,
    closing,
    hang_up,
    keep_alive,
    open_calls,
    speak,
    sql_store,
)

SPEAK, HANG_UP = speak(1), hang_up(2)
NOTHING: frozenset[str] = frozenset()
AT_ONCE = PATIENCE / 1_000 / 2
"""Seconds in which nobody can have waited in vain."""


@pytest.fixture(params=KINDS)
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
async def first(site: Site) -> CallStore:
    """A node that is speaking on the line of call "one"."""
    node = await site.node("first")
    assert await node.commit(change("one", 0, SPEAK, claimed=[SPEAK])) == {SPEAK.id}
    return node


@pytest.fixture
async def second(site: Site) -> CallStore:
    return await site.node("second")


async def settle(store: CallStore, *effects: str) -> None:
    """Settle effects of call "one", and let it be known."""
    for effect in effects:
        store.settle("one", effect)
    await store.commit(change(f"after {effects}"))


async def looked(store: CallStore) -> None:
    """Return when the store has looked for the first time at what was claimed before."""
    await settled()
    await store.commit(change("meanwhile"))


# With a commit


async def test_what_another_node_is_about_comes_first(first: CallStore, second: CallStore) -> None:
    assert await second.commit(change("one", 1, HANG_UP, claimed=[HANG_UP])) == NOTHING


async def test_what_was_not_granted_is_nobodys_yet(
    site: Site, first: CallStore, second: CallStore
) -> None:
    await second.commit(change("one", 1, HANG_UP, claimed=[HANG_UP]))
    await first.resign()
    await second.resign()
    taken = await (await site.node("third")).orphans()
    assert [(one.effect.id, one.begun) for one in taken] == [("one.1", True), ("one.2", False)]


async def test_a_claim_is_granted_once_the_other_has_settled(
    first: CallStore, second: CallStore
) -> None:
    await settle(first, "one.1")
    assert await second.commit(change("one", 1, HANG_UP, claimed=[HANG_UP])) == {"one.2"}


async def test_a_claim_is_granted_once_the_other_is_dead(
    site: Site, first: CallStore, second: CallStore
) -> None:
    await site.pass_a_lease(but="first")
    assert await second.commit(change("one", 1, HANG_UP, claimed=[HANG_UP])) == {"one.2"}


async def test_what_only_waits_at_another_node_comes_first_too(
    first: CallStore, second: CallStore
) -> None:
    await second.commit(change("one", 1, HANG_UP, claimed=[HANG_UP]))
    await settle(first, "one.1")
    assert await first.commit(change("one", 2, speak(3), claimed=[speak(3)])) == NOTHING
    await settle(second, "one.2")
    assert await first.commit(change("one", 3, speak(4), claimed=[speak(4)])) == {"one.4"}


async def test_nobody_waits_for_itself(first: CallStore) -> None:
    assert await first.commit(change("one", 1, HANG_UP, claimed=[HANG_UP])) == {"one.2"}


async def test_other_lanes_and_other_calls_do_not_wait(first: CallStore, second: CallStore) -> None:
    apart = (
        keep_alive(2),
        CountUse("one.3", "uses", 1, 1),
        FetchRecording("one.4", "here", "t", 1),
    )
    granted = await second.commit(
        change("one", 1, *apart, hang_up(5), claimed=[*apart, hang_up(5)])
    )
    assert granted == {"one.2", "one.3", "one.4"}
    await open_calls(first, "two")
    other = hang_up(1, "two")
    assert await second.commit(change("two", 1, other, claimed=[other])) == {"two.1"}


async def test_only_what_was_to_be_claimed_is_granted(second: CallStore) -> None:
    effects = (SPEAK, keep_alive(2))
    assert await second.commit(change("one", 0, *effects, claimed=[SPEAK])) == {"one.1"}
    assert await second.commit(change("one", 1, hang_up(3))) == NOTHING


async def test_a_call_that_closes_waits_for_nobody(first: CallStore, second: CallStore) -> None:
    last = closing("one", 1, HANG_UP)
    assert await second.commit(last) == last.claimed


async def test_one_that_waits_does_not_hold_up_those_who_commit_with_it(
    first: CallStore, second: CallStore
) -> None:
    await open_calls(first, "two")
    other = hang_up(1, "two")
    found = await asyncio.gather(
        second.commit(change("one", 1, HANG_UP, claimed=[HANG_UP])),
        second.commit(change("two", 1, other, claimed=[other])),
    )
    assert list(found) == [NOTHING, frozenset({"two.1"})]


# With a claim


async def test_a_claim_waits_for_its_turn(first: CallStore, second: CallStore) -> None:
    await second.commit(change("one", 1, HANG_UP))
    claiming = asyncio.create_task(second.claim("one", "one.2"))
    await looked(second)
    assert not claiming.done()
    await settle(first, "one.1")
    async with asyncio.timeout(AT_ONCE):
        assert await claiming


async def test_a_claim_waits_no_longer_than_the_other_lives(
    site: Site, first: CallStore, second: CallStore
) -> None:
    await second.commit(change("one", 1, HANG_UP))
    claiming = asyncio.create_task(second.claim("one", "one.2"))
    await looked(second)
    await site.pass_a_lease(but="first")
    async with asyncio.timeout(AT_ONCE):
        assert await claiming


async def test_who_waits_for_its_turn_keeps_the_effect(
    site: Site, first: CallStore, second: CallStore
) -> None:
    await second.commit(change("one", 1, HANG_UP))
    claiming = asyncio.create_task(second.claim("one", "one.2"))
    await looked(second)
    assert await second.orphans() == []
    await settle(first, "one.1")
    assert await second.orphans() == []
    assert await claiming


async def test_who_loses_its_lease_while_it_waits_is_told(
    site: Site, first: CallStore, second: CallStore
) -> None:
    await second.commit(change("one", 1, HANG_UP))
    claiming = asyncio.create_task(second.claim("one", "one.2"))
    await looked(second)
    await site.node("second")
    with pytest.raises(Fenced):
        await claiming


async def test_what_comes_later_or_is_of_another_lane_is_not_waited_for(
    first: CallStore, second: CallStore
) -> None:
    await second.commit(change("one", 1, keep_alive(2)))
    await second.commit(change("one", 2, hang_up(3)))
    async with asyncio.timeout(AT_ONCE):
        assert await second.claim("one", "one.2")
        assert await first.claim("one", "one.1")


async def test_what_is_anothers_or_settled_is_not_waited_for(
    first: CallStore, second: CallStore
) -> None:
    await first.commit(change("one", 1, HANG_UP, speak(3), claimed=[HANG_UP]))
    assert not await second.claim("one", "one.2")
    await settle(second, "one.3")
    assert not await second.claim("one", "one.3")


# Out of turn


async def test_a_claim_does_not_wait_for_ever() -> None:
    clock = VirtualClock()
    first = MemoryStore(clock=clock.now, sleep=clock.sleep)
    second = MemoryStore(first)
    for name, node in (("first", first), ("second", second)):
        await node.enlist(name, LEASE)
    await first.commit(change("one", 0, SPEAK, claimed=[SPEAK]))
    await second.commit(change("one", 1, HANG_UP))
    claiming = asyncio.create_task(second.claim("one", "one.2"))
    await clock.pass_(PATIENCE - LOOK_AGAIN)
    assert not claiming.done()
    await clock.pass_(2 * LOOK_AGAIN)
    assert claiming.done()
    assert await claiming


async def test_looks_are_apart_and_the_last_one_is_told_so() -> None:
    clock, looks = VirtualClock(), [0, 0]

    async def look(late: bool) -> bool | None:
        looks[late] += 1
        return True if late else None

    claiming = asyncio.create_task(claim_in_turn(look, clock.now, clock.sleep))
    await clock.pass_(2 * PATIENCE)
    await settled()
    assert await claiming
    assert looks == [-(-PATIENCE // LOOK_AGAIN), 1]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_late_claim_is_granted_out_of_turn(kind: str, tmp_path: Path) -> None:
    with database_url(kind, tmp_path) as url:
        async with sql_store(url) as first:
            await first.enlist("first", LEASE)
            await first.commit(change("one", 0, SPEAK, HANG_UP, claimed=[SPEAK]))
            node, key = Identity.new(LEASE), ("one", "one.2")
            await first.database.write(lambda c: leases.enlist(c, "second", node))
            early, late = Batch(node, claims=[key]), Batch(node, claims=[key], late=[key])
            written = await first.database.write(lambda c: write_together(c, early))
            assert not written.claimed
            assert written.early == {key}
            written = await first.database.write(lambda c: write_together(c, late))
            assert written.claimed == {key}
            assert not written.early


def test_a_kind_of_a_later_version_is_for_the_line() -> None:
    assert lane_of("levitate") == lane_of("play_prompts") == "line"
    assert lane_of("count_use") == lane_of("send_request") == lane_of("create_meeting")
    assert len({lane_of(each) for each in ("hang_up", "count_use", "keep_alive")}) == 3
