"""One fixed moment, fixed ids, and a call that a test drives by hand, event by event.

    ride = Ride(program("states: { ask: { type: menu, prompt: choose, on: { '1': sales } } }"))
    ride.connect()
    ride.press("1")
    assert ride.result == "sales"

A flow is written as far as a test is about it. What is missing is added: every prompt that is
named takes `SECONDS` to say, and every state that is only named ends the call with its own name
as result.
"""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent
from typing import TypeVar

from ivr.core.advance import advance, begin
from ivr.core.effects import AnyEffect, Effect, PlayPrompts
from ivr.core.events import (
    AnyEvent,
    CallArrived,
    CallEnded,
    CallProgressed,
    CallWanted,
    EndReason,
    Failure,
    PromptFinished,
    TimerFired,
    TonePressed,
)
from ivr.core.options import StateOptions, convert
from ivr.core.program import Program
from ivr.core.snapshot import Snapshot
from ivr.core.state_type import StateType
from ivr.core.step import Step, TraceEntry
from ivr.core.values import Audio, Caller, Millis, kind_of
from ivr.expr.types import Value, unpack
from ivr.flow.compile import Shared, compile_flow
from ivr.flow.document import YamlValue, load
from ivr.flow.flow_options import FlowOptions
from ivr.states import registry

NOON = 1_772_452_800_000
"""Monday, 2 March 2026, 12:00 UTC."""

CALL_ID = "57dab8b1-894c-409a-b240-bd8beae78896"
CALLER = Caller("phone", "+442079460123")
ARRIVAL = CallArrived(CALLER, "+442079460999", "tenant-1")
SALES = "user:11111111-1111-4111-8111-111111111111"
ENV = {"sales": SALES, "ticket_url": "https://tickets.example"}
SECONDS = 2.0
"""How long every prompt takes."""

Source = str | Mapping[str, YamlValue]
Types = Mapping[str, StateType[StateOptions]]
E = TypeVar("E", bound=Effect)


def program(source: Source, *others: Source, types: Types | None = None) -> Program:
    """The program of a flow; `others` are flows that it may run, `types` more state types."""
    known = {**registry(), **(types or {})}
    flows: dict[str, Program] = {}
    for each in (*others, source):
        compiled = _compiled(complete(each, known), known, flows)
        flows[compiled.flow] = compiled
    return compiled


def read(source: Source) -> dict[str, YamlValue]:
    """A flow as it is written."""
    value = load(dedent(source), "flow.yaml").value if isinstance(source, str) else source
    assert isinstance(value, Mapping)
    return dict(value)


def complete(source: Source, types: Types | None = None) -> dict[str, YamlValue]:
    """A flow with everything that was left out."""
    flow = read(source)
    states = dict(_mapping(flow, "states"))
    known = [_state(each, types or registry()) for each in states.values()]
    ways = [way.go for kind, options in known for way in kind.exits(options).values()]
    ways += [str(way) for way in _mapping(flow, "on").values()]
    spoken = [name for kind, options in known for _, name in kind.prompts(options)]
    ends: dict[str, YamlValue] = {name: {"type": "hangup", "result": name} for name in ways}
    words: dict[str, YamlValue] = {name: f"This is {name}." for name in spoken}
    return {
        **{"flow": "main", "schema": 1, "start": next(iter(states))},
        **flow,
        "states": {**ends, **states},
        "prompts": {**words, **_mapping(flow, "prompts")},
    }


def _mapping(flow: Mapping[str, YamlValue], name: str) -> Mapping[str, YamlValue]:
    value = flow.get(name, {})
    assert isinstance(value, Mapping)
    return value


def _compiled(
    written: Mapping[str, YamlValue], types: Types, flows: Mapping[str, Program]
) -> Program:
    flow = convert(written, FlowOptions)
    states = {name: _state(each, types) for name, each in flow.states.items()}
    return compile_flow(flow, states, Shared(), ENV, _sound, "bundle-1", flows)


def _state(raw: YamlValue, types: Types) -> tuple[StateType[StateOptions], StateOptions]:
    assert isinstance(raw, Mapping)
    kind = types[str(raw["type"])]
    return kind, convert(raw, kind.Options)


def _sound(flow: str, prompt: str, words: str) -> Audio:
    return Audio(prompt, words, f"{prompt}.wav", seconds=SECONDS)


