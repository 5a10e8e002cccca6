"""Made-up values of every type, for business systems that are not there, and made-up meetings."""

from __future__ import annotations

import json
from urllib.parse import quote

from ivr.core.program import Program, State
from ivr.core.values import Meeting
from ivr.expr.types import Declaration

ITEMS = 3
CHAT = "19:meeting_sample@thread.v2"
SOMEWHERE = "00000000-0000-4000-8000-00000000cafe"
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


def sample_meeting(organizer: str) -> Meeting:
    """An online meeting of somebody's, with a link of the form that tells which meeting it is."""
    context = quote(json.dumps({"Tid": SOMEWHERE, "Oid": organizer or SOMEWHERE}))
    return Meeting(
        link=f"https://teams.microsoft.com/l/meetup-join/{quote(CHAT)}/0?context={context}",
        number="123456789012",
        passcode="sample",
        organizer=organizer,
        chat=CHAT,
    )


def sample(declared: Declaration) -> object:
    """A plain JSON value of a declared type."""
    if declared.type == "list":
        return [sample(declared.item or Declaration("text")) for _ in range(ITEMS)]
    if declared.type == "record":
        return {name: sample(each) for name, each in (declared.fields or {}).items()}
    return SCALARS.get(declared.type, "sample")
