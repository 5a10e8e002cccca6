"""Many nodes on one store: who wakes a call, and what is counted and kept for all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from ivr.store.tables import calls, nodes
from tests.store.sites import KINDS, LEASE, Site, database_url, open_site
from tests.store.store_calls import change, closing, hang_up, open_calls, sql_store


@pytest.fixture(params=KINDS)
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(request.param, tmp_path) as opened:
        yield opened


async def test_a_call_that_is_held_is_found_by_nobody_for_a_while(site: Site) -> None:
    node, other = await site.node("a"), await site.node("b")
    for call_id, due in (("one", 100), ("two", 200), ("three", 900)):
        await node.commit(change(call_id, due=due))
    assert await node.due(500, limit=1, hold=5000) == ["one"]
    assert await other.due(500, hold=5000) == ["two"]
    assert await node.due(500) == []
    assert await other.due(500, hold=5000) == []
    await site.pass_a_lease()
    assert await other.due(500, hold=5000) == ["one", "two"]


async def test_a_call_that_moves_on_is_held_no_longer(site: Site) -> None:
    node, other = await site.node("a"), await site.node("b")
    await node.commit(change("one", due=100))
    assert await node.due(500, hold=5000) == ["one"]
    await node.commit(change("one", 1, due=400))
    assert await other.due(500, hold=5000) == ["one"]


async def test_looking_without_holding_leaves_calls_to_others(site: Site) -> None:
    node, other = await site.node("a"), await site.node("b")
    await node.commit(change("one", due=100))
    assert await node.due(500) == ["one"]
    assert await other.due(500, hold=5000) == ["one"]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_what_a_clock_that_began_anew_makes_endless_does_not_count(
    kind: str, tmp_path: Path
) -> None:
    with database_url(kind, tmp_path) as url:
        async with sql_store(url) as dead, sql_store(url) as node:
            await dead.enlist("dead", LEASE)
            await dead.commit(change("one", 0, hang_up(1), due=100))
            assert await dead.due(500, hold=5000) == ["one"]
            far = 10**15

            def misdate(connection: Connection) -> None:
                connection.execute(update(nodes).values(until=far))
                connection.execute(update(calls).values(held_until=far))

            await dead.database.write(misdate)
            await node.enlist("node", LEASE)
            assert [one.effect for one in await node.orphans()] == [hang_up(1)]
            assert await node.due(500, hold=5000) == ["one"]


async def test_live_calls_are_counted_on_all_nodes(site: Site) -> None:
    node, other = await site.node("a"), await site.node("b")
    assert await node.live() == 0
    await node.commit(change("one", caller="x"))
    await node.commit(change("two", caller="y"))
    await other.commit(change("three", caller="x"))
    await open_calls(other, "four")
    assert [await node.live(who) for who in ("", "x", "y", "z")] == [4, 2, 1, 0]
    await node.commit(change("one", 1, caller="y"))
    assert await other.live("x") == 2
    await other.commit(closing("one", 2))
    assert [await node.live(who) for who in ("", "x")] == [3, 1]


async def test_a_call_that_waits_to_be_placed_is_not_under_way(site: Site) -> None:
    node = await site.node("a")
    waiting = change("one", caller="x")
    waiting.step.snapshot.phase = "waiting"
    await node.commit(waiting)
    assert [await node.live(who) for who in ("", "x")] == [0, 0]
    await node.commit(change("one", 1, caller="x"))
    assert await node.live("x") == 1


async def test_prompt_audio_of_one_node_is_had_by_all(site: Site) -> None:
    node, other = await site.node("a"), await site.node("b")
    wav = bytes(range(256)) * 400
    assert await other.audio("hello") is None
    await node.put_audio("hello", wav)
    await other.put_audio("hello", b"the same name is the same content")
    assert await other.audio("hello") == wav
    assert await node.audio("bye") is None
