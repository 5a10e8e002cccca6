"""Other engines on the machine that is measured: a chain of 30 states, walked to its end."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import or_
from time import perf_counter

from sismic.interpreter import Interpreter
from sismic.io import import_from_yaml
from statemachine import State, StateMachine
from transitions import Machine

NAMES = [f"s{at}" for at in range(29)] + ["over"]
TRIGGERS = ["choice" if at % 2 else "next" for at in range(len(NAMES) - 1)]

Walk = Callable[[], float]
"""Walks from the first state to the last once; the seconds spent in steps."""


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
