"""Secrets that would be spoken, shown or passed on. Only a condition, a header or a JSON body may
hold one, and a variable that is secret itself."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.expr.template import Template
from ivr.flow.checked import CheckedFlow
from ivr.flow.checks.expressions import MOST_FAULTS
from ivr.flow.declared import declarations
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.offsets import span_within
from ivr.flow.storing import storings
from ivr.flow.uses import Place, Use
from ivr.states.run import RunOptions

NEEDS = ("vars", "input", "output")
_FORBIDDEN: dict[Place, str] = {
    "prompt": "a secret must not be spoken",
    "url": "a secret must not stand in a URL, which other systems log",
    "query": "a secret must not stand in a URL, which other systems log",
    "target": "a secret must not be handed on with the call",
    "text": "a secret must not be used here",
}


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """What is put into texts, then what is put into variables."""
    for use in flow.uses:
        if use.place in _FORBIDDEN and isinstance(use.what, Template):
            yield from _inserts(flow, use, use.what)
    yield from _stored(flow)
    yield from _returned(flow)


def _inserts(flow: CheckedFlow, use: Use, text: Template) -> Iterator[Diagnostic]:
    told = [each for each in text.inserts if each.expression.is_secret(flow.scope)]
    for insert in told[:MOST_FAULTS]:
        span = span_within(use.document, use.path, text.source, insert.offset, len("${"))
        yield Diagnostic(Code.SECRET, _FORBIDDEN[use.place], use.document.file, span)


def _stored(flow: CheckedFlow) -> Iterator[Diagnostic]:
    for storing in storings(flow):
        wanted, template = storing.known.get(storing.name), storing.value.template
        if wanted is None or wanted.holds_secret or template is None:
            continue
        if template.is_secret(flow.scope):
            message = "a secret must not be stored where it is no longer one"
            advice = f"declare `{storing.name}` with `secret: true` as well"
            yield flow.at(Code.SECRET, storing.path, message, help=advice)


def _returned(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """What another flow returns as a secret goes into a variable that is one."""
    for state, other in flow.runs.items():
        options = flow.states[state].options
        sibling = flow.siblings.get(other)
        if sibling is None or not isinstance(options, RunOptions) or options.save_as is None:
            continue
        given = declarations(sibling.options.output)
        kept = flow.variables.get(options.save_as)
        if kept is None or kept.secret or not any(one.holds_secret for one in given.values()):
            continue
        message = f"the flow {other} returns a secret, and this variable is none"
        advice = f"declare `{options.save_as}` with `secret: true`"
        yield flow.at(Code.SECRET, ("states", state, "save_as"), message, help=advice)
