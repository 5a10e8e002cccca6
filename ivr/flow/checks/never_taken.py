"""Exits of a request for answers that are `ok` already."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.states.http import HttpOptions

NEEDS = ()


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """A warning for each exit such as `"201"`: any 2xx answer takes `ok`."""
    for name, state in flow.states.items():
        if isinstance(state.options, HttpOptions):
            for outcome in state.options.on:
                if outcome.startswith("2"):
                    message = "any 2xx answer is `ok`, so this exit is never taken"
                    path = ("states", name, "on", outcome)
                    yield flow.at(Code.NEVER_TAKEN, path, message, key=True)
