"""Expressions and texts with `${}` that cannot be read, or do not fit the declared types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.expr.expression import Expression, ExpressionError
from ivr.expr.types import Declaration
from ivr.flow.checked import CheckedFlow
from ivr.flow.declared import sentence
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.offsets import span_within
from ivr.flow.uses import Use
from ivr.states.collect import CollectOptions

NEEDS = ("vars", "input", "secret_env")
MOST_FAULTS = 20
_VALUES = frozenset({"set", "with", "values", "json"})
"""Places where a value keeps its type, so that a list is welcome."""


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Every fault, at the column where it is; of one text at most `MOST_FAULTS`."""
    for use in flow.uses:
        for fault in _faults(flow, use)[:MOST_FAULTS]:
            yield _finding(flow, use, fault)


def _faults(flow: CheckedFlow, use: Use) -> list[ExpressionError]:
    if isinstance(use.what, Expression):
        return use.what.check(_scope(flow, use), condition=True)
    return use.what.check(flow.scope, as_text=use.place not in _VALUES)


def _scope(flow: CheckedFlow, use: Use) -> Mapping[str, Declaration]:
    """Within `check`, the answer is there too."""
    if use.place != "check":
        return flow.scope
    options = flow.states[use.state].options
    saved = options.save_as if isinstance(options, CollectOptions) else None
    declared = flow.variables.get(saved or "")
    is_secret = declared is not None and declared.secret
    return {**flow.scope, "value": Declaration("digits", secret=is_secret)}


def _finding(flow: CheckedFlow, use: Use, fault: ExpressionError) -> Diagnostic:
    span = span_within(use.document, use.path, use.what.source, fault.offset, fault.length)
    code = Code.UNKNOWN_VARIABLE if fault.name else Code.EXPRESSION
    return Diagnostic(
        code,
        sentence(fault.message),
        use.document.file,
        span,
        suggestion=flow.near(fault.name, fault.candidates) if fault.name else None,
        help=_advice(flow, use, fault),
    )


def _advice(flow: CheckedFlow, use: Use, fault: ExpressionError) -> str:
    if use.document is not flow.document:
        return f"the flow {flow.name} uses this prompt"
    if ("secret_env", fault.name) in use.names:
        return "its name has to stand under `secret_env:` at the top"
    return ""
