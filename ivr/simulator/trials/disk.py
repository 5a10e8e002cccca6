"""The store that all nodes of a run share, and what a node must be to use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from ivr.core.values import Millis
from ivr.ports import CallRow, Moved
from ivr.simulator.trials.chance import Chance
from ivr.simulator.trials.faults import Faults
from ivr.simulator.trials.history import History
from ivr.simulator.trials.loop import VirtualLoop
from ivr.store.memory import MemoryStore


class Owner(Protocol):
    """The node whose store this is."""

    label: str
    store_cut: bool

    @property
    def dead(self) -> bool:
        """Whether it is no more."""
        ...

    async def crash_point(self, fault: str, place: str) -> None:
        """Die here, if the faults say so: then it never returns."""
        ...

    async def pause_point(self, place: str) -> None:
        """Stand still here for a while, if the faults say so."""
        ...

    def call_soon(
        self, callback: Callable[[Sequence[Moved]], None], moved: Sequence[Moved]
    ) -> None:
        """Have something done in this node's own time."""
        ...

    def flush_later(self, callback: Callable[[], None]) -> None:
        """Have something done in this node's own time, a moment later."""
        ...


class Disk:
    """What all nodes' ways to the store have in common."""

    def __init__(self, loop: VirtualLoop, history: History, chance: Chance, faults: Faults) -> None:
        self.loop = loop
        self.history = history
        self.chance = chance
        self.faults = faults
        self.memory = MemoryStore(clock=self.steady)
        self.down = False
        self.names: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def steady(self) -> Millis:
        """Milliseconds of a clock that nobody sets."""
        return self.loop.now // 1_000

    def place(self, what: str) -> str:
        """A name for one more of `what`."""
        count = self._counts[what] = self._counts.get(what, 0) + 1
        return f"{what} {count}"

    @property
    def live(self) -> bool:
        """Whether any call is not closed."""
        return bool(self.memory._all.live)

    def kept(self) -> Iterator[KeptCall]:
        """What the store has of each call."""
        for call, kept in self.memory._all.calls.items():
            yield KeptCall(call, len(kept.journal), kept.snapshot is None, kept.row)


class KeptCall(NamedTuple):
    """One call as it is stored: how many lines its journal has, whether it is closed, its row."""

    call: str
    journal: int
    closed: bool
    row: CallRow
