"""Calendars that do not exist, and calendars that make no sense."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow, Path, finding
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.document import Document
from ivr.flow.hours import read_calendar
from ivr.flow.mistakes import shown

NEEDS = ("timezone",)


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Unknown names, and what is wrong with the calendars that are used or the flow's own."""
    used = flow.named_calendars
    for name, places in used.items():
        if name not in flow.calendars and "calendars" not in flow.damaged:
            yield from (_unknown(flow, name, path) for path in places)
    for name, options in flow.calendars.items():
        place = _place(flow, name)
        if place is None or (name not in used and name not in flow.options.calendars):
            continue
        document, path = place
        for mistake in read_calendar(options, flow.options.timezone)[1]:
            yield finding(document, Code.CALENDAR, (*path, *mistake.path), mistake.message)


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
