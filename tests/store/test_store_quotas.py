"""Quotas count across nodes, and a clock set back opens no window."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.ports import CallStore, Quota
from tests.store.sites import KINDS, Site, open_site

MINUTE = 60_000
NOON = 1_800_000_000_000 // MINUTE * MINUTE
THREE = Quota("calls", 3, MINUTE)


@pytest.fixture(params=KINDS)
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(request.param, tmp_path) as opened:
        yield opened


async def taken(store: CallStore, quota: Quota, *times: int) -> list[bool]:
    return [await store.take(quota, time) for time in times]


async def test_no_more_than_allowed_in_one_window(site: Site) -> None:
    node, other = await site.node("a"), await site.node("b")
    assert await taken(node, THREE, NOON, NOON + 1) == [True, True]
    assert await taken(other, THREE, NOON + 2, NOON + MINUTE - 1) == [True, False]
    assert not await node.take(THREE, NOON)


async def test_a_new_window_begins_at_a_multiple_of_its_length(site: Site) -> None:
    node = await site.node("a")
    late = NOON + MINUTE - 1
    assert await taken(node, THREE, late, late, late, late) == [True, True, True, False]
    assert await taken(node, THREE, *[late + 1] * 4) == [True, True, True, False]


async def test_a_clock_set_back_opens_no_window(site: Site) -> None:
    node = await site.node("a")
    assert await taken(node, THREE, *[NOON] * 3) == [True] * 3
    hours = [NOON - back for back in (1, MINUTE, 100 * MINUTE)]
    assert await taken(node, THREE, *hours) == [False] * 3
    assert not await node.take(THREE, NOON)
    assert await node.take(THREE, NOON + MINUTE)


async def test_an_earlier_clock_uses_what_is_left_of_the_latest_window(site: Site) -> None:
    node = await site.node("a")
    times = [NOON, NOON - MINUTE, NOON - 2 * MINUTE, NOON - MINUTE, NOON]
    assert await taken(node, THREE, *times) == [True, True, True, False, False]


async def test_quotas_of_other_names_are_apart(site: Site) -> None:
    node = await site.node("a")
    one, other = Quota("one", 1, MINUTE), Quota("other", 1, MINUTE)
    assert await taken(node, one, NOON, NOON) == [True, False]
    assert await taken(node, other, NOON, NOON) == [True, False]


async def test_nothing_can_be_taken_of_nothing(site: Site) -> None:
    node = await site.node("a")
    assert await taken(node, Quota("none", 0, MINUTE), NOON, NOON + MINUTE) == [False, False]


async def test_a_lower_limit_counts_at_once(site: Site) -> None:
    node = await site.node("a")
    assert await taken(node, THREE, NOON, NOON) == [True, True]
    assert not await node.take(Quota("calls", 2, MINUTE), NOON)


@pytest.mark.parametrize("site", ["sqlite", "postgres"], indirect=True)
async def test_windows_of_days_ago_are_forgotten(site: Site) -> None:
    node = await site.node("a")
    assert await node.take(Quota("old", 1, MINUTE), NOON)
    assert await node.take(Quota("new", 1, MINUTE), NOON + 1439 * MINUTE)
    assert not await node.take(Quota("old", 1, MINUTE), NOON)
    assert await node.take(Quota("newer", 1, MINUTE), NOON + 1500 * MINUTE)
    assert await node.take(Quota("old", 1, MINUTE), NOON)
