"""Targets of transfers, redirects and outgoing calls that nobody can be reached at."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.values import parse_target
from ivr.expr.declarations import SPOKEN
from ivr.expr.template import Template
from ivr.flow.checked import CheckedFlow
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.uses import Use

NEEDS = ("vars", "input")
_TEXTS = frozenset({"text", "phone", "digits", "unknown", "empty"})
_ADVICE = "write user:ID, app:ID, instance:ID or phone:+442079460123, or a name such as ${env.desk}"


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """What is written out and is no target, and variables that cannot hold one."""
    for use in flow.uses:
        if use.place == "target" and isinstance(use.what, Template):
            yield from _target(flow, use, use.what)


def _target(flow: CheckedFlow, use: Use, text: Template) -> Iterator[Diagnostic]:
    if text.is_fixed:
        target = parse_target(text.source)
        if target is None:
            message = "this is nobody whom a call can be sent to"
            yield flow.at(Code.TARGET, use.path, message, help=_ADVICE)
        elif use.path[-1] == "from" and target.kind != "instance":
            message = "only a resource account calls: instance:ID"
            yield flow.at(Code.TARGET, use.path, message)
    elif text.single is not None:
        kind = text.single.type(flow.scope).type
        if kind not in _TEXTS | {"list", "record", "recording"}:
            message = f"a target is a phone number or a text, not {SPOKEN[kind]}"
            yield flow.at(Code.TARGET, use.path, message, help=_ADVICE)
