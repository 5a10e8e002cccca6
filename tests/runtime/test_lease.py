"""The right to act: kept, lost, found out in time, and taken anew."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from ivr.core.values import Millis
from ivr.errors import Fenced, StoreUnavailable
from ivr.runtime.clock import steady
from ivr.runtime.lease import LENGTH, RENEW_EVERY, Lease
from ivr.runtime.leased import LeasedTransport
from tests.runtime.bench import Ours
from tests.runtime.virtual import VirtualClock, settled
from tests.runtime.world import FlakyStore


class Tenant:
    """Who holds a lease; `lost` counts how often it was told that it is over."""

    def __init__(self, name: str = "node", beside: Tenant | None = None) -> None:
        self.clock: VirtualClock = beside.clock if beside else VirtualClock()
        self.store: FlakyStore = FlakyStore(beside.store if beside else None, self.clock.now)
        self.lost = 0
        self.lease = Lease(self.store, self.clock, name, self._lost, self.clock.now)

    def may_act(self) -> bool:
        return self.lease.fresh

    def _lost(self) -> None:
        assert not self.lease.fresh
        self.lost += 1


async def held(name: str = "node", beside: Tenant | None = None) -> Tenant:
    tenant = Tenant(name, beside)
    await tenant.lease.begin()
    return tenant


async def test_there_is_none_before_it_is_taken() -> None:
    assert not Tenant().may_act()


async def test_a_lease_is_fresh_for_its_length_and_no_longer() -> None:
    tenant = await held()
    tenant.clock.jump(LENGTH - 1)
    assert tenant.may_act()
    tenant.clock.jump(1)
    assert not tenant.may_act()


async def test_a_lease_that_is_renewed_lasts() -> None:
    tenant = await held()
    running = asyncio.create_task(tenant.lease.run())
    await tenant.clock.pass_(60_000)
    assert tenant.may_act()
    assert tenant.lost == 0
    running.cancel()


async def test_it_counts_from_the_moment_before_it_was_asked_for() -> None:
    class Slow(FlakyStore):
        async def renew(self) -> None:
            await super().renew()
            clock.jump(3_000)

    tenant = Tenant()
    clock = tenant.clock
    tenant.store = Slow(clock=clock.now)
    tenant.lease = Lease(tenant.store, clock, "node", tenant._lost, clock.now)
    await tenant.lease.begin()
    running = asyncio.create_task(tenant.lease.run())
    await clock.pass_(RENEW_EVERY)
    clock.jump(LENGTH - 3_001)
    assert tenant.may_act()
    clock.jump(1)
    assert not tenant.may_act()
    running.cancel()


async def test_a_process_that_was_stopped_finds_out_before_it_does_anything() -> None:
    tenant = await held()
    tenant.clock.jump(20_000)
    assert not tenant.may_act()


async def test_a_store_that_is_away_for_a_moment_costs_nothing() -> None:
    tenant = await held()
    running = asyncio.create_task(tenant.lease.run())
    tenant.store.available = False
    await tenant.clock.pass_(LENGTH - 2_000)
    tenant.store.available = True
    await tenant.clock.pass_(2_000)
    assert tenant.may_act()
    assert tenant.lost == 0
    running.cancel()


async def test_a_lease_that_has_run_out_is_lost_and_another_taken() -> None:
    tenant = await held()
    running = asyncio.create_task(tenant.lease.run())
    tenant.store.available = False
    await tenant.clock.pass_(LENGTH + 1_000)
    assert not tenant.may_act()
    assert tenant.lost == 0, "the store has not said so yet"
    tenant.store.available = True
    await tenant.clock.pass_(RENEW_EVERY)
    assert tenant.lost == 1
    assert tenant.may_act()
    running.cancel()


async def test_a_name_that_was_taken_is_left_to_its_new_holder() -> None:
    old = await held()
    new = await held(beside=old)
    loops = [asyncio.create_task(tenant.lease.run()) for tenant in (old, new)]
    await old.clock.pass_(60_000)
    assert (old.lost, new.lost) == (1, 0)
    assert old.lease.fresh
    assert new.lease.fresh
    for loop in loops:
        loop.cancel()


async def test_a_lease_that_is_lost_while_it_is_renewed_is_taken_anew() -> None:
    class Overtaken(FlakyStore):
        names: list[str] = []  # noqa: RUF012

        async def enlist(self, node: str, lease: Millis) -> None:
            self.names.append(node)
            await super().enlist(node, lease)

        async def renew(self) -> None:
            await super().renew()
            if tenant.lost == 0:
                tenant.lease.lose()

    tenant = Tenant()
    tenant.store = Overtaken(clock=tenant.clock.now)
    tenant.lease = Lease(tenant.store, tenant.clock, "node", tenant._lost, tenant.clock.now)
    await tenant.lease.begin()
    running = asyncio.create_task(tenant.lease.run())
    await tenant.clock.pass_(RENEW_EVERY)
    assert Overtaken.names == ["node", "node.1"]
    assert tenant.may_act()
    running.cancel()


async def test_it_is_lost_once_however_many_say_so() -> None:
    tenant = await held()
    tenant.lease.lose()
    tenant.lease.lose()
    assert tenant.lost == 1
    assert not tenant.may_act()


async def test_who_waits_for_the_lease_goes_on_when_it_is_there_again() -> None:
    tenant = await held()
    tenant.lease.lose()
    waiting = [asyncio.create_task(tenant.lease.held()) for _ in range(3)]
    await settled()
    assert not any(each.done() for each in waiting)
    running = asyncio.create_task(tenant.lease.run())
    await tenant.clock.pass_(RENEW_EVERY)
    assert all(each.done() for each in waiting)
    running.cancel()


async def test_a_lease_that_is_given_up_is_over_for_everybody() -> None:
    tenant = await held()
    await tenant.lease.end()
    assert not tenant.may_act()
    with pytest.raises(Fenced):
        await tenant.store.renew()


async def test_a_store_that_is_away_does_not_keep_a_node_from_leaving() -> None:
    tenant = await held()
    tenant.store.available = False
    await tenant.lease.end()
    assert not tenant.may_act()


async def test_without_a_store_there_is_no_lease() -> None:
    tenant = Tenant()
    tenant.store.available = False
    with pytest.raises(StoreUnavailable):
        await tenant.lease.begin()
    assert not tenant.may_act()


async def test_a_request_that_has_waited_too_long_is_not_sent() -> None:
    sent: list[httpx.Request] = []
    lease = Ours()

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    transport = LeasedTransport(httpx.MockTransport(answer), lease)
    request = httpx.Request("POST", "https://graph.example/")
    lease.fresh = False
    with pytest.raises(Fenced):
        await transport.handle_async_request(request)
    assert sent == []
    lease.fresh = True
    assert (await transport.handle_async_request(request)).status_code == 200
    await transport.aclose()


def test_the_clock_of_leases_only_goes_forward() -> None:
    readings = [steady() for _ in range(100)]
    assert readings == sorted(readings)
