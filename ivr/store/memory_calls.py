"""What the nodes over one memory share: calls, leases, quotas and audio."""

from __future__ import annotations

from collections.abc import Container
from itertools import takewhile
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from ivr.core.snapshot import encode
from ivr.core.values import Millis, kind_of
from ivr.ports import CallRow, Change, JournalLine
from ivr.store.in_turn import lane_of
from ivr.store.shared import flow_of

if TYPE_CHECKING:
    from ivr.store.memory import MemoryStore


class KeptEffect(Struct):
    """An effect as bytes, so that nobody shares an object with the store.

    `owner` is the epoch of the node that committed or claimed it, `since` when it did so first.
    """

    lane: str
    effect: bytes
    at: Millis
    owner: int
    begun: bool
    since: Millis
    settled: bool = False


Effects = dict[str, KeptEffect]


class KeptCall(Struct):
    """One call; `snapshot` is None once it is closed."""

    row: CallRow
    caller: str = ""
    version: int = 0
    callback: str = ""
    snapshot: bytes | None = None
    next_due: Millis | None = None
    held_until: Millis = 0
    journal: list[JournalLine] = field(default_factory=list)
    effects: Effects = field(default_factory=dict)

    @classmethod
    def of(cls, change: Change) -> KeptCall:
        """A call of which nothing is written yet."""
        return cls(_row(change, None), change.caller)

    @property
    def unsettled(self) -> Effects:
        """The effects that need work, in order."""
        return {name: one for name, one in self.effects.items() if not one.settled}


class Window(Struct):
    """How much of a quota is used since the beginning of its latest window."""

    start: Millis
    used: int = 0


class Memory:
    """All that is stored.

    `live` are the calls that are not closed, `nodes` the epoch and the end of the lease of each
    name.
    """

    def __init__(self) -> None:
        self.calls: dict[str, KeptCall] = {}
        self.live: dict[str, KeptCall] = {}
        self.callbacks: dict[str, str] = {}
        self.nodes: dict[str, tuple[int, Millis]] = {}
        self.quotas: dict[str, Window] = {}
        self.audio: dict[str, bytes] = {}
        self.stores: list[MemoryStore] = []
        self._epochs = 0

    def next_epoch(self) -> int:
        """A number for one node's time under one lease."""
        self._epochs += 1
        return self._epochs


def busy(effects: Effects, others: Container[int], before: str = "") -> set[str]:
    """The lanes in which others have something to settle first, `before` an effect if given."""
    ahead = (effects[name] for name in takewhile(lambda name: name != before, effects))
    return {one.lane for one in ahead if not one.settled and one.owner in others}


def write(kept: KeptCall, change: Change, owner: int, time: Millis) -> None:
    """Make the change; `time` is that of the clock of leases."""
    closed = change.step.snapshot.closed
    kept.version += 1
    kept.row = _row(change, kept.row)
    kept.next_due = None if closed else change.step.snapshot.next_due()
    kept.held_until = 0
    kept.snapshot = None if closed else encode(change.step.snapshot)
    kept.journal.append(_line(change, kept.version))
    for effect in change.step.effects:
        lane, begun = lane_of(kind_of(effect)), effect.id in change.claimed
        kept.effects[effect.id] = KeptEffect(lane, encode(effect), change.at, owner, begun, time)
    if closed:
        kept.effects.clear()
        kept.journal = [replace(line, detail=None) for line in kept.journal]


def _row(change: Change, before: CallRow | None) -> CallRow:
    snapshot = change.step.snapshot
    return CallRow(
        call_id=change.call_id,
        flow=flow_of(snapshot) or (before.flow if before else ""),
        bundle=snapshot.bundle,
        state=change.state,
        phase=snapshot.phase,
        started_at=snapshot.started_at,
        ended_at=change.at if snapshot.closed else None,
        result=snapshot.result,
        end=snapshot.end,
    )


def _line(change: Change, number: int) -> JournalLine:
    return JournalLine(
        call_id=change.call_id,
        number=number,
        at=change.at,
        event=kind_of(change.event),
        verdict=change.step.verdict,
        trace=change.step.trace,
        effects=tuple(kind_of(effect) for effect in change.step.effects),
        detail=change.event,
    )
