"""The one door: what is committed, what is refused, and what happens when two nodes compete."""

from __future__ import annotations

import asyncio

import pytest

from ivr.core.events import (
    Arrival,
    CallArrived,
    CallEnded,
    RosterChanged,
    TonePressed,
    Unrecognised,
)
from ivr.errors import Conflict, StoreUnavailable
from ivr.ports import Change
from ivr.runtime.timers import GRACE, SWEEP_EVERY
from tests.runtime.virtual import settled
from tests.runtime.world import TENANT, FlakyStore, World
from tests.universe import ARRIVAL, CALL_ID, CALLER

OTHER_CALL = "57dab8b1-894c-409a-b240-000000000000"


async def test_nothing_is_done_when_the_store_cannot_commit() -> None:
    world = World()
    world.store.failures = 1
    with pytest.raises(StoreUnavailable):
        await world.arrive()
    await settled()
    assert world.line.asked == []
    assert not await world.store.known(CALL_ID)


async def test_an_event_that_could_not_be_committed_is_taken_when_it_comes_again() -> None:
    world = World()
    await world.connect()
    world.store.failures = 1
    with pytest.raises(StoreUnavailable):
        await world.tell(TonePressed("1", 1))
    assert await world.tell(TonePressed("1", 1)) == "ok"
    assert (await world.now()).result == "sales"


async def test_the_same_tone_at_two_nodes_counts_once() -> None:
    one = World()
    two = World(beside=one)
    await one.connect()
    arrival = Arrival(CALL_ID, TonePressed("1", 1), sender=TENANT)
    verdicts = await asyncio.gather(one.handler.handle(arrival), two.handler.handle(arrival))
    await settled()
    assert sorted(verdicts) == ["late", "ok"]
    assert one.line.kinds.count("hang_up") == 1


async def test_a_node_goes_on_with_what_another_has_left() -> None:
    one = World()
    two = World(beside=one)
    await one.connect()
    await two.tell(TonePressed("7", 1))
    assert await one.tell(TonePressed("7", 1)) == "duplicate"
    assert await one.tell(TonePressed("1", 2)) == "ok"
    assert (await one.now()).result == "sales"


async def test_a_node_goes_on_though_it_was_not_told_that_another_was_faster() -> None:
    one = World()
    two = World(beside=one)
    await one.connect()
    _hears_nothing(one)
    await two.tell(TonePressed("7", 1))
    assert await one.tell(TonePressed("1", 2)) == "ok"
    assert (await one.now()).result == "sales"


async def test_a_call_that_is_moved_all_the_time_is_given_up_for_now() -> None:
    class Busy(FlakyStore):
        async def commit(self, change: Change) -> frozenset[str]:
            raise Conflict

    with pytest.raises(StoreUnavailable):
        await World(store=Busy()).arrive()


async def test_nobody_speaks_of_another_tenants_call() -> None:
    world = World()
    await world.connect()
    before = await world.now(), await world.events()
    assert await world.tell(CallEnded("hung_up"), sender="tenant-2") == "refused"
    assert (await world.now(), await world.events()) == before


async def test_the_tenant_that_was_vouched_for_counts_and_not_the_one_in_the_body() -> None:
    world = World()
    await world.tell(CallArrived(CALLER, "+442079460999", "tenant-of-the-attacker"))
    assert (await world.now()).tenant == TENANT
    assert {line.tenant for line in world.line.lines} == {TENANT}


async def test_an_event_of_a_call_that_was_never_seen_leaves_no_trace() -> None:
    world = World()
    assert await world.tell(CallEnded("hung_up")) == "unknown"
    assert await world.store.calls() == []


async def test_a_call_is_answered_once_however_often_it_is_announced() -> None:
    world = World()
    assert await world.arrive() == "ok"
    assert await world.arrive() == "duplicate"
    assert world.line.kinds.count("answer_call") == 1


@pytest.mark.parametrize("event", [ARRIVAL, TonePressed("1", 9), CallEnded("hung_up")])
async def test_whatever_comes_after_the_end_is_late(event: CallArrived | TonePressed) -> None:
    world = World()
    await world.connect()
    await world.tell(CallEnded("hung_up"))
    assert await world.is_closed()
    asked = len(world.line.asked)
    assert await world.tell(event) == "late"
    assert len(world.line.asked) == asked


async def test_a_call_that_no_flow_takes_is_turned_away() -> None:
    world = World()
    world.library.program = None
    await world.arrive()
    assert world.line.kinds == ["reject_call"]


async def test_a_call_whose_flows_are_lost_is_hung_up_and_closed() -> None:
    world = World()
    await world.connect()
    world.library.program = None
    await world.tell(RosterChanged())
    assert "hang_up" in world.line.kinds
    running = asyncio.create_task(world.timers.run())
    await world.clock.pass_(60_000)
    assert await world.is_closed()
    assert len(await world.events()) < 10
    running.cancel()


async def test_a_slow_call_holds_up_no_other() -> None:
    class Slow(FlakyStore):
        gate = asyncio.Event()

        async def commit(self, change: Change) -> frozenset[str]:
            if change.call_id == CALL_ID:
                await self.gate.wait()
            return await super().commit(change)

    world = World(store=Slow())
    waiting = asyncio.create_task(world.handler.handle(Arrival(CALL_ID, ARRIVAL)))
    assert await world.arrive(OTHER_CALL) == "ok"
    assert not waiting.done()
    Slow.gate.set()
    assert await waiting == "ok"


async def test_many_events_of_one_call_at_once_are_taken_in_turn() -> None:
    class Slow(FlakyStore):
        tried = 0

        async def commit(self, change: Change) -> frozenset[str]:
            self.tried += 1
            await asyncio.sleep(0)
            return await super().commit(change)

    store = Slow()
    world = World(store=store)
    await world.connect()
    store.tried = 0
    events = [Arrival(CALL_ID, Unrecognised(str(number))) for number in range(40)]
    await asyncio.gather(*map(world.handler.handle, events))
    assert store.tried == len(events)
    details = [line.detail for line in await store.journal(CALL_ID)]
    assert details[-40:] == [arrival.event for arrival in events]


@pytest.mark.parametrize("told", [True, False])
async def test_a_deadline_that_another_node_has_set_is_not_missed(told: bool) -> None:
    one = World()
    two = World(beside=one)
    await one.connect()
    if not told:
        _hears_nothing(one)
    await two.tell(TonePressed("3", 2))
    due = (await one.now()).next_due()
    assert due is not None
    running = asyncio.create_task(one.timers.run())
    await one.clock.pass_(due - one.clock.now() + GRACE + SWEEP_EVERY)
    assert (await one.now()).next_tone == 3
    running.cancel()


async def test_a_call_that_is_over_takes_no_memory() -> None:
    world = World()
    await world.connect()
    assert world.handler.at_hand(CALL_ID) is not None
    await world.tell(CallEnded("hung_up"))
    assert world.handler.at_hand(CALL_ID) is None


def _hears_nothing(world: World) -> None:
    """Notes of what other nodes do may get lost, and on SQLite there are none."""
    world.store.on_moved(lambda _: None)
