"""What the language has and this version of the engine does not do yet."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.states.transfer import TransferOptions

NEEDS = ()


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """A warning for each, so that nobody waits for calls that are never placed."""
    for name, state in flow.states.items():
        if isinstance(state.options, TransferOptions) and state.options.mode == "consult":
            message = "this version hands the caller on at once, without speaking to the other side"
            yield flow.at(Code.LATER, ("states", name, "mode"), message)
    if flow.options.call_out is not None:
        message = "this is checked, but this version of the engine does not place calls"
        yield flow.at(Code.LATER, ("call_out",), message, key=True)
    if flow.options.join is not None:
        message = "this is checked, but this version of the engine does not join meetings"
        yield flow.at(Code.LATER, ("join",), message, key=True)
