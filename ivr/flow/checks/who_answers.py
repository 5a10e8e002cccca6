"""Questions while several people may be on the call: nobody can tell who has pressed a key."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.asking import QuestionOptions
from ivr.flow.checked import CheckedFlow
from ivr.flow.checks.reachable import entries
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.graph import reached
from ivr.states.collect import CollectOptions
from ivr.states.invite import InviteOptions

NEEDS = ("on", "join", "call_out", "start", "vars", "input")


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """A warning for each that a meeting, or somebody who has joined, may come to.

    Where only `left` of an invite leads on, the invited one has gone by then.
    """
    leads_to = {name: [edge.target for edge in edges] for name, edges in flow.edges.items()}
    crowded = reached(_beginnings(flow), leads_to)
    for name, (_, options) in flow.states.items():
        if name in crowded and isinstance(options, QuestionOptions):
            yield from _question(flow, name, options)


def _beginnings(flow: CheckedFlow) -> list[str]:
    """Where a flow goes on with more than one person on the call."""
    joined = [
        edge.target
        for name, edges in flow.edges.items()
        for edge in edges
        if isinstance(flow.states[name].options, InviteOptions) and edge.taken == "joined"
    ]
    return joined + (entries(flow) if flow.options.join is not None else [])


def _question(flow: CheckedFlow, name: str, options: QuestionOptions) -> Iterator[Diagnostic]:
    declared = flow.variables.get(options.save_as or "")
    if isinstance(options, CollectOptions) and declared is not None and declared.secret:
        message = "no secret is asked for while several people are on the call: this is an `error`"
        advice = "ask for it before anybody joins"
        yield flow.at(Code.WHO_ANSWERS, ("states", name), message, key=True, help=advice)
    elif options.anyone not in {True, "yes"}:
        message = "several people may be on the call here, and nobody can tell who answers"
        advice = "where that does not matter, write `anyone: yes`"
        yield flow.at(Code.WHO_ANSWERS, ("states", name), message, key=True, help=advice)
