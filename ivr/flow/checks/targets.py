"""Exits that lead to a state which does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.diagnostics import Code, Diagnostic, Related
from ivr.flow.mistakes import shown

NEEDS = ()


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Every name of a state that is none, with the one that was probably meant."""
    known = frozenset(flow.state_names)
    for target, path in targets_of(flow):
        if target not in known:
            yield _unknown(flow, target, path)


def targets_of(flow: CheckedFlow) -> Iterator[tuple[str, Path]]:
    """Every name of a state that the flow mentions, with its place."""
    options = flow.options
    if "start" not in flow.damaged:
        yield options.start, ("start",)
    yield from ((way.target, way.path) for way in flow.ways)
    yield from ((way.go, ("on", outcome, "go")) for outcome, way in options.on.items())
    for key, entry in (("call_out", options.call_out), ("join", options.join)):
        for outcome, way in entry.on.items() if entry is not None else ():
            yield way.go, (key, "on", outcome, "go")


def _unknown(flow: CheckedFlow, target: str, path: Path) -> Diagnostic:
    guess = flow.near(target, flow.state_names)
    place = flow.document.where(("states", guess or ""), key=True)
    related = (Related(place, "a state with a similar name is defined here"),) if guess else ()
    message = "this leads to a state that does not exist"
    return flow.at(
        Code.UNKNOWN_STATE, path, message, detail=shown(target), suggestion=guess, related=related
    )
