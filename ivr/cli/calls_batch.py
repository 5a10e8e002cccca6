"""Calling a file of people, a few at a time, so that it may be stopped and begun again.

Every row has a key of its own, so a node places its call once however often it is asked. A second
run therefore asks for all rows again, and what it learns of those that are over goes into the
results as if it had waited for them itself.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from ivr.cli.calls_client import Admin
from ivr.cli.calls_people import People, Person
from ivr.errors import Refused
from ivr.server.api.bodies import CallHistory, CallShown

How = Literal["reached", "not_reached", "failed", "goes_on"]

LOOK_EVERY = 1.0
"""Seconds between two looks at the calls that are under way."""
NOBODY = frozenset({"no_answer", "busy", "declined", "not_reached", "not_joined"})
BROKEN = frozenset({"failed", "hung_up_by_operator"})
FORBIDDEN = (401, 404)
"""What would be answered to the other rows as well."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one row; `error` is for people, `attempts` how often it was rung."""

    person: Person
    how: How
    call_id: str = ""
    result: str = ""
    attempts: int = 0
    error: str = ""


class Watcher(Protocol):
    """Whoever wants to see how it goes."""

    def finished(self, outcome: Outcome) -> None:
        """One row is done."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """How many calls are under way at once, and at most how many begin in a minute (0: any)."""

    at_once: int = 5
    per_minute: int = 0


class Batch:
    """One run over a file. `clock` gives seconds that only grow; `sleep` waits for some."""

    def __init__(
        self,
        admin: Admin,
        flow: str,
        name: str,
        people: People,
        pace: Pace,
        watcher: Watcher,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._admin, self._flow, self._name = admin, flow, name
        self._people, self._pace, self._watcher = people, pace, watcher
        self._clock, self._sleep = clock, sleep
        self._waiting = deque(people.rows)
        self._running: dict[str, Person] = {}
        self._next_at = clock()
        self.outcomes: list[Outcome] = []

    @property
    def left(self) -> int:
        """How many rows were not begun in this run."""
        return len(self._waiting)

    def run(self) -> None:
        """Call everybody; returns when all are done. Raises `Temporary` when the node is gone."""
        while self._waiting or self._running:
            self._begin_some()
            self._look()
            if self._waiting or self._running:
                self._sleep(self._pause())

    def all(self) -> list[Outcome]:
        """What came of every row that was begun, those that go on included, in order."""
        going_on = [Outcome(each, "goes_on", of) for of, each in self._running.items()]
        return sorted([*self.outcomes, *going_on], key=lambda outcome: outcome.person.row)

    def _begin_some(self) -> None:
        while (
            self._waiting
            and len(self._running) < self._pace.at_once
            and self._clock() >= self._next_at
        ):
            # Taken off only when the node has it: an interruption must not lose a row.
            self._begin(self._waiting[0])
            self._waiting.popleft()

    def _begin(self, person: Person) -> None:
        key = self._people.key(self._flow, self._name, person)
        try:
            dialled = self._admin.dial(self._flow, person.inputs, key)
        except Refused as error:
            if error.status in FORBIDDEN:
                raise
            self._finish(Outcome(person, "failed", error=str(error)))
            return
        self._running[dialled.id] = person
        if not dialled.repeated:
            if self._pace.per_minute:
                self._next_at = max(self._next_at, self._clock()) + 60 / self._pace.per_minute
            return
        # Called in an earlier run: nothing is rung now, so nobody has to wait for it.
        self._look_at(dialled.id)

    def _look(self) -> None:
        for call_id in list(self._running):
            self._look_at(call_id)

    def _look_at(self, call_id: str) -> None:
        if self._admin.call(call_id).live:
            return
        call = self._admin.history(call_id)
        self._finish(
            Outcome(
                self._running.pop(call_id), how_it_went(call), call_id,
                call.result or call.end, call.attempts, why_not(call),
            )
        )  # fmt: skip

    def _finish(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self._watcher.finished(outcome)

    def _pause(self) -> float:
        """Until the next look, or until somebody may be called before."""
        free = self._waiting and len(self._running) < self._pace.at_once
        until_next = max(self._next_at - self._clock(), 0.0)
        return min(until_next, LOOK_EVERY) if free else LOOK_EVERY


def how_it_went(call: CallShown) -> How:
    """What became of a call that we placed."""
    if call.live:
        return "goes_on"
    if NOBODY & {call.end, call.result}:
        return "not_reached"
    return "failed" if BROKEN & {call.end, call.result} else "reached"


def why_not(call: CallHistory) -> str:
    """Why nobody was reached, or ""; with the telephone service's own code."""
    if how_it_went(call) == "reached":
        return ""
    notes = [move.outcome for event in call.events for move in event.moves if move.note]
    return f"{call.end} {call.code}".strip() or (notes or [""])[-1]
