"""Histories by hand, for checkers: a few entries of one call on one node, with their usual values.

history = Planted()
history.leased()
history.wants(history.play(1), at=10)
history.sends(history.play(1), at=20)
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from ivr.core.effects import AnyEffect, PlayPrompts, TransferCall
from ivr.core.events import AnyEvent, Unrecognised
from ivr.core.snapshot import Snapshot, Visit
from ivr.core.step import TraceEntry
from ivr.core.values import Audio, Target, kind_of
from ivr.graph.encode import encode
from ivr.ports import Line, Sound
from ivr.simulator.trials.checkers import Breach, Record, breaches
from ivr.simulator.trials.entries import (
    CarriedOut,
    Claimed,
    Committed,
    Delivered,
    Entry,
    Learned,
    Leased,
    NodeChanged,
    Outcome,
    Phase,
    Replied,
    Sent,
    Told,
)
from ivr.simulator.trials.history import History
from ivr.simulator.trials.parts import TENANT
from ivr.simulator.trials.plan import Plan, plan_of

CALL = "0d81f67a-d34c-4c1f-81a2-f3ab768d2ca0"
OTHER = "1e92f78b-e45d-4d2a-92b3-a4bc879e3db1"
NODE = "n1#1"
SECOND = 1_000_000
SALES = Target("user", "22222222-2222-4222-8222-222222222222")
MEDIA = "https://ivr.trials.invalid/media/abc.wav"


class Planted:
    """A history that grows by hand; `found` are the ids of the invariants that it breaks."""

    def __init__(self) -> None:
        plan = plan_of(1, "none")
        call = replace(plan.calls[0], call=CALL)
        self.plan: Plan = replace(plan, calls=(call,), nodes=1)
        self.history = History()
        self._versions: dict[str, int] = {}
        self._requests = 0

    def found(self, invariant: str) -> list[Breach]:
        """The breaches of one invariant."""
        return [breach for _, breach in breaches(Record(self.history, self.plan), invariant)]

    def add(self, *entries: Entry) -> Planted:
        """Whatever there is no word for here."""
        for entry in entries:
            self.history.add(entry)
        return self

    # Effects

    def play(self, number: int, text: str = "hello", file: str = "abc") -> PlayPrompts:
        return PlayPrompts(f"{CALL}.{number}", audio=(Audio("hello", text, file),))

    def transfer(self, number: int) -> TransferCall:
        return TransferCall(f"{CALL}.{number}", to=SALES)

    # What happens

    def leased(
        self, node: str = NODE, at: int = 0, until: int = 10**12, name: str = "n1"
    ) -> Planted:
        return self.add(Leased(at, node, name, until))

    def node(self, state: Any, at: int = 0, node: str = NODE) -> Planted:
        return self.add(NodeChanged(at, node, state))

    def commits(
        self,
        snapshot: Snapshot | None = None,
        *effects: AnyEffect,
        at: int = 0,
        event: AnyEvent | None = None,
        call: str = CALL,
        trace: tuple[TraceEntry, ...] = (),
        **members: Any,
    ) -> Planted:
        """A step was written; the clock of its node is right."""
        version = self._versions[call] = self._versions.get(call, 0) + 1
        clock = members.pop("clock", self.plan.starts_at + at // 1_000)
        entry = Committed(
            at, members.pop("node", NODE), call, version, clock, event or Unrecognised("trial"),
            members.pop("verdict", "ok"), effects, members.pop("claimed", ()),
            snapshot or self.snapshot(), trace, **members,
        )  # fmt: skip
        return self.add(entry)

    def wants(self, *effects: AnyEffect, at: int = 0) -> Planted:
        return self.commits(self.snapshot(), *effects, at=at)

    def snapshot(self, **members: Any) -> Snapshot:
        """A call that is up, in a state with a deadline."""
        visit = Visit("bank", "main_menu", entered=True, deadlines={"first_digit": 10**15})
        values: dict[str, Any] = {
            "call_id": CALL, "bundle": "b", "started_at": self.plan.starts_at,
            "phase": "connected", "visits": [visit], **members,
        }  # fmt: skip
        return Snapshot(**values)

    def sends(
        self,
        effect: AnyEffect,
        at: int = 0,
        outcome: Outcome | None = "ok",
        node: str = NODE,
        *,
        done: bool = True,
        sounds: tuple[Sound, ...] = (Sound(MEDIA, "abc"),),
    ) -> Planted:
        """A request: done 10 ms later, and its outcome learned after 20 ms, unless that is None."""
        self._requests += 1
        number, kind = self._requests, kind_of(effect)
        line = Line(CALL, TENANT, "https://ivr.trials.invalid/api/calls/key", sounds)
        body = encode(effect, line, 0.0).body or b""
        self.add(
            Sent(
                at, number, node, CALL, effect, kind, b"POST /\n" + body,
                tuple((sound.uri, sound.resource_id) for sound in sounds),
            )
        )  # fmt: skip
        if done:
            self.add(CarriedOut(at + 10_000, number, CALL, effect.id, kind))
        if outcome is not None:
            self.add(Learned(at + 20_000, number, node, CALL, effect.id, kind, outcome))
        return self

    def claims(self, effect: AnyEffect, at: int = 0, **members: Any) -> Planted:
        return self.add(Claimed(at, members.pop("node", NODE), CALL, effect.id, **members))

    def tells(
        self, number: int, event: AnyEvent, at: int = 0, *, call: str = CALL, sender: str = TENANT
    ) -> Planted:
        """A notification and its delivery of the same number."""
        told = Told(at, number, call, event, sender)
        return self.add(told, Delivered(at, number, number, call, NODE))

    def replies(self, number: int, reply: str, at: int = 0, call: str = CALL) -> Planted:
        return self.add(Replied(at, number, number, call, NODE, reply))

    def quiet(self, at: int = 100 * SECOND) -> Planted:
        """The faults were over at 10 s, and everything at `at`."""
        return self.add(Phase(10 * SECOND, "faults_off"), Phase(at, "quiet"))
