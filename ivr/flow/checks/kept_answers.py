"""`roster` and `meeting`: whose name the meeting is in, and variables that can keep the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.core.options import StateOptions
from ivr.core.values import parse_target
from ivr.expr.declarations import SPOKEN, TEXT, YES_NO
from ivr.expr.types import Declaration, fits
from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.states.meeting import MeetingOptions
from ivr.states.roster import RosterOptions

NEEDS = ("vars", "input")
_PERSON = {"id": TEXT, "kind": TEXT, "name": TEXT, "muted": YES_NO}
_MEETING = {"link": TEXT, "number": TEXT, "passcode": TEXT}


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Each variable against what is stored in it, field by field."""
    for name, (_, options) in flow.states.items():
        path: Path = ("states", name)
        if isinstance(options, MeetingOptions):
            yield from _organizer(flow, path, options)
        wanted = _wanted(options)
        if wanted is not None:
            yield from _kept(flow, (*path, "save_as"), *wanted)


def _wanted(options: StateOptions) -> tuple[str, Declaration] | None:
    """The variable, and the type of what is stored in it."""
    if isinstance(options, RosterOptions):
        item = Declaration("record", fields=_PERSON)
        return options.save_as, Declaration("list", item=item)
    if isinstance(options, MeetingOptions):
        return options.save_as, Declaration("record", fields=_MEETING)
    return None


def _kept(flow: CheckedFlow, path: Path, name: str, given: Declaration) -> Iterator[Diagnostic]:
    kept = flow.variables.get(name)
    if kept is None or kept.type == "unknown":
        return
    if kept.type != given.type:
        message = f"what is saved here needs a variable of type {given.type}"
        yield flow.at(Code.VALUE_TYPE, path, message, detail=f"`{name}` is {SPOKEN[kept.type]}")
        return
    inside, told = (kept.item, given.item) if given.type == "list" else (kept, given)
    if inside is not None and told is not None:
        yield from _fields(flow, path, inside, told.fields or {})


def _fields(
    flow: CheckedFlow, path: Path, kept: Declaration, told: Mapping[str, Declaration]
) -> Iterator[Diagnostic]:
    if kept.type not in {"record", "unknown"}:
        message = f"each item that is saved here is a record, not {SPOKEN[kept.type]}"
        yield flow.at(Code.VALUE_TYPE, path, message)
        return
    for field, declared in (kept.fields or {}).items():
        if field not in told:
            guess = flow.near(field, told)
            advice = "" if guess else f"it has: {', '.join(told)}"
            message = f"what is saved here has no field `{field}`"
            yield flow.at(Code.VALUE_TYPE, path, message, suggestion=guess, help=advice)
        elif not fits(told[field], declared):
            message = f"the field `{field}` of what is saved here is {SPOKEN[told[field].type]}"
            yield flow.at(Code.VALUE_TYPE, path, message)


def _organizer(flow: CheckedFlow, path: Path, options: MeetingOptions) -> Iterator[Diagnostic]:
    text = options.organizer.template
    target = parse_target(text.source) if text.is_fixed else None
    if target is not None and target.kind != "user":
        message = "only a user has meetings: user:ID"
        yield flow.at(Code.TARGET, (*path, "organizer"), message)
