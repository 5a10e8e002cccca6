"""Thin slice: reads a document into options."""

from __future__ import annotations

import msgspec

from ivr.core.options import StateOptions, _decode
from ivr.flow.checked import CheckedFlow, CheckedState
from ivr.flow.compile import Shared
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.document import Document
from ivr.flow.flow_options import FlowOptions
from ivr.states import registry


def validate(document: Document, shared: Shared) -> tuple[CheckedFlow | None, list[Diagnostic]]:
    """The flow, and what is wrong with it."""
    found: list[Diagnostic] = []
    states: dict[str, CheckedState] = {}

    def wrong(message: str, *path: str) -> None:
        found.append(Diagnostic(Code.WRONG_KIND, message, document.file, document.where(path)))

    try:
        options = msgspec.convert(document.value, FlowOptions, dec_hook=_decode)
    except msgspec.ValidationError as error:
        wrong(str(error))
        return None, found
    for name, raw in options.states.items():
        kind = registry().get(raw.get("type", "") if isinstance(raw, dict) else "")
        if kind is None:
            wrong("this state has no known type", "states", name)
            continue
        try:
            made: StateOptions = msgspec.convert(raw, kind.Options, dec_hook=_decode)
            states[name] = CheckedState(kind, made)
        except msgspec.ValidationError as error:
            wrong(str(error), "states", name)
    return CheckedFlow(document, options, states, shared), found
