"""Outcomes that will happen and have no exit, and faults that nobody foresees."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow
from ivr.flow.declared import sentence
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.schema_words import outcome_words
from ivr.flow.ways import exit_taken

NEEDS = ("on",)


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Every outcome that a state must have an exit for, fallbacks and the top `on:` counted."""
    for name, (kind, _) in flow.states.items():
        for outcome in kind.must:
            if outcome != "give_up" and exit_taken(kind, flow.exits[name], outcome) is None:
                yield _unhandled(flow, name, outcome)
    if "error" not in flow.options.on and not flow.options.outcomes:
        message = "the flow has no exit for what nobody foresaw, such as a value that is missing"
        advice = "add `on: { error: a_state }` at the top; without it the call just ends"
        yield flow.at(Code.NO_ERROR_EXIT, ("states",), message, key=True, help=advice)


def _unhandled(flow: CheckedFlow, name: str, outcome: str) -> Diagnostic:
    kind = flow.states[name].type
    if outcome == "next":
        message, advice = f"this {kind.name} does not say what comes next", "add `next: a_state`"
    else:
        message = f"this {kind.name} has no exit for `{outcome}`"
        words = sentence(outcome_words(kind.name, outcome))
        advice = f"add `{outcome}:` under `on:` ({words})"
    return flow.at(Code.UNHANDLED, ("states", name), message, key=True, help=advice)
