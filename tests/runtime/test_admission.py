"""Room for calls: who is turned away, how, and that nobody is for want of knowledge."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from ivr.core.effects import RedirectCall, RejectCall
from ivr.core.events import CallArrived, CallEnded, EffectFailed
from ivr.core.values import Caller
from ivr.runtime.admission import LOOK_EVERY, MONTH, Admission, Room
from tests.runtime.virtual import VirtualClock, settled
from tests.runtime.world import FlakyStore, World
from tests.store.store_calls import change
from tests.universe import ARRIVAL, CALL_ID, SALES


def call(number: int) -> str:
    return f"57dab8b1-894c-409a-b240-{number:012}"


def from_(number: int) -> CallArrived:
    return CallArrived(Caller("phone", f"+4420794601{number:02}"), ARRIVAL.to, "tenant-1")


async def full(calls: int = 3, *, elsewhere: str = "") -> World:
    """A node whose last call fills it."""
    world = World(room=Room(calls, 1_000, 10_000, elsewhere))
    world.library.elsewhere = elsewhere
    await world.admission.look()
    for number in range(calls):
        assert await world.tell(from_(number), call(number)) == "ok"
    return world


async def test_there_is_room_until_there_is_none() -> None:
    world = await full(3)
    assert world.line.kinds == ["answer_call"] * 3
    await world.tell(from_(9), call(9))
    assert world.line.kinds[3:] == ["reject_call"]
    [reject] = [each for each in world.line.asked if isinstance(each, RejectCall)]
    assert reject.reason == "busy"


async def test_live_calls_go_on_while_there_is_no_room() -> None:
    world = await full(3)
    await world.tell(from_(9), call(9))
    await world.up(call(0))
    assert "play_prompts" in world.line.kinds


async def test_a_call_that_ends_makes_room_at_once() -> None:
    world = await full(3)
    await world.tell(CallEnded("hung_up"), call(1))
    await world.tell(from_(9), call(9))
    assert world.line.kinds.count("answer_call") == 4
    await world.tell(from_(8), call(8))
    assert world.line.kinds.count("reject_call") == 1


async def test_no_call_is_counted_twice() -> None:
    world = await full(2)
    await world.admission.look()
    assert await world.admission.admit("caller", 0) is not None
    await world.tell(CallEnded("hung_up"), call(1))
    await world.admission.look()
    assert await world.admission.admit("caller", 0) is None
    await world.tell(from_(3), call(3))
    assert await world.admission.admit("caller", 0) is not None
    await world.admission.look()
    await world.tell(CallEnded("hung_up"), call(3))
    assert await world.admission.admit("caller", 0) is None


async def test_a_call_that_begins_while_the_store_is_asked_is_counted() -> None:
    class Slow(FlakyStore):
        answers = asyncio.Event()

        async def live(self, caller: str = "") -> int:
            found = await super().live(caller)
            if not caller:
                await self.answers.wait()
            return found

    world = World(store=Slow(), room=Room(1, 1_000, 10_000))
    looking = asyncio.create_task(world.admission.look())
    await settled()
    await world.tell(from_(1), call(1))
    Slow.answers.set()
    await looking
    assert await world.admission.admit("caller", 0) is not None


async def test_the_calls_of_all_nodes_count() -> None:
    world = await full(3)
    other = World(beside=world, room=Room(4, 1_000, 10_000))
    await other.admission.look()
    await other.tell(from_(8), call(8))
    await other.tell(from_(9), call(9))
    assert world.line.kinds == ["answer_call"] * 4 + ["reject_call"]


async def test_those_who_are_turned_away_take_up_no_room() -> None:
    world = await full(3)
    for number in range(10, 20):
        await world.tell(from_(number), call(number))
    await world.tell(CallEnded("hung_up"), call(1))
    await world.tell(from_(9), call(9))
    assert world.line.kinds.count("answer_call") == 4


async def test_a_call_for_which_there_is_no_room_may_be_sent_elsewhere() -> None:
    world = await full(3, elsewhere=SALES)
    await world.tell(from_(9), call(9))
    [redirect] = [each for each in world.line.asked if isinstance(each, RedirectCall)]
    assert redirect.to[0].id == SALES.removeprefix("user:")
    await world.tell(CallEnded("redirected"), call(9))
    assert await world.is_closed(call(9))


async def test_and_is_told_that_we_are_busy_if_nobody_is_there_either() -> None:
    world = await full(3, elsewhere=SALES)
    await world.tell(from_(9), call(9))
    failed = EffectFailed(world.line.asked[-1].id, "redirect_call", "failed")
    await world.tell(failed, call(9))
    assert world.line.kinds[-1] == "reject_call"


async def test_a_call_that_was_turned_away_is_on_the_record() -> None:
    world = await full(1)
    await world.tell(from_(9), call(9))
    [row] = [row for row in await world.store.calls() if row.call_id == call(9)]
    assert (row.flow, row.result) == ("overflow", "rejected")


async def test_one_caller_has_no_room_for_everybody_s_calls() -> None:
    world = World(room=Room(1_000, 2, 10_000))
    for number in range(3):
        await world.tell(ARRIVAL, call(number))
    await world.tell(from_(1), call(9))
    assert world.line.kinds == ["answer_call"] * 2 + ["reject_call", "answer_call"]


async def test_callers_who_withhold_their_number_are_not_one_caller() -> None:
    world = World(room=Room(1_000, 2, 10_000))
    for number in range(3):
        await world.tell(CallArrived(Caller(), ARRIVAL.to, "tenant-1"), call(number))
    assert world.line.kinds == ["answer_call"] * 3


async def test_nobody_is_turned_away_before_the_store_has_told_how_many_there_are() -> None:
    world = World(room=Room(1, 1, 10_000))
    for number in range(3):
        await world.tell(from_(number), call(number))
    assert world.line.kinds == ["answer_call"] * 3


async def test_nobody_is_turned_away_while_the_store_cannot_tell() -> None:
    clock, store = VirtualClock(), FlakyStore()
    admission = Admission(store, clock, Room(1, 1, 10_000))
    await store.commit(change(CALL_ID))
    running = asyncio.create_task(admission.run())
    await settled()
    assert await admission.admit("caller", 0) is not None
    store.available = False
    await clock.pass_(LOOK_EVERY)
    assert await admission.admit("caller", 0) is None
    store.available = True
    await clock.pass_(LOOK_EVERY)
    assert await admission.admit("caller", 0) is not None
    running.cancel()


@pytest.mark.parametrize(
    ("calls", "told"), [(16, []), (17, [16]), (20, [16, 19]), (21, [16, 19, 20])]
)
async def test_a_month_s_calls_are_warned_of_and_nobody_is_refused(
    calls: int, told: list[int]
) -> None:
    world = World(room=Room(1_000, 1_000, 20))
    with capture_logs() as logs:
        for number in range(calls):
            await world.tell(from_(number), call(number))
        running = asyncio.create_task(world.admission.run())
        await settled()
    assert world.line.kinds == ["answer_call"] * calls
    warned = [log["count"] for log in logs if log["event"] == "monthly_calls_used"]
    assert warned == told
    running.cancel()


async def test_the_next_month_begins_anew() -> None:
    clock, store = VirtualClock(), FlakyStore()
    admission = Admission(store, clock, Room(1_000, 1_000, 1))
    running = asyncio.create_task(admission.run())
    with capture_logs() as logs:
        for number in range(4):
            admission.note(change(call(number), callback=str(number)))
            clock.jump(MONTH if number == 2 else 0)
            await clock.pass_(LOOK_EVERY)
    warned = [log["count"] for log in logs if log["event"] == "monthly_calls_used"]
    assert warned == [0, 0, 1, 0, 0, 1]
    running.cancel()
