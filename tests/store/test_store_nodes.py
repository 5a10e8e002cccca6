"""Many nodes on one store: leases, and whose an effect is. The same for every kind of store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from ivr.errors import Fenced, StoreUnavailable
from ivr.ports import CallStore, Outgoing
from tests.store.sites import KINDS, LEASE, Site, open_site
from tests.store.store_calls import (
    change,
    closing,
    hang_up,
    keep_alive,
    speak,
)


@pytest.fixture(params=KINDS)
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(request.param, tmp_path) as opened:
        yield opened


def seen(found: Sequence[Outgoing]) -> list[tuple[str, bool]]:
    """The ids of effects, and whether they were begun."""
    return [(one.effect.id, one.begun) for one in found]


async def assert_fenced(store: CallStore) -> None:
    """Whatever would change something is refused."""
    with pytest.raises(Fenced):
        await store.renew()
    with pytest.raises(Fenced):
        await store.commit(change("late"))
    with pytest.raises(Fenced):
        await store.claim("one", "one.1")
    with pytest.raises(Fenced):
        await store.orphans()
    assert not await store.known("late")


# Leases


async def test_a_node_whose_lease_runs_may_commit_and_renew(site: Site) -> None:
    node = await site.node("a")
    await node.renew()
    await node.commit(change("one"))
    assert await node.known("one")


async def test_a_node_whose_lease_ran_out_is_fenced(site: Site) -> None:
    node, other = await site.node("a"), await site.node("b")
    await node.commit(change("one", 0, hang_up(1)))
    await site.pass_a_lease(but="a")
    await assert_fenced(node)
    await other.commit(change("one", 1))


async def test_a_lease_without_length_is_over_at_once(site: Site) -> None:
    node = await site.node()
    await node.enlist("a", 0)
    await assert_fenced(node)


async def test_a_lease_that_is_renewed_goes_on(site: Site) -> None:
    node = await site.node("a")
    await site.pass_a_lease()
    await node.commit(change("one"))


async def test_who_takes_a_name_puts_the_earlier_holder_out(site: Site) -> None:
    node = await site.node("a")
    successor = await site.node("a")
    await assert_fenced(node)
    await successor.commit(change("one"))


async def test_who_has_resigned_is_out_until_it_enlists_again(site: Site) -> None:
    node = await site.node("a")
    await node.resign()
    await assert_fenced(node)
    await node.enlist("a", LEASE)
    await node.commit(change("one"))


async def test_a_fenced_node_reads_on(site: Site) -> None:
    node = await site.node("a")
    await node.commit(change("one", 0, hang_up(1)))
    await site.node("a")
    assert await node.load("one") is not None
    assert await node.effect("one", "one.1") == hang_up(1)


async def test_who_has_never_enlisted_has_nothing_to_renew(site: Site) -> None:
    node = await site.node()
    with pytest.raises(Fenced):
        await node.renew()
    await node.commit(change("one"))


async def test_fenced_is_a_way_of_being_unavailable() -> None:
    assert issubclass(Fenced, StoreUnavailable)


# Claims


async def test_an_effect_is_claimed_by_one_node_only(site: Site) -> None:
    node, other = await site.node("a"), await site.node("b")
    await node.commit(change("one", 0, hang_up(1), keep_alive(2)))
    assert await other.claim("one", "one.1")
    assert not await node.claim("one", "one.1")
    assert await other.claim("one", "one.1")
    assert await node.claim("one", "one.2")


async def test_what_was_claimed_with_the_commit_is_the_committers(site: Site) -> None:
    node, other = await site.node("a"), await site.node("b")
    await node.commit(change("one", 0, hang_up(1), keep_alive(2), claimed=[hang_up(1)]))
    assert not await other.claim("one", "one.1")
    assert await node.claim("one", "one.1")
    assert await other.claim("one", "one.2")


async def test_what_is_settled_closed_or_unknown_cannot_be_claimed(site: Site) -> None:
    node = await site.node("a")
    await node.commit(change("one", 0, hang_up(1), keep_alive(2)))
    node.settle("one", "one.1")
    assert not await node.claim("one", "one.1")
    assert not await node.claim("one", "one.7")
    assert not await node.claim("nobody", "nobody.1")
    await node.commit(closing("one", 1))
    assert not await node.claim("one", "one.2")


async def test_a_claim_writes_what_was_settled_before(site: Site) -> None:
    node = await site.node("a")
    await node.commit(change("one", 0, hang_up(1), keep_alive(2), claimed=[hang_up(1)]))
    node.settle("one", "one.1")
    assert await node.claim("one", "one.2")
    assert seen(await (await site.node("a")).orphans()) == [("one.2", True)]


async def test_a_claim_of_a_dead_node_is_not_to_be_claimed_again(site: Site) -> None:
    # Whether it was carried out is for `orphans` to tell.
    node, other = await site.node("a"), await site.node("b")
    await node.commit(change("one", 0, hang_up(1), claimed=[hang_up(1)]))
    await site.pass_a_lease(but="a")
    assert not await other.claim("one", "one.1")


# Orphans


async def test_nothing_of_a_living_node_is_an_orphan(site: Site) -> None:
    node, other = await site.node("a"), await site.node("b")
    await node.commit(change("one", 0, hang_up(1), claimed=[hang_up(1)]))
    await node.commit(change("two", 0, hang_up(1, "two")))
    assert await other.orphans() == []
    assert await node.orphans() == []
    await site.pass_a_lease()
    assert seen(await other.orphans()) == [("two.1", False)]


async def test_what_a_dead_node_leaves_is_taken_over_with_what_was_begun(site: Site) -> None:
    node, other = await site.node("a"), await site.node("b")
    await node.commit(change("one", 0, speak(1), hang_up(2), claimed=[speak(1)]))
    await site.pass_a_lease(but="a")
    taken = await other.orphans()
    assert seen(taken) == [("one.1", True), ("one.2", False)]
    assert [one.effect for one in taken] == [speak(1), hang_up(2)]
    assert await other.orphans() == []
    assert await other.claim("one", "one.2")


async def test_what_was_taken_over_was_begun_for_the_next_one(site: Site) -> None:
    node, other, third = [await site.node(name) for name in "abc"]
    await node.commit(change("one", 0, hang_up(1)))
    await site.pass_a_lease(but="a")
    assert seen(await other.orphans()) == [("one.1", False)]
    await site.pass_a_lease(but="b")
    assert seen(await third.orphans()) == [("one.1", True)]


@pytest.mark.parametrize("end", ["resign", "replaced"])
async def test_what_a_node_leaves_is_free_at_once(site: Site, end: str) -> None:
    node = await site.node("a")
    await node.commit(change("one", 0, hang_up(1), keep_alive(2), claimed=[hang_up(1)]))
    if end == "resign":
        await node.resign()
    successor = await site.node("b" if end == "resign" else "a")
    assert seen(await successor.orphans()) == [("one.1", True), ("one.2", False)]


async def test_of_a_call_either_all_come_or_none(site: Site) -> None:
    node, other, third = [await site.node(name) for name in "abc"]
    await node.commit(change("one", 0, hang_up(1), keep_alive(2)))
    assert await other.claim("one", "one.2")
    await node.resign()
    assert await third.orphans() == []
    other.settle("one", "one.2")
    await other.commit(change("two"))
    assert seen(await third.orphans()) == [("one.1", False)]


async def test_orphans_come_in_whole_calls_the_longest_waiting_first(site: Site) -> None:
    node, other = await site.node("a"), await site.node("b")
    for at, call_id in ((300, "c"), (100, "b"), (200, "a")):
        await node.commit(change(call_id, 0, hang_up(1, call_id), keep_alive(2, call_id), at=at))
    await node.resign()
    assert [one.effect.id for one in await other.orphans(limit=5)] == ["b.1", "b.2", "a.1", "a.2"]
    assert [one.effect.id for one in await other.orphans(limit=1)] == ["c.1", "c.2"]
    assert await other.orphans() == []


async def test_settled_and_closed_effects_are_nobodys(site: Site) -> None:
    node, other = await site.node("a"), await site.node("b")
    await node.commit(change("one", 0, hang_up(1)))
    await node.commit(change("two", 0, hang_up(1, "two")))
    node.settle("one", "one.1")
    await node.commit(closing("two", 1))
    await node.resign()
    assert await other.orphans() == []


async def test_without_an_identity_all_that_is_unsettled_is_found_again(site: Site) -> None:
    node, other = await site.node(), await site.node()
    await node.commit(change("one", 0, hang_up(1), keep_alive(2), claimed=[hang_up(1)]))
    assert seen(await node.orphans()) == [("one.1", True), ("one.2", False)]
    assert seen(await other.orphans()) == [("one.1", True), ("one.2", True)]
    other.settle("one", "one.1")
    assert seen(await other.orphans()) == [("one.2", True)]
