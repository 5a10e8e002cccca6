"""The flow of calls that no flow takes: it turns them away, on the record like any other."""

from __future__ import annotations

from functools import cache

from ivr.core.program import Defaults, Program, State
from ivr.expr.speech_format import Speaker
from ivr.states import registry

BUNDLE = "builtin"
FLOW = "unserved"


@cache
def unserved() -> Program:
    """A program of one state, which rejects the call."""
    kind = registry()["reject"]
    state = State("turn_away", kind, kind.Options(type="reject"), {})
    return Program(
        flow=FLOW,
        bundle=BUNDLE,
        start=state.name,
        states={state.name: state},
        prompts={},
        calendars={},
        declarations={},
        initial={},
        inputs=(),
        outputs=(),
        outcomes=(),
        defaults=Defaults(),
        speaker=Speaker(),
        language="en-GB",
        env={},
        flows={},
        title="Calls that no flow takes",
    )
