"""States from which a call never comes to an end by itself."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.graph import Arrows, circles, reached, reversed_arrows

NEEDS = ("states", "on")
_MOST_NAMED = 5


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """One error for each circle that no way leads out of, and for each state without a way on.

    What a hang-up or a fault leads to does not count, nor do states that only lead there.
    """
    arrows = ordinary_arrows(flow)
    ends = [name for name, state in flow.states.items() if state.type.ends]
    unknown = [name for targets in arrows.values() for name in targets if name not in flow.states]
    lost = set(arrows) - reached([*ends, *unknown], reversed_arrows(arrows))
    for circle in _without_way_out(arrows, lost):
        yield _endless(flow, circle)


def ordinary_arrows(flow: CheckedFlow) -> dict[str, list[str]]:
    """Where each state leads while the caller is there and nothing goes wrong."""
    return {
        name: [edge.target for edge in edges if edge.outcome != "hangup"]
        for name, edges in flow.edges.items()
    }


def _without_way_out(arrows: Arrows, lost: set[str]) -> Iterator[list[str]]:
    """Of the lost states, those that are not lost because of others.

    A state with no way on at all lacks an outcome, which is another check's finding.
    """
    for circle in circles({name: arrows[name] for name in arrows if name in lost}):
        inside = set(circle)
        if all(target in inside for name in circle for target in arrows[name]):
            yield circle


def _endless(flow: CheckedFlow, circle: list[str]) -> Diagnostic:
    if len(circle) == 1:
        message = "this state leads only to itself, so the call never ends"
    else:
        message = "from here on the call never ends: these states lead only to each other"
    names = ", ".join(circle[:_MOST_NAMED]) + (", …" if len(circle) > _MOST_NAMED else "")
    advice = "add an exit that leads to a `hangup`"
    return flow.at(Code.NO_END, ("states", circle[0]), message, key=True, detail=names, help=advice)
