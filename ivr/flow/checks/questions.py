"""Questions that a caller can fall through: no way on after the last attempt, or no key at all."""

from __future__ import annotations

from collections.abc import Iterator, Set

from ivr.flow.checked import CheckedFlow
from ivr.flow.diagnostics import Code, Diagnostic

NEEDS = ("on",)


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """A menu or collect without `give_up`, here or at the top; a menu without a single key."""
    for name, (kind, _) in flow.states.items():
        exits = flow.exits[name]
        if "give_up" in kind.outcomes and not _gives_up(exits.keys()):
            message = f"this {kind.name} has no exit for callers who do not answer"
            advice = "add `give_up:` under `on:`, or once for all questions in the `on:` at the top"
            yield flow.at(Code.NO_GIVE_UP, ("states", name), message, key=True, help=advice)
        if kind.name == "menu" and not any(kind.is_pressed(outcome) for outcome in exits):
            message, advice = "this menu takes no key", 'add a key under `on:`, such as "1"'
            yield flow.at(Code.UNHANDLED, ("states", name), message, key=True, help=advice)


def _gives_up(outcomes: Set[str]) -> bool:
    return "give_up" in outcomes or outcomes >= {"no_input", "no_match"}
