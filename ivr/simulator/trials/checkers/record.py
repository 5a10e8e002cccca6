"""A history as the checkers read it: in order, and by call, effect, request and delivery."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cached_property

from ivr.core.effects import AnyEffect
from ivr.simulator.trials.entries import (
    CallRang,
    CarriedOut,
    Claimed,
    Committed,
    Declined,
    Delivered,
    Learned,
    Leased,
    LineEnded,
    NodeChanged,
    Phase,
    Sent,
    Struck,
    Told,
)
from ivr.simulator.trials.history import History
from ivr.simulator.trials.plan import Plan

FOREVER = 2**62
PLACING = ("place_call", "join_meeting")


class Record:
    """One run's history with its plan."""

    def __init__(self, history: History, plan: Plan) -> None:
        self.history = history
        self.plan = plan

    @cached_property
    def commits(self) -> dict[str, list[Committed]]:
        """The steps of each call, in order."""
        calls: dict[str, list[Committed]] = defaultdict(list)
        for entry in self.history.of(Committed):
            calls[entry.call].append(entry)
        return calls

    @cached_property
    def wanted(self) -> dict[str, Committed]:
        """By effect: the step that wanted it."""
        return {
            effect.id: entry for entry in self.history.of(Committed) for effect in entry.effects
        }

    @cached_property
    def effects(self) -> dict[str, AnyEffect]:
        """All effects that were committed, by their ids."""
        return {
            effect.id: effect for entry in self.history.of(Committed) for effect in entry.effects
        }

    @cached_property
    def sent(self) -> dict[str, list[Sent]]:
        """The requests of each effect, in order."""
        effects: dict[str, list[Sent]] = defaultdict(list)
        for entry in self.history.of(Sent):
            effects[entry.effect.id].append(entry)
        return effects

    @cached_property
    def sent_of_call(self) -> dict[str, list[Sent]]:
        """The requests of each call, in order."""
        calls: dict[str, list[Sent]] = defaultdict(list)
        for entry in self.history.of(Sent):
            calls[entry.call].append(entry)
        return calls

    @cached_property
    def learned(self) -> dict[int, Learned]:
        """By request: what its node learned of it; nothing when it died before."""
        return {entry.number: entry for entry in self.history.of(Learned)}

    @cached_property
    def truth(self) -> dict[int, CarriedOut | Declined]:
        """By request: what became of it at Graph; nothing when it never came there."""
        found: dict[int, CarriedOut | Declined] = {}
        found |= {entry.number: entry for entry in self.history.of(CarriedOut)}
        return found | {entry.number: entry for entry in self.history.of(Declined)}

    @cached_property
    def told(self) -> dict[int, Told]:
        """Notifications by their numbers."""
        return {entry.number: entry for entry in self.history.of(Told)}

    @cached_property
    def delivered(self) -> dict[int, Delivered]:
        """Deliveries by their numbers."""
        return {entry.delivery: entry for entry in self.history.of(Delivered)}

    @cached_property
    def came_of(self) -> dict[int, list[Committed]]:
        """By delivery: the steps that came of it."""
        found: dict[int, list[Committed]] = defaultdict(list)
        for entry in self.history.of(Committed):
            if entry.delivery:
                found[entry.delivery].append(entry)
        return found

    @cached_property
    def claims(self) -> dict[str, list[Claimed]]:
        """By effect: who made it its own, apart from who committed it."""
        found: dict[str, list[Claimed]] = defaultdict(list)
        for entry in self.history.of(Claimed):
            found[entry.effect].append(entry)
        return found

    @cached_property
    def faults_off(self) -> int:
        """When the faults ended."""
        ends = [entry.at for entry in self.history.of(Phase) if entry.name == "faults_off"]
        return ends[0] if ends else FOREVER

    @cached_property
    def end(self) -> int:
        """When the run had come to rest, or was given up."""
        ends = [entry.at for entry in self.history.of(Phase) if entry.name in ("quiet", "end")]
        last = self.history.entries[-1].at if self.history.entries else 0
        return ends[0] if ends else last

    @cached_property
    def line_ends(self) -> dict[str, LineEnded]:
        """By call: the end of its last line, once there is none left."""
        lines = Counter(entry.call for entry in self.history.of(CallRang) if not entry.outgoing)
        placed = (entry for entry in self.history.of(CarriedOut) if entry.kind in PLACING)
        lines.update(entry.call for entry in placed)
        ends = self.history.of(LineEnded)
        over = Counter(entry.call for entry in ends)
        return {entry.call: entry for entry in ends if over[entry.call] >= lines[entry.call]}

    @cached_property
    def calm(self) -> bool:
        """Whether no fault has happened at all."""
        return not self.history.of(Struck)

    @cached_property
    def downs(self) -> dict[str, int]:
        """By node with its incarnation: when it died."""
        return {
            entry.node: entry.at
            for entry in self.history.of(NodeChanged)
            if entry.state in ("down", "stopped")
        }

    def answered_at(self, request: Sent) -> int:
        """When a request was over for its node: answered, or lost with the node."""
        learned = self.learned.get(request.number)
        return learned.at if learned else self.downs.get(request.node, FOREVER)

    @cached_property
    def leases(self) -> dict[str, list[Leased]]:
        """By node with its incarnation: what became of its lease, up to its successor's."""
        found: dict[str, list[Leased]] = defaultdict(list)
        holder: dict[str, str] = {}
        for entry in self.history.of(Leased):
            before = holder.get(entry.name, entry.node)
            if entry.until and before != entry.node:
                found[before].append(entry)
            if entry.until:
                holder[entry.name] = entry.node
            found[entry.node].append(entry)
        return found

    def lease_over_at(self, request: Sent) -> int:
        """When the lease under which a request was sent had run out, or was no longer its node's.

        Never, where nothing is known of leases.
        """
        leases = self.leases.get(request.node, ())
        until = 0 if leases else FOREVER
        for lease in leases:
            if lease.at > max(until, request.at):
                break
            until = lease.until if lease.until and lease.node == request.node else lease.at
        return until

    def outcome(self, request: Sent) -> str:
        """What the node learned of a request; "unknown" when it learned nothing."""
        learned = self.learned.get(request.number)
        return learned.outcome if learned else "unknown"
