"""One simulated call: the real engine and its phones, on a clock that jumps.

The session is the runtime without its store, its network and its waiting: it takes the next
thing that happens (on a phone, in a business system, or because a deadline is due), moves
the clock there, and lets `advance` decide. Nothing in it knows what a flow means: it only rings,
or, where the flow itself calls out or joins a meeting, says that this is wanted.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace as dataclass_replace

from ivr.core.advance import advance, begin
from ivr.core.effects import AnyEffect, CheckCall, CountUse, SendRequest
from ivr.core.events import AnyEvent, CallWanted, HttpAnswered, TimerFired, UseCounted, as_checked
from ivr.core.program import Program, State
from ivr.core.snapshot import Snapshot
from ivr.core.step import Step, TraceEntry
from ivr.core.values import Millis
from ivr.errors import UsageError
from ivr.expr.types import Value, coerce
from ivr.simulator.door import arrival
from ivr.simulator.lines import Lines
from ivr.simulator.phone.model import Phone
from ivr.simulator.phone.rules import Call, Outcome, Rules
from ivr.simulator.samples import sample, sample_body

MAX_EVENTS = 20_000
"""Events of one call, beyond which the session believes that it would never end."""

LONGEST = 60 * 24 * 3_600_000
"""How long a call is followed: attempts to reach somebody may wait for opening hours."""

Answer = tuple[AnyEvent, Millis]
Business = Callable[[SendRequest, Program, State], Answer]
"""What a business system answers to a request of a state, and after how many milliseconds."""


def ok(request: SendRequest, program: Program, state: State) -> Answer:
    """A business system that says yes to everything, with sample values."""
    return HttpAnswered(request.id, 200, sample_body(program, state)), 50


class Session:
    """A call in progress. `steps` is everything the engine has done, with its times.

    `call` is the call that comes in; of a flow that calls out or joins a meeting only its moment
    and tenant matter, `dials` are what those do who are called, attempt by attempt, and with
    `lobby` meetings let the bot wait.
    """

    def __init__(
        self,
        program: Program,
        call: Call,
        rules: Rules | None = None,
        business: Business = ok,
        inputs: Mapping[str, Value] | None = None,
        dials: Iterable[Outcome] = (),
        *,
        lobby: bool = False,
    ) -> None:
        if inputs or program.outward:
            program = dataclass_replace(program, initial=_initial(program, inputs or {}))
        self.program = program
        self.now = call.at
        self.lines = Lines(rules or _USUAL, call, dials, lobby=lobby)
        self.steps: list[tuple[Millis, AnyEvent, Step]] = []
        self._business = business
        self._answers: list[tuple[Millis, int, AnyEvent]] = []
        self._waiting: deque[AnyEvent] = deque()
        self._uses: Counter[str] = Counter()
        self.snapshot: Snapshot = begin(program, "sim-1", call.at)
        if program.outward is None:
            self._take([arrival(self.lines.ring())])
        else:
            self._take([CallWanted(program.flow, tenant=call.tenant)])

    @property
    def phone(self) -> Phone:
        """The main line. Raises `UsageError` before anybody was called."""
        if self.lines.main is None:
            raise UsageError("Nobody has been called yet: there is no phone to do anything with.")
        return self.lines.main

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
        main = self.lines.main
        return main is not None and main.recording

    def next_due(self) -> Millis | None:
        """When something will happen by itself."""
        outside = _sooner(self.lines.next_due(), self._answer_due())
        return _sooner(outside, self.snapshot.next_due())

    def step(self, until: Millis | None = None) -> bool:
        """Let the next thing happen, unless it is after `until`; false when nothing did."""
        phone, answer = self.lines.next_due(), self._answer_due()
        due = _sooner(_sooner(phone, answer), self.snapshot.next_due())
        if due is None or (until is not None and due > until) or self.over:
            return False
        self.now = max(self.now, due)
        if phone is not None and phone <= self.now:
            self._take(self.lines.advance(self.now))
        elif answer is not None and answer <= self.now:
            self._take([heapq.heappop(self._answers)[2]])
        else:
            self._take([TimerFired()])
        return True

    def run(self, until: Callable[[], bool], at_most: Millis = LONGEST) -> bool:
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
        self.settle()

    def press(self, key: str) -> bool:
        """The caller presses a key now; false when nobody could hear it."""
        heard = self.lines.main is not None and self.lines.main.press(self.now, key)
        self.settle()
        return heard

    def speak(self, length: Millis) -> None:
        """The caller speaks from now on."""
        if self.lines.main:
            self.lines.main.speak(self.now, length)

    def hang_up(self) -> None:
        """The caller hangs up now."""
        if self.lines.main:
            self.lines.main.hang_up_caller(self.now)
        self.settle()

    def settle(self) -> None:
        """Let the engine hear what a tester has just done to a phone."""
        self._take(self.lines.advance(self.now))

    def _answer_due(self) -> Millis | None:
        return self._answers[0][0] if self._answers else None

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
        if isinstance(effect, CountUse):
            self._uses[effect.key] += 1
            self._waiting.append(UseCounted(effect.id, self._uses[effect.key] <= effect.most))
            return
        known = self.lines.apply(self.now, effect)
        self._waiting.extend(as_checked(known) if isinstance(effect, CheckCall) else known)


_USUAL = Rules()


def _initial(program: Program, inputs: Mapping[str, Value]) -> dict[str, Value]:
    """The values with which a flow begins; one that nobody calls gets samples where it has none."""
    initial = {**program.initial, **inputs}
    if program.outward:
        for name in program.inputs:
            if initial.get(name) is None:
                declared = program.declarations[name]
                initial[name] = coerce(sample(declared), declared)
    return initial


def _sooner(one: Millis | None, other: Millis | None) -> Millis | None:
    if one is None or other is None:
        return other if one is None else one
    return one if one <= other else other
