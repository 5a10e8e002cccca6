"""A history as a person reads it: one line for each thing, in order, and who did it to whom.

     caller        Graph            nodes
4.1  presses 6  >
4.2                tone 1         > n1#1
4.2                               . n1#1  v5 menu: 1 -> stop_media.4
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ivr.core.events import AnyEvent, TonePressed
from ivr.core.values import kind_of
from ivr.simulator.trials.entries import (
    Asked,
    CallRang,
    CarriedOut,
    Claimed,
    ClipKept,
    Committed,
    Declined,
    Delivered,
    Entry,
    Heard,
    HungUp,
    Learned,
    Leased,
    LineEnded,
    NodeChanged,
    NotCommitted,
    Phase,
    Pressed,
    Replied,
    Sent,
    Struck,
    Told,
)
from ivr.simulator.trials.history import History
from ivr.simulator.trials.loop import SECOND

CALLER, GRAPH, NODE = 0, 18, 46
NOTHING_LOST = 1


def ladder(history: History, call: str = "") -> Iterator[str]:
    """The lines; of one call only, if it is named, with what concerns all."""
    told: dict[int, AnyEvent] = {}
    for entry in history:
        if isinstance(entry, Told):
            told[entry.number] = entry.event
        named = getattr(entry, "call", "")
        if call and named and named != call:
            continue
        line = _line(entry, told)
        if line:
            yield f"{entry.at / SECOND:9.3f}  {line}"


def _line(entry: Entry, told: dict[int, AnyEvent]) -> str:
    if isinstance(entry, Delivered | Replied):
        event = told.get(entry.number)
        what = _event(event) if event is not None else "an empty post"
        return _delivery(entry, what)
    writer: Callable[[Any], str] | None = _LINES.get(type(entry))
    return writer(entry) if writer else ""


def _delivery(entry: Delivered | Replied, what: str) -> str:
    if isinstance(entry, Delivered):
        return _at(GRAPH, f"#{entry.number} {what}", f"> {entry.node}")
    return _at(GRAPH, f"#{entry.number} {entry.reply}", f"< {entry.node}")


def _at(column: int, left: str, right: str = "") -> str:
    text = " " * column + left
    return f"{text:<{NODE}}{right}" if right else text


def _event(event: AnyEvent) -> str:
    if isinstance(event, TonePressed):
        return f"tone {event.key} ({event.sequence})"
    members = [
        f"{name}={value}"
        for name in ("progress", "audio", "failure", "reason", "code", "kind", "checked", "leg")
        if (value := getattr(event, name, None)) not in (None, "", False)
    ]
    effect = getattr(event, "effect", "")
    return " ".join([kind_of(event), *([_short(effect)] if effect else []), *members])


def _short(effect: str) -> str:
    """An effect by its number: the call stands elsewhere."""
    return f".{effect.partition('.')[2]}" if "." in effect else effect


def _committed(entry: Committed) -> str:
    wants = " ".join(f"{kind_of(effect)}{_short(effect.id)}" for effect in entry.effects)
    path = " ".join(f"{each.state}:{each.outcome}" for each in entry.trace)
    state = entry.snapshot.visits[-1].state if entry.snapshot.visits else ""
    words = (
        f"  v{entry.version} {_event(entry.event)}: {entry.verdict} {entry.snapshot.phase}/{state}"
    )
    words += f" [{path}]" if path else ""
    words += f" wants {wants}" if wants else ""
    words += " (reported as failed)" if entry.unsure else ""
    return _at(NODE, f". {entry.node}{words}")


_LINES: dict[type[Entry], Callable[[Any], str]] = {
    CallRang: lambda e: _at(CALLER, f"rings {e.flow} ({e.call[:8]})"),
    Pressed: lambda e: _at(CALLER, f"presses {e.key}" + ("" if e.sequence else ", unheard")),
    HungUp: lambda e: _at(CALLER, "hangs up"),
    Heard: lambda e: _at(CALLER, f"hears {e.name} ({_short(e.context)})"),
    LineEnded: lambda e: _at(GRAPH, f"the line is down: {e.reason}"),
    Committed: _committed,
    NotCommitted: lambda e: _at(NODE, f". {e.node}  could not write: {e.why}"),
    Claimed: lambda e: _at(
        NODE,
        f". {e.node}  {'takes over' if e.taken_over else 'claims'} {_short(e.effect)}"
        + (", begun" if e.begun else ""),
    ),
    Sent: lambda e: _at(GRAPH, f"{e.kind}{_short(e.effect.id)}", f"< {e.node}  request {e.number}"),
    CarriedOut: lambda e: _at(GRAPH, f"{e.kind}{_short(e.effect)} is done ({e.number})"),
    Declined: lambda e: _at(GRAPH, f"{e.kind}{_short(e.effect)} is refused: {e.why} ({e.number})"),
    Learned: lambda e: _at(
        GRAPH, f"{e.kind}{_short(e.effect)} ({e.number})", f"> {e.node}  learns: {e.outcome}"
    ),
    Asked: lambda e: _at(NODE, f". {e.node}  asks {e.method} {e.url}"),
    ClipKept: lambda e: _at(NODE, f". {e.node}  keeps {e.clip}"),
    NodeChanged: lambda e: _at(NODE, f". {e.node}  is {e.state}"),
    Struck: lambda e: f"  ! {e.fault} at {e.place}",
    Phase: lambda e: f"  = {e.name}",
    Leased: lambda e: "" if e.until else _at(NODE, f". {e.node}  has no lease"),
}
