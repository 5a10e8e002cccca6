"""Exits for a hang-up that lead to a state which needs the caller, who has gone by then."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.diagnostics import Code, Diagnostic, Related

NEEDS = ()


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """A warning for each: the call just ends there, with the result `caller_hung_up`."""
    ways = [(way.target, way.path) for way in flow.ways if way.outcome == "hangup"]
    if "hangup" in flow.options.on:
        ways.append((flow.options.on["hangup"].go, ("on", "hangup", "go")))
    for target, path in ways:
        if needs_caller(flow, target):
            yield _gone(flow, target, path)


def needs_caller(flow: CheckedFlow, name: str) -> bool:
    """Whether a state cannot do without the caller."""
    state = flow.states.get(name)
    return state is not None and state.type.line(state.options) == "needed"


def _gone(flow: CheckedFlow, target: str, path: Path) -> Diagnostic:
    kind = flow.states[target].type.name
    message = f"the caller has gone by then, and this {kind} needs the caller"
    advice = "lead to an http, set, choose or hangup state; as it is, the call ends there"
    place = flow.document.where(("states", target), key=True)
    related = (Related(place, "the state is defined here"),)
    return flow.at(Code.GONE_BY_THEN, path, message, help=advice, related=related)
