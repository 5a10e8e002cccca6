"""Flows that come with the engine: compiled by hand, as nobody writes or checks them."""

from __future__ import annotations

from ivr.core.options import convert
from ivr.core.program import Defaults, Program, State
from ivr.expr.speech_format import Speaker
from ivr.states import registry

BUNDLE = "builtin"


def state(name: str, exits: dict[str, str], **options: object) -> State:
    """One state, as a flow would have it; `exits` lead to other states."""
    kind = registry()[str(options["type"])]
    return State(name, kind, convert(options, kind.Options), exits)


def program(flow: str, title: str, *states: State) -> Program:
    """A program that begins with the first of its states."""
    return Program(
        flow=flow,
        bundle=BUNDLE,
        start=states[0].name,
        states={each.name: each for each in states},
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
        title=title,
    )
