"""What follows a transfer that was answered: the caller has left, so nothing can need one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow
from ivr.flow.checks.hang_ups import needs_caller
from ivr.flow.diagnostics import Code, Diagnostic, Related
from ivr.flow.graph import reversed_arrows
from ivr.states.transfer import TransferOptions

NEEDS = ()


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """An error for each transfer whose `answered` leads to such a state, directly or not.

    Flow-wide exits do not count on the way: they are written for callers who are there.
    """
    nearest = _nearest_need(flow)
    for way in flow.ways:
        is_transfer = isinstance(flow.states[way.state].options, TransferOptions)
        if is_transfer and way.outcome == "answered" and way.target in nearest:
            place = flow.document.where(("states", nearest[way.target]), key=True)
            related = (Related(place, "this state needs the caller"),)
            message = "the caller has left by then, and what follows needs the caller"
            advice = "lead to a `hangup`, or to states such as http, set and choose before it"
            yield flow.at(Code.CALLER_GONE, way.path, message, help=advice, related=related)


def _nearest_need(flow: CheckedFlow) -> dict[str, str]:
    """For each state that needs the caller or leads to one that does: the nearest such state."""
    arrows: dict[str, list[str]] = {}
    for way in flow.ways:
        if not needs_caller(flow, way.state):
            arrows.setdefault(way.state, []).append(way.target)
    back = reversed_arrows(arrows)
    nearest = {name: name for name in flow.states if needs_caller(flow, name)}
    waiting = deque(nearest)
    while waiting:
        name = waiting.popleft()
        for before in back.get(name, ()):
            if before not in nearest:
                nearest[before] = nearest[name]
                waiting.append(before)
    return nearest
