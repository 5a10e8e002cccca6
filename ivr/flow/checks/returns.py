"""`return`: only in a flow that others run, and only with an outcome that it declares."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.mistakes import shown
from ivr.states.return_ import ReturnOptions

NEEDS = ("outcomes",)


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Each `return` against the top of the flow, and outcomes that none of them gives."""
    declared, given = flow.options.outcomes, set()
    for name, state in flow.states.items():
        if not isinstance(state.options, ReturnOptions):
            continue
        given.add(state.options.outcome)
        if not declared:
            message = "only a flow that declares its `outcomes:` can return"
            advice = "end the call with a `hangup`, or declare the outcomes at the top"
            yield flow.at(Code.SUB_FLOW, ("states", name), message, key=True, help=advice)
        elif state.options.outcome not in declared:
            yield _undeclared(flow, name, state.options.outcome)
    if "states" not in flow.damaged:
        yield from _never_given(flow, given)


def _undeclared(flow: CheckedFlow, name: str, outcome: str) -> Diagnostic:
    declared = flow.options.outcomes
    guess = flow.near(outcome, declared)
    message = "the flow does not declare this outcome"
    advice = "" if guess else f"`outcomes:` has: {', '.join(declared)}"
    path = ("states", name, "outcome")
    return flow.at(
        Code.UNKNOWN_OUTCOME, path, message, detail=shown(outcome), suggestion=guess, help=advice
    )


def _never_given(flow: CheckedFlow, given: set[str]) -> Iterator[Diagnostic]:
    for index, outcome in enumerate(flow.options.outcomes):
        if outcome not in given:
            message = "no `return` ever gives this outcome"
            yield flow.at(Code.UNUSED, ("outcomes", index), message, detail=shown(outcome))
