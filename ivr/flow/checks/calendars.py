"""Calendars that do not exist, and calendars that make no sense."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow, Path, finding
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.document import Document
from ivr.flow.hours import read_calendar
from ivr.flow.mistakes import shown
from ivr.states.hours import HoursOptions

NEEDS = ("calendars", "call_out", "timezone")


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Unknown names, and what is wrong with the calendars that are used or the flow's own."""
    named = dict(_named(flow))
    for path, name in named.items():
        if name not in flow.calendars:
            yield _unknown(flow, name, path)
    used = set(named.values())
    for name, options in flow.calendars.items():
        place = _place(flow, name)
        if place is None or (name not in used and name not in flow.options.calendars):
            continue
        document, path = place
        for mistake in read_calendar(options, flow.options.timezone)[1]:
            yield finding(document, Code.CALENDAR, (*path, *mistake.path), mistake.message)


def _named(flow: CheckedFlow) -> Iterator[tuple[Path, str]]:
    for name, state in flow.states.items():
        if isinstance(state.options, HoursOptions):
            yield ("states", name, "calendar"), state.options.calendar
    call_out = flow.options.call_out
    if call_out is not None and call_out.only_in is not None:
        yield ("call_out", "only_in"), call_out.only_in


def _unknown(flow: CheckedFlow, name: str, path: Path) -> Diagnostic:
    guess = flow.near(name, flow.calendars)
    message = "there is no calendar of this name"
    advice = "" if guess else f"add `{name}:` with its hours under `calendars:`"
    return flow.at(
        Code.UNKNOWN_CALENDAR, path, message, detail=shown(name), suggestion=guess, help=advice
    )


def _place(flow: CheckedFlow, name: str) -> tuple[Document, Path] | None:
    if name in flow.options.calendars:
        return flow.document, ("calendars", name)
    shared = flow.shared.calendars_document
    return (shared, (name,)) if shared is not None else None
