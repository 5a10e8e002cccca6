"""What is due when on one simulated phone, and the signals that came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ivr.core.values import Millis
from ivr.simulator.phone.signals import Signal

LATE = "report "
"""Names that begin so are of operations that have ended: they are told even after the call."""

NEVER = 2**62
"""After everything that will ever be due."""


class Due(NamedTuple):
    """An action and its moment; `order` keeps actions of one moment in the order they came."""

    at: Millis
    order: int
    name: str
    action: Callable[[], None]


class Timeline:
    """Named actions in the order in which they are due.

    `now` is the moment of the action that runs, so whatever an action plans or tells is exact,
    however late `run` is called. Time never goes back.
    """

    def __init__(self, now: Millis) -> None:
        self.now = now
        self._due: dict[str, Due] = {}
        self._signals: list[Signal] = []
        self._order = 0
        self._first: Millis | None = None  # Of what is planned; None: look for it.

    def after(self, length: Millis, name: str, action: Callable[[], None]) -> None:
        """Plan an action; it takes the place of another one of the same name."""
        self._order += 1
        self._due[name] = Due(self.now + length, self._order, name, action)
        self._first = None

    def drop(self, *names: str) -> None:
        """Forget what was planned under these names."""
        for name in names:
            self._due.pop(name, None)
        self._first = None

    def clear(self) -> None:
        """Forget everything but reports of operations that have ended already."""
        self._due = {name: due for name, due in self._due.items() if name.startswith(LATE)}
        self._first = None

    def tell(self, signal: Signal) -> None:
        """Add a signal to what the bot is told."""
        self._signals.append(signal)

    def run(self, now: Millis) -> None:
        """Do all that is due until `now`."""
        while (self._first is None or self._first <= now) and self._earliest() <= now:
            due = min(self._due.values())
            del self._due[due.name]
            self._first = None
            self.now = max(self.now, due.at)
            due.action()
        self.now = max(self.now, now)

    def take(self) -> list[Signal]:
        """The signals since the last time, in order."""
        signals, self._signals = self._signals, []
        return signals

    def next_due(self) -> Millis | None:
        """When there will be something to run or to take."""
        if self._signals:
            return self._signals[0].at
        first = self._earliest()
        return None if first == NEVER else first

    def _earliest(self) -> Millis:
        if self._first is None:
            self._first = min([due.at for due in self._due.values()], default=NEVER)
        return self._first
