"""P68: whatever the runtime keeps of a call is gone when the call is."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter

import pytest

from ivr.core.events import AnyEvent, Arrival, CallEnded, CallProgressed, TonePressed
from ivr.ports import Change
from ivr.runtime.timers import FEW
from tests.runtime.virtual import settled
from tests.runtime.world import TENANT, FlakyStore, World
from tests.universe import ARRIVAL

CALLS = 600
TOGETHER = 100
STORY: list[AnyEvent] = [
    ARRIVAL,
    CallProgressed("established", audio=True),
    TonePressed("7", 1),
    CallEnded("hung_up"),
]


class Forgetful(FlakyStore):
    """A store that keeps no calls that are over, as they are no memory of the runtime's."""

    async def commit(self, change: Change) -> frozenset[str]:
        granted = await super().commit(change)
        if change.step.snapshot.closed:
            del self._all.calls[change.call_id]
            self._all.callbacks.clear()
        self.wanted.clear()
        return granted


class Trusting(World):
    """A node of which nobody notes what it does."""

    async def hold_calls(self, first: int) -> None:
        """Some calls, from their beginning to their end."""
        calls = [f"57dab8b1-894c-409a-b240-{first + number:012}" for number in range(TOGETHER)]
        for event in STORY:
            arrivals = [Arrival(call, event, sender=TENANT) for call in calls]
            await asyncio.gather(*map(self.handler.handle, arrivals))
            await settled()
        self.line.asked.clear()
        self.line.lines.clear()
        self.wrong.clear()


def census() -> Counter[str]:
    """How many objects of the engine's types there are."""
    gc.collect()
    kinds = (type(each) for each in gc.get_objects())
    return Counter(kind.__qualname__ for kind in kinds if str(kind.__module__).startswith("ivr."))


@pytest.mark.problem("P68", fault="objects_left_over")
async def test_nothing_is_left_of_hundreds_of_calls() -> None:
    world = Trusting(store=Forgetful())
    await world.hold_calls(0)
    tasks, before = len(asyncio.all_tasks()), census()
    for first in range(TOGETHER, CALLS, TOGETHER):
        await world.hold_calls(first)
    assert len(asyncio.all_tasks()) == tasks
    grown = {kind: count for kind, count in (census() - before).items() if count > FEW}
    assert grown == {}
    assert len(world.performer) == len(world.handler._turns) == len(world.handler._at_hand) == 0
    assert len(world.timers) <= FEW
    assert await world.store.live() == 0


async def test_calls_that_go_on_are_kept_and_counted() -> None:
    """The census sees what is there: without this, the test above would prove nothing."""
    world = Trusting(store=Forgetful())
    before = census()
    calls = [f"57dab8b1-894c-409a-b240-{number:012}" for number in range(TOGETHER)]
    await asyncio.gather(*(world.handler.handle(Arrival(call, ARRIVAL)) for call in calls))
    await settled()
    grown = census() - before
    assert grown["Snapshot"] >= TOGETHER
    assert grown["Loaded"] >= TOGETHER
