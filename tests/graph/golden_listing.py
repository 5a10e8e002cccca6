"""What a notification became, as lines of text: kinds and scalars, with ids cut short, no names."""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec
from msgspec import structs

from ivr.core.events import AnyEvent, Arrival
from ivr.core.values import Caller, Participant, kind_of
from ivr.graph.decode import Decoded, Notifications

GOLDEN = Path(__file__).parent / "golden"
SHARED = Path(os.environ.get("SHARED_DIR", Path(__file__).parents[3] / "shared"))
EXAMPLES = SHARED / "graph" / "examples"
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"

_SHORTENED = {"to", "effect", "tenant", "location", "token"}


def told(decoded: Decoded) -> list[str]:
    """One line for each event; for anything but notifications, what it is."""
    if not isinstance(decoded, Notifications):
        return [type(decoded).__name__.lower()]
    lines = [_arrival(arrival) for arrival in decoded.items]
    lines += ["empty"] if decoded.empty else []
    return lines + ([f"skipped {decoded.skipped}"] if decoded.skipped else [])


def documented(folder: str) -> dict[str, dict[str, object]]:
    """The published examples by file name, read in place; none where they are absent."""
    files = sorted((EXAMPLES / folder).glob("*.json"))
    return {file.name: json.loads(file.read_text()) for file in files}


def _arrival(arrival: Arrival) -> str:
    line = f"{arrival.call_id[:8]} {event_line(arrival.event)}"
    return f"{line} @{arrival.tenant[:8]}" if arrival.tenant else line


def event_line(event: AnyEvent) -> str:
    """The event's kind and those of its members that are not as always."""
    kind = kind_of(event)
    defaults = {field.name: field.default for field in msgspec.structs.fields(type(event))}
    members = [
        f"{name}={_value(name, value)}"
        for name, value in structs.asdict(event).items()
        if value != defaults[name]
    ]
    return " ".join([kind, *members])


def _value(name: str, value: object) -> str:
    if isinstance(value, Caller):
        return "/".join(part for part in (value.kind, value.id[:8], value.language) if part)
    if isinstance(value, tuple):
        return f"[{', '.join(_value(name, each) for each in value)}]"
    if isinstance(value, Participant):
        return _participant(value)
    return str(value)[:8] if name in _SHORTENED else str(value)


def _participant(one: Participant) -> str:
    words = [word for word, is_so in (("muted", one.muted), ("lobby", one.in_lobby)) if is_so]
    return " ".join([f"{one.id[:8]}={one.kind}/{one.identity[:8]}", *words])
