"""What dead nodes have left: who takes it up, in which order, and what is forgotten."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from ivr.core.effects import AnyEffect
from ivr.core.events import TonePressed
from ivr.core.snapshot import Snapshot
from ivr.core.values import kind_of
from ivr.errors import StoreUnavailable
from ivr.ports import Change, Outgoing
from ivr.runtime.clock import SystemClock
from ivr.runtime.lease import LENGTH, Alone
from ivr.runtime.recovery import LOOK_EVERY, MOST_AT_ONCE, Recovery
from tests.runtime.bench import (
    ANSWER,
    ASK,
    CHECK,
    FETCH,
    HANG_UP,
    KEEP,
    LISTEN,
    PLACE,
    PLAY,
    RECORD,
    REDIRECT,
    REJECT,
    STOP,
    TRANSFER,
    Ours,
    wanting,
)
from tests.runtime.virtual import VirtualClock, settled
from tests.runtime.world import FlakyStore, World
from tests.store.store_calls import change, closing, sql_store
from tests.universe import CALL_ID

EFFECTS = [ANSWER, PLAY, TRANSFER, ASK, FETCH, KEEP, RECORD, LISTEN, STOP, CHECK, PLACE, REDIRECT]
OUTDATED = [ANSWER, PLAY, TRANSFER, ASK, FETCH, RECORD, PLACE, REDIRECT]


def kind(effect: AnyEffect) -> str:
    return type(effect).__name__


class Successor:
    """A node that comes after one that died, and what it takes over."""

    def __init__(self) -> None:
        self.clock, self.lease = VirtualClock(), Ours()
        self.dead = FlakyStore(clock=self.clock.now)
        self.store = FlakyStore(self.dead, self.clock.now)
        self.taken: list[Outgoing] = []
        self.recovery = Recovery(self.store, self.clock, self.lease, self._latest, self._take_over)

    async def left(self, *effects: AnyEffect, call: str = CALL_ID, begun: str = "") -> None:
        """The dead node has committed these for one call, and begun some."""
        made = change(call, 0, *effects, callback=call)
        await self.dead.commit(replace(made, claimed=frozenset([begun])))

    @property
    def ids(self) -> list[str]:
        return [each.effect.id for each in self.taken]

    async def _latest(self, call_id: str) -> Snapshot | None:
        loaded = await self.store.load(call_id)
        return loaded.snapshot if loaded else None

    def _take_over(self, snapshot: Snapshot, effects: Sequence[Outgoing]) -> None:
        assert {each.call_id for each in effects} == {snapshot.call_id}
        self.taken += effects


async def test_it_is_told_what_was_begun_and_what_was_not() -> None:
    successor = Successor()
    await successor.left(LISTEN, PLAY, begun=LISTEN.id)
    assert await successor.recovery.look() == 2
    assert [(each.effect, each.begun) for each in successor.taken] == [
        (LISTEN, True),
        (PLAY, False),
    ]


async def test_what_was_taken_over_is_not_taken_over_again() -> None:
    successor = Successor()
    await successor.store.enlist("successor", LENGTH)
    await successor.left(LISTEN)
    assert [await successor.recovery.look() for _ in range(2)] == [1, 0]


async def test_one_look_takes_over_all_that_is_left_however_much_it_is() -> None:
    successor = Successor()
    await successor.store.enlist("successor", LENGTH)
    for number in range(MOST_AT_ONCE + 200):
        await successor.left(replace(LISTEN, id=f"call-{number}.1"), call=f"call-{number}")
    assert await successor.recovery.look() == MOST_AT_ONCE + 200
    assert len(set(successor.ids)) == MOST_AT_ONCE + 200


async def test_a_living_node_keeps_what_it_has_begun_and_what_it_has_just_committed() -> None:
    successor = Successor()
    await successor.dead.enlist("living", LENGTH)
    await successor.store.enlist("other", LENGTH)
    await successor.left(LISTEN, PLAY, begun=LISTEN.id)
    await successor.left(KEEP, call="another")
    assert await successor.recovery.look() == 0


async def test_calls_with_overdue_keep_alives_and_hang_ups_come_first() -> None:
    successor = Successor()
    await successor.left(replace(LISTEN, id="first.1"), replace(STOP, id="first.2"), call="first")
    await successor.left(replace(KEEP, id="second.1"), call="second")
    await successor.left(replace(STOP, id="third.1"), replace(HANG_UP, id="third.2"), call="third")
    await successor.recovery.look()
    assert successor.ids == ["second.1", "third.1", "third.2", "first.1", "first.2"]


async def test_a_closed_call_wants_nothing_any_more() -> None:
    successor = Successor()
    await successor.left(KEEP)
    await successor.dead.commit(closing(CALL_ID, 1))
    assert await successor.recovery.look() == 0


async def test_it_looks_again_and_again() -> None:
    successor = Successor()
    running = asyncio.create_task(successor.recovery.run())
    await settled()
    successor.store.available = False
    await successor.left(LISTEN)
    await successor.clock.pass_(3 * LOOK_EVERY)
    assert successor.ids == []
    successor.store.available = True
    await successor.clock.pass_(LOOK_EVERY)
    assert successor.ids == [LISTEN.id]
    running.cancel()


async def test_a_lease_that_is_over_is_found_out() -> None:
    successor = Successor()
    await successor.store.enlist("successor", LENGTH)
    running = asyncio.create_task(successor.recovery.run())
    await settled()
    successor.clock.jump(LENGTH)
    await successor.clock.pass_(LOOK_EVERY)
    assert not successor.lease.fresh
    running.cancel()


async def test_a_store_that_fails_half_way_loses_nothing() -> None:
    class Faltering(FlakyStore):
        async def orphans(self, limit: int = 1000) -> Sequence[Outgoing]:
            found = await super().orphans(limit)
            self.available = not found
            return found

    successor = Successor()
    successor.store = successor.recovery._store = Faltering(successor.dead, successor.clock.now)
    await successor.left(LISTEN)
    looking = asyncio.create_task(successor.recovery.look())
    await successor.clock.pass_(5_000)
    assert successor.ids == []
    successor.store.available = True
    await successor.clock.pass_(1_000)
    successor.store.available = True
    await successor.clock.pass_(1_000)
    assert successor.ids == [LISTEN.id]
    await looking


# -- what is forgotten -------------------------------------------------------------------


@pytest.mark.parametrize("effect", EFFECTS, ids=kind)
async def test_what_the_call_still_wants_is_done(effect: AnyEffect) -> None:
    world = World()
    await world.store.commit(change(CALL_ID, 0, effect))
    world.performer.take_over(wanting(effect), [Outgoing(CALL_ID, effect, 0, begun=False)])
    assert len(world.performer) == 1
    await world.performer.stop()


@pytest.mark.parametrize("effect", OUTDATED, ids=kind)
async def test_what_the_call_has_left_behind_is_forgotten(effect: AnyEffect) -> None:
    world = World()
    await world.store.commit(change(CALL_ID, 0, effect))
    gone_on = Snapshot(CALL_ID, "bundle-1", 0, phase="connected")
    world.performer.take_over(gone_on, [Outgoing(CALL_ID, effect, 0, begun=False)])
    assert len(world.performer) == 0
    assert await world.store.orphans() == []


@pytest.mark.parametrize("effect", [*EFFECTS, REJECT], ids=kind)
async def test_nothing_is_done_on_a_line_that_is_down_but_to_hang_up(effect: AnyEffect) -> None:
    world = World()
    await world.store.commit(change(CALL_ID, 0, effect, HANG_UP))
    down = replace(wanting(effect), phase="ended", media="")
    world.performer.take_over(
        down, [Outgoing(CALL_ID, each, 0, begun=False) for each in (effect, HANG_UP)]
    )
    in_hand = {work.effect.id for lane in world.performer._in_hand.lanes() for work in lane.works()}
    # The flow may go on without its caller, and a leg has a line of its own.
    stays = effect.lane != "line" or effect in {TRANSFER, REDIRECT, PLACE}
    assert HANG_UP.id in in_hand
    assert in_hand <= {HANG_UP.id, *([effect.id] if stays else [])}
    await world.performer.stop()


async def test_a_stop_that_would_end_the_next_prompt_is_forgotten() -> None:
    world = World()
    await world.store.commit(change(CALL_ID, 0, STOP, PLAY))
    playing = wanting(PLAY)
    world.performer.take_over(playing, [Outgoing(CALL_ID, STOP, 0, begun=False)])
    assert len(world.performer) == 0
    both = [Outgoing(CALL_ID, each, 0, begun=False) for each in (STOP, PLAY)]
    world.performer.take_over(playing, both)
    assert len(world.performer) == 2
    await world.performer.stop()


# -- commits of which nobody knows -------------------------------------------------------


async def test_what_was_written_although_the_commit_failed_is_done_once() -> None:
    world = World()
    await world.store.enlist("node", LENGTH)
    await world.connect()
    world.store.failures, world.store.writes_all_the_same = 1, True
    with pytest.raises(StoreUnavailable):
        await world.tell(TonePressed("1", 1))
    assert await world.tell(TonePressed("1", 1)) == "late"
    assert "hang_up" not in world.line.kinds
    await world.recovery.look()
    await settled()
    assert world.line.kinds.count("hang_up") == 1
    assert "check_call" not in world.line.kinds, "nobody has begun it, so there is no doubt"
    await world.recovery.look()
    await settled()
    assert world.line.kinds.count("hang_up") == 1


async def test_what_was_not_written_is_not_done_twice_when_it_comes_again() -> None:
    world = World()
    await world.store.enlist("node", LENGTH)
    await world.connect()
    world.store.failures = 1
    with pytest.raises(StoreUnavailable):
        await world.tell(TonePressed("1", 1))
    assert await world.tell(TonePressed("1", 1)) == "ok"
    await world.recovery.look()
    await settled()
    assert [kind_of(each) for each in world.line.asked].count("hang_up") == 1


# -- a restart with many calls -----------------------------------------------------------


async def test_a_thousand_calls_are_taken_up_within_three_seconds(tmp_path: Path) -> None:
    taken: list[str] = []
    async with sql_store(tmp_path) as store:
        await asyncio.gather(*(store.commit(one_of_many(number)) for number in range(1_000)))
    async with sql_store(tmp_path) as store:

        async def latest(call_id: str) -> Snapshot | None:
            loaded = await store.load(call_id)
            return loaded.snapshot if loaded else None

        await store.enlist("successor", LENGTH)
        recovery = Recovery(
            store, SystemClock(), Alone(), latest,
            lambda snapshot, effects: taken.append(kind_of(effects[0].effect)),
        )  # fmt: skip
        began = time.monotonic()
        assert await recovery.look() == 1_000
        assert time.monotonic() - began < 3.0
    assert taken[:100] == ["keep_alive"] * 100


def one_of_many(number: int) -> Change:
    call = f"call-{number}"
    effect = replace(KEEP if number % 10 == 0 else LISTEN, id=f"{call}.1")
    return change(call, 0, effect, callback=call)
