"""Flows that run each other in a circle, or too deep inside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.core.limits import MAX_DEPTH
from ivr.flow.checked import CheckedFlow
from ivr.flow.diagnostics import Code, Diagnostic

NEEDS = ()


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """An error at each `run` that leads back to this flow, or further down than flows may go."""
    for state, other in flow.runs.items():
        path = ("states", state, "flow")
        below = depths(other, flow.siblings)
        if flow.name in below:
            message = "this flow would run itself again"
            detail = f"by way of {other}" if other != flow.name else ""
            yield flow.at(Code.RECURSION, path, message, detail=detail)
        elif len(below) >= MAX_DEPTH and max(below.values()) + 2 > MAX_DEPTH:
            message = f"flows run each other at most {MAX_DEPTH} deep"
            yield flow.at(Code.RECURSION, path, message)


def depths(begin: str, flows: Mapping[str, CheckedFlow]) -> dict[str, int]:
    """How far below `begin` each flow is that it runs, by the shortest way; itself at 0."""
    found, layer = {begin: 0}, [begin]
    while layer:
        below = [
            other
            for name in layer
            if name in flows
            for other in dict.fromkeys(flows[name].runs.values())
            if other not in found
        ]
        found.update(dict.fromkeys(below, found[layer[0]] + 1))
        layer = list(dict.fromkeys(below))
    return found
