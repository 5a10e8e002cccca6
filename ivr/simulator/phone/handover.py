"""Handing a simulated call on: transfers, and inviting somebody to it.

A transfer is blind or replaces another call of the bot; either way the far end decides
(Graph: call-transfer page). A failed transfer gives the call back.
"""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from ivr.core.values import Millis, Target
from ivr.simulator.phone.line import Line
from ivr.simulator.phone.media import Media
from ivr.simulator.phone.rules import Outcome, Rules
from ivr.simulator.phone.signals import (
    Handover,
    OperationEnded,
    Refusal,
    Result,
    RosterChanged,
)
from ivr.simulator.phone.timeline import Timeline

INVITED: dict[Outcome, Result] = {
    "answered": "completed",
    "no_answer": "no_answer",
    "undecided": "no_answer",
    "busy": "busy",
    "declined": "declined",
    "failed": "failed",
}


class FarEnd:
    """What the next party that is rung will do, and after how long."""

    def __init__(self, rings: Millis, gives_up: Millis) -> None:
        self._rings = rings
        self._gives_up = gives_up
        self.outcome: Outcome = "answered"
        self.after: Millis | None = None

    def settles(self) -> tuple[Millis, Outcome]:
        """How long it rings, and what comes of it."""
        waits = self.outcome in ("no_answer", "undecided")
        usual = self._gives_up if waits else self._rings
        return (
            usual if self.after is None else self.after,
            "no_answer" if self.outcome == "undecided" else self.outcome,
        )


class Handovers:
    """The transfers of one call, one at a time, and its invitations."""

    def __init__(self, time: Timeline, rules: Rules, line: Line, media: Media) -> None:
        self._time = time
        self._rules = rules
        self._line = line
        self._media = media
        self._invited = 0
        self.transfer_to = FarEnd(rules.transfer_rings, rules.transfer_gives_up)
        self.invite_to = FarEnd(rules.invite_rings, rules.transfer_gives_up)
        self.asked: list[Handover] = []
        self.present = 2

    def transfer(self, to: Target, replaces: str) -> Refusal | None:
        """Ring the far end; what is played or recorded meanwhile is cut off."""
        if self._line.state == "transferring":
            return Refusal("conflict")
        refused = self._line.refusal()
        if refused:
            return refused
        self.asked.append(Handover(self._time.now, to, replaces))
        self._media.stop("transfer")
        self._line.enter("transferring")
        if self._rules.transfer_takes_audio:
            self._line.set_audio(False)
        self._ring()
        return None

    def decide(self, outcome: Outcome, after: Millis | None) -> None:
        """Say what the far end does: now when it rings, else when it is rung."""
        self.transfer_to.outcome, self.transfer_to.after = outcome, after
        if self._line.state == "transferring":
            self._ring(after or 0)

    def invite(self, context: str) -> Refusal | None:
        """Ring somebody who is to join the call."""
        refused = self._line.refusal()
        if refused is None:
            self._invited += 1
            length, outcome = self.invite_to.settles()
            settle = partial(self._invitation_settles, context, outcome)
            self._time.after(length, f"invite {self._invited}", settle)
        return refused

    def leave(self) -> None:
        """One of those who joined goes."""
        self.present -= 1
        self._time.tell(RosterChanged(self._time.now, self.present))

    def _ring(self, soon: Millis | None = None) -> None:
        length, outcome = self.transfer_to.settles()
        if soon is not None and self.transfer_to.outcome != "undecided":
            length = soon
        self._time.after(length, "far_end", partial(self._far_end_settles, outcome))

    def _far_end_settles(self, outcome: Outcome) -> None:
        self.asked[-1] = replace(self.asked[-1], outcome=outcome, settled=self._time.now)
        if outcome != "answered":
            self._line.enter("established", outcome)
            return
        self._line.enter("accepted")
        self._line.set_audio(False)
        leave = partial(self._line.down, "transferred")
        self._time.after(self._rules.transfer_leaves, "down", leave)

    def _invitation_settles(self, context: str, outcome: Outcome) -> None:
        now = self._time.now
        self._time.tell(OperationEnded(now, context, "invite", INVITED[outcome]))
        if outcome == "answered":
            self.present += 1
            self._time.tell(RosterChanged(now, self.present))
