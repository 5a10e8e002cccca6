"""`share`: the service that plays our prompts does not let us share a screen."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.states.share import ShareOptions

NEEDS = ()


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """A warning for each: Graph allows it only where the application hosts the media itself."""
    for name, state in flow.states.items():
        if isinstance(state.options, ShareOptions):
            message = "with media that the service plays nobody can share a screen: this will fail"
            advice = "lead its `failed` to where the call goes on without"
            yield flow.at(Code.ONLY_FAILS, ("states", name), message, key=True, help=advice)
