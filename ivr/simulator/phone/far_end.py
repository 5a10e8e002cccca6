"""What somebody does who is rung: a transfer's target, one who is invited, one who is called."""

from __future__ import annotations

from typing import Protocol

from ivr.core.values import Millis
from ivr.simulator.phone.rules import Outcome
from ivr.simulator.phone.signals import DownReason, State

WAITING: tuple[Outcome, ...] = ("no_answer", "undecided")


class Other(Protocol):
    """Another call of the bot, which ends when somebody on it moves to this one."""

    @property
    def state(self) -> State:
        """Where its line is."""
        ...

    @property
    def ended(self) -> DownReason | None:
        """Why it is over, or None while it lives."""
        ...

    def drop(self, now: Millis) -> None:
        """End it: this call has taken its place."""
        ...


class FarEnd:
    """The outcome of the next ringing, and after how long; None stands for the usual time."""

    def __init__(self, outcome: Outcome, rings: Millis, gives_up: Millis) -> None:
        self._rings = rings
        self._gives_up = gives_up
        self.outcome = outcome
        self.after: Millis | None = None

    def settles(self, soon: Millis | None = None) -> tuple[Millis, Outcome]:
        """How long it rings, and what comes of it; a decision while it rings comes `soon`."""
        usual = self._gives_up if self.outcome in WAITING else self._rings
        length = usual if self.after is None else self.after
        if soon is not None and self.outcome != "undecided":
            length = soon
        return length, "no_answer" if self.outcome == "undecided" else self.outcome
