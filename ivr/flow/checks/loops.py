"""Loops that neither ask the caller nor count: they would turn until the call is cut off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ivr.core.asking import QuestionOptions
from ivr.flow.checked import CheckedFlow
from ivr.flow.checks.endings import ordinary_arrows
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.graph import circles
from ivr.states.choose import ChooseOptions
from ivr.states.set import SetOptions

NEEDS = ("states", "on")
_ASKING = frozenset({"menu", "collect", "record", "transfer"})
_MOST_NAMED = 5


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """An error for each circle of states without a caller's answer and without a bound.

    A bound is a `set` that changes a variable which a `choose` of the same circle looks at.
    """
    arrows = ordinary_arrows(flow)
    silent = {name: arrows[name] for name in arrows if not waits_for_caller(flow, name)}
    for circle in circles(silent):
        counting = _counting(flow, circle)
        inside = {name: arrows[name] for name in circle if name not in counting}
        for unbounded in circles(inside):
            yield _unbounded(flow, unbounded)


def waits_for_caller(flow: CheckedFlow, name: str) -> bool:
    """Whether the state goes on only when the caller has done something, or has been handed on."""
    kind, options = flow.states[name]
    if kind.name == "run":
        return _other_asks(flow, name)
    return kind.name in _ASKING or isinstance(options, QuestionOptions)


def _other_asks(flow: CheckedFlow, name: str) -> bool:
    """Whether the flow that is run asks; one that runs others is given the benefit of the doubt."""
    other = flow.siblings.get(flow.runs[name])
    return other is None or any(
        state.type.name in _ASKING or state.type.name == "run" for state in other.states.values()
    )


def _counting(flow: CheckedFlow, circle: Iterable[str]) -> set[str]:
    """The `set` states of a circle that change what its `choose` states look at."""
    states = [(name, flow.states[name].options) for name in circle]
    read = {
        names[0]
        for _, options in states
        if isinstance(options, ChooseOptions)
        for branch in options.when
        if branch.condition is not None
        for names in branch.condition.expression.names
    }
    return {
        name
        for name, options in states
        if isinstance(options, SetOptions) and not read.isdisjoint(options.values)
    }


def _unbounded(flow: CheckedFlow, circle: list[str]) -> Diagnostic:
    message = "this loop never asks the caller, and nothing in it counts the rounds"
    names = ", ".join(circle[:_MOST_NAMED]) + (", …" if len(circle) > _MOST_NAMED else "")
    advice = "count in a variable with `set` and leave by a `choose`, or ask the caller"
    return flow.at(
        Code.UNBOUNDED_LOOP, ("states", circle[0]), message, key=True, detail=names, help=advice
    )
