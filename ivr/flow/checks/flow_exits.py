"""The exits at the top of a flow: each must be an outcome that some state can have."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow
from ivr.flow.compile import EVERYWHERE
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.mistakes import shown

NEEDS = ("states",)


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """A misspelt outcome is an error; one that no state here can have is never taken."""
    used = {state.type.name: state.type for state in flow.states.values()}
    for outcome in flow.options.on:
        if outcome in EVERYWHERE or any(kind.allows(outcome) for kind in used.values()):
            continue
        known = [*EVERYWHERE, *(each for kind in used.values() for each in kind.outcomes)]
        guess = flow.near(outcome, known)
        code = Code.UNKNOWN_OUTCOME if guess else Code.NEVER_TAKEN
        message = "no state of this flow has this outcome"
        yield flow.at(
            code, ("on", outcome), message, key=True, detail=shown(outcome), suggestion=guess
        )
