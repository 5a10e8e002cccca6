"""Values that go where there is nothing to put them, or where they can never be stored."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.mistakes import shown
from ivr.flow.storing import Storing, storings, why_unfit

NEEDS = ("vars", "input", "output")
_PLACES = {
    "vars": (Code.UNKNOWN_VARIABLE, "there is no such variable", "declare it under `vars:`"),
    "output": (Code.SUB_FLOW, "the flow has no such output", "declare it under `output:`"),
    "input": (Code.SUB_FLOW, "the flow that is run takes no such input", "see its `input:`"),
}


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """The `set`, `values` and `with` of every state."""
    for storing in storings(flow):
        if storing.name not in storing.known:
            yield _unknown(flow, storing)
            continue
        wrong = why_unfit(storing, flow.scope)
        if wrong:
            yield flow.at(Code.VALUE_TYPE, storing.path, wrong)


def _unknown(flow: CheckedFlow, storing: Storing) -> Diagnostic:
    code, message, advice = _PLACES[storing.into]
    guess = flow.near(storing.name, storing.known)
    return flow.at(
        code,
        storing.path,
        message,
        key=True,
        detail=shown(storing.name),
        suggestion=guess,
        help="" if guess else advice,
    )
