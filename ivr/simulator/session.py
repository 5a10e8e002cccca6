"""One simulated call: the real engine and a phone, on a clock that jumps.

The session is the runtime without its store, its network and its waiting: it takes the next
thing that happens (on the phone, in a business system, or because a deadline is due), moves
the clock there, and lets `advance` decide. Nothing in it knows what a flow means.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace as dataclass_replace

from ivr.core.advance import advance, begin
from ivr.core.effects import AnyEffect, CheckCall, SendRequest
from ivr.core.events import AnyEvent, HttpAnswered, TimerFired, as_checked
from ivr.core.program import Program, State
from ivr.core.snapshot import Snapshot
from ivr.core.step import Step, TraceEntry
from ivr.core.values import Millis
from ivr.expr.types import Value
from ivr.simulator.door import apply, arrival, events
from ivr.simulator.phone.model import Phone
from ivr.simulator.phone.rules import Call, Rules
from ivr.simulator.samples import sample_body

MAX_EVENTS = 20_000
"""Events of one call, beyond which the session believes that it would never end."""

Answer = tuple[AnyEvent, Millis]
Business = Callable[[SendRequest, Program, State], Answer]
"""What a business system answers to a request of a state, and after how many milliseconds."""


def ok(request: SendRequest, program: Program, state: State) -> Answer:
    """A business system that says yes to everything, with sample values."""
    return HttpAnswered(request.id, 200, sample_body(program, state)), 50


class Session:
    """A call in progress. `steps` is everything the engine has done, with its times."""

    def __init__(
        self,
        program: Program,
        call: Call,
        rules: Rules | None = None,
        business: Business = ok,
        inputs: Mapping[str, Value] | None = None,
    ) -> None:
        self.program = program
        self.now = call.at
        self.phone = Phone(call, rules or Rules())
        self.snapshot: Snapshot = begin(program, "sim-1", call.at)
        self.steps: list[tuple[Millis, AnyEvent, Step]] = []
        self._business = business
        self._answers: list[tuple[Millis, int, AnyEvent]] = []
        self._waiting: deque[AnyEvent] = deque()
        if inputs:
            self.program = program = dataclass_replace(
                program, initial={**program.initial, **inputs}
            )
        self._take([arrival(self.phone)])

    def variables(self) -> dict[str, object]:
        """The variables of the current flow, secrets hidden."""
        visit = self.snapshot.visits[-1]
        declared = self.program.flows.get(visit.flow, self.program).declarations
        return {
            name: "••••" if declared[name].secret else value for name, value in visit.scope.items()
        }

    @property
    def over(self) -> bool:
        """Whether nothing more can happen to the call."""
        return self.snapshot.closed

    @property
    def state(self) -> str:
        """The state in which the call is."""
        return self.snapshot.visits[-1].state

    @property
    def current_state(self) -> State:
        """The compiled state in which the call is."""
        return self.program.flows[self.snapshot.visits[-1].flow].states[self.state]

    @property
    def effects(self) -> list[AnyEffect]:
        """Everything the engine wanted, in order."""
        return [effect for _, _, step in self.steps for effect in step.effects]

    @property
    def trace(self) -> list[TraceEntry]:
        """Every move from state to state."""
        return [entry for _, _, step in self.steps for entry in step.trace]

    @property
    def listening(self) -> bool:
        """Whether a question is open and its prompt is over."""
        visit = self.snapshot.visits[-1]
        question = visit.question
        return bool(question and question.listening and not self.snapshot.media)

    @property
    def recording(self) -> bool:
        """Whether the beep is over and the caller is being recorded."""
        return self.phone.recording

    def next_due(self) -> Millis | None:
        """When something will happen by itself."""
        answer = self._answers[0][0] if self._answers else None
        due = (self.phone.next_due(), self.snapshot.next_due(), answer)
        return min((at for at in due if at is not None), default=None)

    def step(self, until: Millis | None = None) -> bool:
        """Let the next thing happen, unless it is after `until`; false when nothing did."""
        due = self.next_due()
        if self.over or due is None or (until is not None and due > until):
            return False
        self.now = max(self.now, due)
        phone_due = self.phone.next_due()
        if phone_due is not None and phone_due <= self.now:
            self._take(events(self.phone.advance(self.now)))
        elif self._answers and self._answers[0][0] <= self.now:
            self._take([heapq.heappop(self._answers)[2]])
        else:
            self._take([TimerFired()])
        return True

    def run(self, until: Callable[[], bool], at_most: Millis = 24 * 3_600_000) -> bool:
        """Let things happen until the condition holds; false when it never came to hold."""
        last = self.now + at_most
        for _ in range(MAX_EVENTS):
            if until():
                return True
            if not self.step(last):
                return until()
        return False

    def wait(self, length: Millis) -> None:
        """Let time pass, and whatever happens in it."""
        end = self.now + length
        for _ in range(MAX_EVENTS):
            if not self.step(end):
                break
        self.now = max(self.now, end)
        self._take(events(self.phone.advance(self.now)))

    def press(self, key: str) -> bool:
        """The caller presses a key now; false when nobody could hear it."""
        heard = self.phone.press(self.now, key)
        self._take(events(self.phone.advance(self.now)))
        return heard

    def speak(self, length: Millis) -> None:
        """The caller speaks from now on."""
        self.phone.speak(self.now, length)

    def hang_up(self) -> None:
        """The caller hangs up now."""
        self.phone.hang_up_caller(self.now)
        self._take(events(self.phone.advance(self.now)))

    def _take(self, happened: Sequence[AnyEvent]) -> None:
        self._waiting.extend(happened)
        while self._waiting:
            event = self._waiting.popleft()
            step = advance(self.program, self.snapshot, event, self.now)
            self.snapshot = step.snapshot
            self.steps.append((self.now, event, step))
            for effect in step.effects:
                self._perform(effect)

    def _perform(self, effect: AnyEffect) -> None:
        if isinstance(effect, SendRequest):
            program = self.program.flows[self.snapshot.visits[-1].flow]
            event, delay = self._business(effect, program, self.current_state)
            heapq.heappush(self._answers, (self.now + delay, len(self.steps), event))
            return
        known = apply(self.phone, self.now, effect)
        self._waiting.extend(as_checked(known) if isinstance(effect, CheckCall) else known)
