"""Steps of `advance` beside other engines, on one machine of 30 states and the same walk.

A step of ours does all of an engine's work for one event: it judges it, copies the snapshot,
counts visits, sets deadlines, wants effects, keeps a trace, and follows one edge of a shared
`transitions` machine. The others only follow the edge.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_
from pathlib import Path
from statistics import median
from time import perf_counter

from sismic.interpreter import Interpreter
from sismic.io import import_from_yaml
from statemachine import State, StateMachine
from transitions import Machine

from benchmarks import flows
from benchmarks.table import Table, Target
from ivr.core.advance import advance, begin
from ivr.core.events import AnyEvent, CallArrived, CallProgressed, PromptFinished, TonePressed
from ivr.core.program import Program
from ivr.core.snapshot import Snapshot
from ivr.core.values import Caller, Millis
from ivr.flow.bundle import load_folder

STATES = 30
ROUNDS = 15
WALKS = {"ivr advance": 60, "transitions": 150, "python-statemachine": 12, "sismic": 20}
"""Walks of one round: about 30 ms for each engine."""

NAMES = [f"s{at}" for at in range(STATES - 1)] + ["over"]
TRIGGERS = ["choice" if at % 2 else "next" for at in range(len(NAMES) - 1)]

Walk = Callable[[], float]
"""Walks from the first state to the last once; the seconds spent in steps."""


def run() -> Table:
    """Measure all engines in turns, and compare medians."""
    walks = {
        "ivr advance": ours(),
        "transitions": raw_transitions(),
        "python-statemachine": python_statemachine(),
        "sismic": sismic(),
    }
    seconds: dict[str, list[float]] = {name: [] for name in walks}
    for _ in range(ROUNDS):
        for name, walk in walks.items():
            seconds[name].append(sum(walk() for _ in range(WALKS[name])) / WALKS[name])
    return _table({name: median(found) / len(TRIGGERS) for name, found in seconds.items()})


def _table(step: dict[str, float]) -> Table:
    own = step["ivr advance"]
    return Table(
        f"steps: one event on a machine of {STATES} states, median of {ROUNDS} rounds in turns",
        ("engine", "µs a step", "steps/s", "ivr takes"),
        rows=[
            (name, f"{each * 1e6:.1f}", f"{1 / each:,.0f}", f"{own / each:.2f} ×")
            for name, each in step.items()
        ],
        targets=[
            Target("a step beside a raw transitions trigger", own / step["transitions"], 3),
            Target("a step beside sismic's", own / step["sismic"], 1 / 3),
        ],
        notes=["ivr: the whole work of an event; the others: the move from state to state alone."],
    )


def ours() -> Walk:
    """Prompts that end and keys that are pressed, on a call that is connected."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = load_folder(flows.write(Path(folder), "chain", flows.chain(STATES))).bundle
    assert bundle is not None
    program = bundle.programs["chain"]
    first = _connected(program)
    events = _events(program, first)

    def walk() -> float:
        snapshot = first
        began = perf_counter()
        for event, now in events:
            snapshot = advance(program, snapshot, event, now).snapshot
        took = perf_counter() - began
        assert snapshot.done
        return took

    return walk


def _connected(program: Program) -> Snapshot:
    snapshot = begin(program, "00000000-0000-4000-8000-000000000001", 0)
    snapshot = advance(program, snapshot, CallArrived(Caller("phone", "+441632960000")), 0).snapshot
    return advance(program, snapshot, CallProgressed("established", audio=True), 10).snapshot


def _events(program: Program, snapshot: Snapshot) -> Sequence[tuple[AnyEvent, Millis]]:
    """What happens to the call, one thing for each move; found by walking once."""
    events: list[tuple[AnyEvent, Millis]] = []
    for at in range(len(TRIGGERS)):
        event: AnyEvent = PromptFinished(snapshot.media)
        if at % 2:
            event = TonePressed("1", at // 2 + 1)
        events.append((event, 1_000 * at))
        snapshot = advance(program, snapshot, *events[-1]).snapshot
    return events


class _Place:
    """The least that `transitions` can move."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


def raw_transitions() -> Walk:
    """The fastest way to use it: one shared machine, a model that is not registered."""
    edges = [
        {"trigger": trigger, "source": source, "dest": dest}
        for trigger, source, dest in zip(TRIGGERS, NAMES[:-1], NAMES[1:], strict=True)
    ]
    machine = Machine(
        model=None, states=NAMES, transitions=edges, initial="s0", auto_transitions=False
    )

    def walk() -> float:
        place, events = _Place("s0"), machine.events
        began = perf_counter()
        for trigger in TRIGGERS:
            events[trigger].trigger(place)
        took = perf_counter() - began
        assert place.state == NAMES[-1]
        return took

    return walk


def python_statemachine() -> Walk:
    """A class of states, an instance for each call."""
    states = {name: State(initial=name == "s0", final=name == NAMES[-1]) for name in NAMES}
    members: dict[str, object] = dict(states)
    for trigger in ("next", "choice"):
        moves = [
            states[source].to(states[dest])
            for source, dest, each in zip(NAMES[:-1], NAMES[1:], TRIGGERS, strict=True)
            if each == trigger
        ]
        members[trigger] = reduce(or_, moves)
    chain = type("Chain", (StateMachine,), members)

    def walk() -> float:
        machine = chain()
        began = perf_counter()
        for trigger in TRIGGERS:
            machine.send(trigger)
        took = perf_counter() - began
        assert [state.id for state in machine.configuration] == NAMES[-1:]
        return took

    return walk


def sismic() -> Walk:
    """A statechart, an interpreter for each call."""
    text = "statechart:\n  name: chain\n  root state:\n    name: root\n    initial: s0\n"
    text += "    states:\n"
    for name, dest, trigger in zip(NAMES[:-1], NAMES[1:], TRIGGERS, strict=True):
        text += f"      - name: {name}\n        transitions:\n"
        text += f"          - {{ target: {dest}, event: {trigger} }}\n"
    chart = import_from_yaml(text + f"      - name: {NAMES[-1]}\n")

    def walk() -> float:
        interpreter = Interpreter(chart)
        interpreter.execute()
        began = perf_counter()
        for trigger in TRIGGERS:
            interpreter.queue(trigger)
            interpreter.execute_once()
        took = perf_counter() - began
        assert NAMES[-1] in interpreter.configuration
        return took

    return walk