class Ride:
    """One call on a clock that only moves when it is told to; times are in milliseconds.

    `effects` are those of the last event, `done` all of them; `verdict` is the last one.
    """

    def __init__(self, flow: Program, at: Millis = NOON) -> None:
        self.program = flow
        self.snapshot: Snapshot = begin(flow, CALL_ID, at)
        self.began = self.now = at
        self.last = Step(self.snapshot)
        self.done: list[AnyEffect] = []
        self.trace: list[TraceEntry] = []

    def tell(self, event: AnyEvent) -> Step:
        """Let one event happen now."""
        self.last = advance(self.program, self.snapshot, event, self.now)
        self.snapshot = self.last.snapshot
        self.done += self.last.effects
        self.trace += self.last.trace
        return self.last

    def wait(self, length: Millis) -> None:
        """Let time pass, and every deadline in it."""
        until = self.now + length
        while (due := self.next_due()) is not None and due <= until:
            self.fire()
        self.now = until

    def next_due(self) -> Millis | None:
        """When the call wants to be woken; None once it is closed."""
        return None if self.snapshot.closed else self.snapshot.next_due()

    def fire(self) -> Step:
        """Let the earliest deadline pass."""
        due = self.next_due()
        assert due is not None
        self.now = max(self.now, due)
        return self.tell(TimerFired())

    # What happens to calls

    def arrive(self) -> Step:
        """The call rings."""
        return self.tell(ARRIVAL)

    def up(self) -> Step:
        """The line is up and the caller can be heard."""
        return self.tell(CallProgressed("established", audio=True, leg=self.snapshot.leg))

    def connect(self) -> Step:
        """The call rings and is up at once."""
        self.arrive()
        return self.up()

    def press(self, keys: str, after: Millis = 0) -> Step:
        """The caller presses keys, each `after` the one before."""
        for key in keys:
            self.wait(after)
            self.tell(TonePressed(key, self.snapshot.next_tone, self.snapshot.leg))
        return self.last

    def heard(self, failure: Failure | None = None) -> Step:
        """What plays comes to its end, or fails."""
        return self.tell(PromptFinished(self.snapshot.media, failure))

    def hang_up(self, reason: EndReason = "hung_up") -> Step:
        """The line goes down."""
        return self.tell(CallEnded(reason, leg=self.snapshot.leg))

    # What a test looks at

    @property
    def state(self) -> str:
        """The state that the call is in."""
        return self.snapshot.visits[-1].state

    @property
    def result(self) -> str:
        """What the call ended with, or nothing while it goes on."""
        return self.snapshot.result

    @property
    def verdict(self) -> str:
        """What was thought of the last event."""
        return self.last.verdict

    @property
    def effects(self) -> list[str]:
        """The kinds of effects of the last event."""
        return [kind_of(effect) for effect in self.last.effects]

    @property
    def path(self) -> list[str]:
        """Every move so far: state, outcome, and the next state, if any."""
        return [" ".join((t.state, t.outcome, t.to)).strip() for t in self.trace]

    @property
    def said(self) -> list[str]:
        """The prompts that were to be played, one text for each operation."""
        played = [effect for effect in self.done if isinstance(effect, PlayPrompts)]
        return ["+".join(audio.name for audio in effect.audio) for effect in played]

    @property
    def timers(self) -> dict[str, Millis]:
        """The deadlines of the state, from now."""
        return {name: at - self.now for name, at in self.snapshot.visits[-1].deadlines.items()}

    @property
    def call_timers(self) -> dict[str, Millis]:
        """The deadlines of the call, from now, without those that every call has."""
        every = {"keep_alive", "max_duration"}
        own = self.snapshot.deadlines.items()
        return {name: at - self.now for name, at in own if name not in every}

    def value(self, name: str) -> Value:
        """What a variable of the current flow holds."""
        return unpack(self.snapshot.visits[-1].scope.get(name))

    def sent(self, kind: type[E]) -> E:
        """The latest effect of a kind."""
        return next(effect for effect in reversed(self.done) if isinstance(effect, kind))


def ringing(source: Source) -> Ride:
    """A call of a flow that has just come in."""
    ride = Ride(program(source))
    ride.arrive()
    return ride


def connected(source: Source) -> Ride:
    """A call of a flow that is up."""
    ride = ringing(source)
    ride.up()
    return ride


def wanted(source: Source, at: Millis = NOON, **values: object) -> Ride:
    """A call that the engine is asked to place, or a meeting that it is to join."""
    ride = Ride(program(source), at)
    ride.tell(CallWanted("main", values, "tenant-1"))
    return ride
