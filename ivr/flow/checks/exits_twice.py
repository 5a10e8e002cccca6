"""Two exits for one outcome: one of them would never be taken."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.options import StateOptions, WithExits
from ivr.core.state_type import StateType
from ivr.flow.checked import CheckedFlow
from ivr.flow.diagnostics import Code, Diagnostic, Related

NEEDS = ()


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """`next:` beside the outcome that it stands for, and `hash` beside `pound`."""
    for name, (kind, options) in flow.states.items():
        if not isinstance(options, WithExits):
            continue
        if options.next is not None:
            twice = next((each for each in options.on if _is_next(kind, each)), None)
            if twice is not None:
                yield _twice(flow, ("states", name, "next"), ("states", name, "on", twice))
        if "hash" in options.on and "pound" in options.on:
            on = ("states", name, "on")
            yield _twice(flow, (*on, "hash"), (*on, "pound"))


def _is_next(kind: StateType[StateOptions], outcome: str) -> bool:
    return outcome == "next" or kind.fallback(outcome) == "next"


def _twice(flow: CheckedFlow, path: tuple[str, ...], other: tuple[str, ...]) -> Diagnostic:
    message = f"`{path[-1]}` and `{other[-1]}` are the same way on"
    related = (Related(flow.document.where(other, key=True), "the other one"),)
    advice = "keep one of the two"
    return flow.at(Code.TWO_EXITS, path, message, key=True, help=advice, related=related)
