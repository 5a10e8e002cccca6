"""Made-up values of every type, for business systems that are not there."""

from __future__ import annotations

import json

from ivr.core.program import Program, State
from ivr.expr.types import Declaration

ITEMS = 3
SCALARS: dict[str, object] = {
    "text": "sample",
    "digits": "1234",
    "number": 3,
    "money": 12.5,
    "date": "2026-01-15",
    "time": "10:30",
    "date_time": "2026-01-15T10:30:00+00:00",
    "phone": "+442079460123",
    "yes_no": False,
    "recording": {"url": "https://sample.invalid/clip.wav", "seconds": 3, "ended_by": "end_key"},
}


def sample_body(program: Program, state: State) -> str:
    """A JSON body that fits what the state saves; an empty object where it saves nothing."""
    save_as = getattr(state.options, "save_as", None)
    declared = program.declarations.get(save_as or "")
    return json.dumps(sample(declared) if declared is not None else {})


def sample(declared: Declaration) -> object:
    """A plain JSON value of a declared type."""
    if declared.type == "list":
        return [sample(declared.item or Declaration("text")) for _ in range(ITEMS)]
    if declared.type == "record":
        return {name: sample(each) for name, each in (declared.fields or {}).items()}
    return SCALARS.get(declared.type, "sample")
