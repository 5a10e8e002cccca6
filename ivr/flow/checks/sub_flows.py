"""`run`: the flow that is run, what it takes, and what it can end with."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.compile import EVERYWHERE
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.mistakes import shown
from ivr.states.run import RunOptions

NEEDS = ("on",)


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Each `run` against the flow that it names; one that could not be read is left alone."""
    for state, name in flow.runs.items():
        path: Path = ("states", state)
        other, options = flow.siblings.get(name), flow.states[state].options
        if other is not None and other.options.outcomes and isinstance(options, RunOptions):
            yield from _inputs(flow, path, options, other)
            yield from _outcomes(flow, state, options, other)
        elif other is not None:
            if "outcomes" not in other.damaged:
                message = "this flow takes calls of its own, so no other flow can run it"
                advice = "a flow that is run declares its `outcomes:` at the top"
                yield flow.at(Code.UNKNOWN_FLOW, (*path, "flow"), message, help=advice)
        elif name not in flow.unreadable:
            yield _unknown(flow, path, name)


def _unknown(flow: CheckedFlow, path: Path, name: str) -> Diagnostic:
    runnable = [other for other, each in flow.siblings.items() if each.options.outcomes]
    guess = flow.near(name, runnable)
    message = "there is no such flow in this folder"
    return flow.at(
        Code.UNKNOWN_FLOW, (*path, "flow"), message, detail=shown(name), suggestion=guess
    )


def _inputs(
    flow: CheckedFlow, path: Path, options: RunOptions, other: CheckedFlow
) -> Iterator[Diagnostic]:
    if "input" in other.damaged:
        return
    for name, variable in other.options.input.items():
        if name not in options.inputs and variable.start is None:
            message = f"the flow {other.name} needs `{name}`"
            advice = f"add `{name}:` with a value under `with:`"
            yield flow.at(Code.SUB_FLOW, path, message, key=True, help=advice)


def _outcomes(
    flow: CheckedFlow, state: str, options: RunOptions, other: CheckedFlow
) -> Iterator[Diagnostic]:
    declared = other.options.outcomes
    if "outcomes" in other.damaged:
        return
    for outcome in options.on:
        if outcome not in declared and outcome not in EVERYWHERE:
            guess = flow.near(outcome, declared)
            message = f"the flow {other.name} does not end with this outcome"
            advice = "" if guess else f"it has: {', '.join(declared)}"
            path = ("states", state, "on", outcome)
            yield flow.at(
                Code.UNKNOWN_OUTCOME, path, message, key=True,
                detail=shown(outcome), suggestion=guess, help=advice,
            )  # fmt: skip
    missing = [name for name in declared if name not in flow.exits[state]]
    if missing and "error" not in flow.exits[state]:
        message = f"this run has no exit for `{missing[0]}`"
        advice = "add it under `on:`, or an exit for `error`"
        yield flow.at(Code.UNHANDLED, ("states", state), message, key=True, help=advice)
