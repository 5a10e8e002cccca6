"""Whatever happens to a call, and whatever becomes of its effects, these things hold.

Calls of every state type meet any events in any order, on two nodes that share a store, while
the telephone service fails in every way it can.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.core.effects import AnyEffect, CheckCall
from ivr.core.events import AnyEvent
from ivr.core.program import Program
from ivr.core.snapshot import Snapshot
from ivr.errors import CallGone, NotSent, OutcomeUnknown, Refused, StoreUnavailable
from ivr.runtime.timers import GRACE, SWEEP_EVERY
from tests.core.any_calls import RUNS, Happening, Run, event_of, ride_of
from tests.runtime.world import Outcome, World
from tests.universe import CALL_ID, Ride

LONGEST = 3 * 3_600_000
FAULTS: Sequence[Outcome] = (
    (),
    NotSent(),
    NotSent(delay=3.0),
    OutcomeUnknown(),
    Refused("no", 400, "8523"),
    CallGone("gone", 404, "8522"),
    KeyError("bug"),
)


class Rough(World):
    """A node whose effects come to anything; it watches what is done, and how often.

    `fates` are drawn; the watching is shared by the nodes of one service.
    """

    fates: Sequence[int] = ()
    asked: dict[str, list[Outcome]]

    async def _perform(self, effect: AnyEffect, snapshot: Snapshot) -> Sequence[AnyEvent]:
        self._judge(effect, self.asked[effect.id])
        outcome = self._outcome()
        self.asked[effect.id].append(outcome)
        await asyncio.sleep(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _judge(self, effect: AnyEffect, before: list[Outcome]) -> None:
        if effect.id not in self.store.wanted and not isinstance(effect, CheckCall):
            self.wrong.append(f"{effect.id} was performed before it was committed")
        if not effect.repeatable and not all(isinstance(each, NotSent) for each in before):
            self.wrong.append(f"{effect} was done again though it may have been done")

    def _outcome(self) -> Outcome:
        done = sum(map(len, self.asked.values()))
        return FAULTS[self.fates[done % len(self.fates)]]


def service(flow: Program, fates: Sequence[int]) -> tuple[Rough, Rough]:
    """Two nodes of one service with one flow."""
    one = Rough()
    two = Rough(beside=one)
    asked: dict[str, list[Outcome]] = defaultdict(list)
    for node in (one, two):
        node.library.program, node.fates, node.asked = flow, fates, asked
    return one, two


async def happen(node: Rough, happening: Happening, ride: Ride) -> None:
    """One event, at a node whose store fails now and then."""
    await node.clock.pass_(happening.after)
    loaded = await node.store.load(CALL_ID)
    if loaded is not None:
        ride.snapshot, ride.done = loaded.snapshot, list(node.store.wanted.values())
    node.store.failures = happening.pick % 5 == 4
    with suppress(StoreUnavailable):
        await node.tell(event_of(happening, ride))
    node.store.failures = 0


async def until_due(node: Rough) -> None:
    """Let time pass until the call wants to be woken; nobody looks at the time in between."""
    due = await node.store.next_due() or 0
    node.clock.jump(max(0, due - node.clock.now()))
    await node.clock.pass_(SWEEP_EVERY + GRACE)


async def live(run: Run, fates: Sequence[int]) -> None:
    ride = ride_of(run)
    nodes = service(ride.program, fates)
    running = [asyncio.create_task(node.timers.run()) for node in nodes]
    await nodes[0].arrive()
    if run.up:
        await nodes[1].up()
    for step, happening in enumerate(run.happenings):
        await happen(nodes[step % 2], happening, ride)
    until = nodes[0].clock.now() + LONGEST
    while not await nodes[0].is_closed():
        assert nodes[0].clock.now() < until, "the call never ended"
        await until_due(nodes[0])
    assert nodes[0].wrong + nodes[1].wrong == []
    assert not any(task.done() for task in running), "the timers have stopped"
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RUNS, st.lists(st.integers(0, len(FAULTS) - 1), min_size=1, max_size=12))
def test_every_call_ends_and_nothing_is_done_twice(run: Run, fates: list[int]) -> None:
    asyncio.run(live(run, fates))
