"""A process of a run: it lives on the virtual loop, and can be paused, cut off and killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context, copy_context
from typing import Any, NamedTuple

from ivr.core.values import Millis
from ivr.ports import Moved
from ivr.simulator.trials.chance import Chance
from ivr.simulator.trials.disk import Disk
from ivr.simulator.trials.elsewhere import Shelf
from ivr.simulator.trials.entries import NodeChanged, NodeState
from ivr.simulator.trials.faults import Faults
from ivr.simulator.trials.gateway import Wire
from ivr.simulator.trials.history import History
from ivr.simulator.trials.loop import OWNER, Owner, VirtualLoop

FLUSH_AFTER = 0.05
"""Seconds until the store writes what was settled, when nothing else is written before."""


class Shared(NamedTuple):
    """What all processes of a run have in common; `died` and `lost` are told of a dead one."""

    loop: VirtualLoop
    history: History
    chance: Chance
    faults: Faults
    wire: Wire
    disk: Disk
    shelf: Shelf
    starts_at: Millis
    died: Callable[[Process], None]
    lost: Callable[[Process], None]


class Process:
    """One process. `label` is its name with its incarnation."""

    def __init__(self, shared: Shared, name: str, incarnation: int) -> None:
        self.shared = shared
        self.name = name
        self.label = f"{name}#{incarnation}"
        self.owner = Owner(self.label)
        self.context: Context = copy_context()
        self.context.run(OWNER.set, self.owner)
        self.serving = False
        self.store_cut = self.graph_cut = self.front_cut = False

    @property
    def dead(self) -> bool:
        """Whether it is no more."""
        return self.owner.dead

    def pause(self) -> None:
        """Stand still, as by SIGSTOP: nothing of it happens, and its clock goes on."""
        self.owner.stopped = True
        self.note("paused")

    def resume(self) -> None:
        """Go on, with everything that has come due meanwhile."""
        if self.owner.stopped and not self.dead:
            self.note("resumed")
            self.shared.loop.resume(self.owner)

    def crash(self) -> None:
        """Die at once."""
        if not self.dead:
            self.note("down")
            self.die()

    async def crash_point(self, fault: str, place: str) -> None:
        """Die here, if the faults say so: then it never returns."""
        if self.shared.faults.strikes(fault, place):
            self.crash()
            await self.shared.loop.create_future()

    async def pause_point(self, place: str) -> None:
        """Stand still here for a while, if the faults say so."""
        shared = self.shared
        if shared.faults.strikes("node_stopped", place):
            length = shared.chance.between(2_000, 15_000, f"stopped {place}") * 1_000
            self.pause()
            shared.loop.after(length, self.resume)
            await shared.loop.sleep(0)

    def die(self) -> None:
        """Be no more."""
        self.serving = False
        self.shared.loop.kill(self.owner)
        self.shared.died(self)

    def cut(self, link: str, *, on: bool) -> None:
        """Cut one of its links, or mend it."""
        self.store_cut = on if link == "store_cut" else self.store_cut
        self.graph_cut = on if link == "graph_cut" else self.graph_cut
        self.front_cut = on if link == "front_cut" else self.front_cut

    def run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Have this process do something."""
        return self.shared.loop.create_task(work, context=self.context)

    def call_soon(
        self, callback: Callable[[Sequence[Moved]], None], moved: Sequence[Moved]
    ) -> None:
        """Have something done in this process's own time."""
        self.shared.loop.call_soon(callback, moved, context=self.context)

    def flush_later(self, callback: Callable[[], None]) -> None:
        """Have something done in this process's own time, a moment later."""
        self.shared.loop.call_later(FLUSH_AFTER, callback, context=self.context)

    def note(self, state: NodeState) -> None:
        """Write its state to the history."""
        self.shared.history.add(NodeChanged(self.shared.loop.now, self.label, state))
