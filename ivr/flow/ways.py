"""The arrows of a flow: as they are written, and as they are taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ivr.core.options import Exit, StateOptions, WithExits
from ivr.core.state_type import StateType
from ivr.states.choose import ChooseOptions


class Way(NamedTuple):
    """An exit as it is written in a state; `path` leads to the name of the target."""

    state: str
    outcome: str
    target: str
    path: tuple[str | int, ...]


class Edge(NamedTuple):
    """What a state can end with, and where that leads.

    `taken` is the outcome whose exit is taken: another than `outcome` where that falls back.
    """

    outcome: str
    taken: str
    target: str


def own_ways(name: str, kind: StateType[StateOptions], options: StateOptions) -> Iterator[Way]:
    """The exits that a state itself has."""
    if isinstance(options, WithExits):
        if options.next is not None:
            yield Way(name, "next", options.next, ("states", name, "next"))
        for outcome, way in options.on.items():
            yield Way(name, outcome, way.go, ("states", name, "on", outcome, "go"))
    elif isinstance(options, ChooseOptions):
        yield from _branches(name, options)
    else:
        for outcome, way in kind.exits(options).items():
            yield Way(name, outcome, way.go, ("states", name))


def _branches(name: str, options: ChooseOptions) -> Iterator[Way]:
    for index, branch in enumerate(options.when):
        key = "go" if branch.otherwise is None else "else"
        target = branch.go if branch.otherwise is None else branch.otherwise
        outcome = f"when_{index + 1}" if branch.otherwise is None else "else"
        if target is not None:
            yield Way(name, outcome, target, ("states", name, "when", index, key))


def edges_of(
    kind: StateType[StateOptions], exits: Mapping[str, Exit], outcomes: Iterable[str]
) -> Iterator[Edge]:
    """The edge of each outcome that leads somewhere."""
    for outcome in dict.fromkeys(outcomes):
        taken = exit_taken(kind, exits, outcome)
        if taken is not None:
            yield Edge(outcome, taken, exits[taken].go)


def exit_taken(
    kind: StateType[StateOptions], exits: Mapping[str, Exit], outcome: str
) -> str | None:
    """The outcome whose exit is taken for `outcome`, as `State.exit_for` finds it in a call."""
    way: str | None = outcome
    while way is not None and way not in exits:
        way = kind.fallback(way)
    return way
