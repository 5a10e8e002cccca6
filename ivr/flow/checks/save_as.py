"""`save_as:` must name a variable that can hold what the state gives."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.asking import QuestionOptions
from ivr.core.options import StateOptions
from ivr.expr.declarations import SPOKEN
from ivr.flow.checked import CheckedFlow
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.mistakes import shown
from ivr.states.record import RecordOptions
from ivr.states.run import RunOptions

NEEDS = ("vars", "input")


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Unknown variables, and such of another type."""
    for state, (_, options) in flow.states.items():
        name = getattr(options, "save_as", None)
        if name is None:
            continue
        path = ("states", state, "save_as")
        if name not in flow.variables:
            yield _unknown(flow, path, name)
            continue
        kind, wanted = flow.variables[name].type, _wanted(options)
        if wanted and kind not in {*wanted, "unknown"}:
            message = f"what is saved here needs a variable of type {wanted[0]}"
            yield flow.at(Code.VALUE_TYPE, path, message, detail=f"`{name}` is {SPOKEN[kind]}")


def _wanted(options: StateOptions) -> tuple[str, ...]:
    """The types that will do, the best one first; none where any will."""
    if isinstance(options, QuestionOptions):
        return ("digits", "text")
    if isinstance(options, RecordOptions):
        return ("recording",)
    return ("record",) if isinstance(options, RunOptions) else ()


def _unknown(flow: CheckedFlow, path: tuple[str, ...], name: str) -> Diagnostic:
    guess = flow.near(name, flow.variables)
    message = "there is no such variable"
    advice = "" if guess else "declare it under `vars:`"
    return flow.at(
        Code.UNKNOWN_VARIABLE, path, message, detail=shown(name), suggestion=guess, help=advice
    )
