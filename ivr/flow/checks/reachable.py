"""States to which nothing leads."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow
from ivr.flow.checks.targets import targets_of
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.graph import reached

NEEDS = ("states", "start", "on", "call_out", "join")


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """A warning for each; none where an exit is misspelt, for that is likely the reason."""
    known = frozenset(flow.state_names)
    if any(target not in known for target, _ in targets_of(flow)):
        return
    leads_to = {name: [way.go for way in exits.values()] for name, exits in flow.exits.items()}
    found = reached(entries(flow), leads_to)
    for name in flow.state_names:
        if name not in found:
            message = "no call ever comes to this state"
            yield flow.at(Code.UNREACHABLE, ("states", name), message, key=True)


def entries(flow: CheckedFlow) -> list[str]:
    """The states in which a call may begin."""
    calls = (flow.options.call_out, flow.options.join)
    ways = [way.go for call in calls if call is not None for way in call.on.values()]
    return [flow.options.start, *ways]
