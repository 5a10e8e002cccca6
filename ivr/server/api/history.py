"""A call's journal as the API shows it: the way it took, and what became of what it wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from msgspec.structs import asdict

from ivr.core.events import AnyEvent, EffectFailed, LegPlaced
from ivr.core.step import TraceEntry
from ivr.core.values import Millis
from ivr.ports import CallRow, JournalLine
from ivr.server.api.bodies import (
    CallHistory,
    CallShown,
    EffectShown,
    EventShown,
    Fate,
    MoveShown,
)
from ivr.server.api.desk import Place

PlaceOf = Callable[[str, str], Place | None]
"""From a flow and one of its states to where it is written."""

CALLING = ("place_call", "join_meeting")
Ending = tuple[Fate, str]


def shown(row: CallRow) -> CallShown:
    """One call in the list."""
    end, _, code = row.end.partition(" ")
    return CallShown(
        id=row.call_id,
        flow=row.flow,
        bundle=row.bundle,
        state=row.state,
        phase=row.phase,
        live=row.ended_at is None and row.phase != "ended",
        started_at=moment(row.started_at),
        ended_at=None if row.ended_at is None else moment(row.ended_at),
        result=row.result,
        end=end,
        code=code,
    )


def with_history(row: CallRow, journal: Sequence[JournalLine], place: PlaceOf) -> CallHistory:
    """One call with all that happened."""
    effects = list(_effects(row.call_id, journal))
    return CallHistory(
        **asdict(shown(row)),
        attempts=sum(effect.kind in CALLING for effect in effects),
        events=[_event(line, place) for line in journal],
        effects=effects,
    )


def moment(at: Millis) -> datetime:
    """Milliseconds since 1970 as a time in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC)


def _event(line: JournalLine, place: PlaceOf) -> EventShown:
    moves = [_move(entry, place) for entry in line.trace]
    return EventShown(moment(line.at), line.event, line.verdict, moves, list(line.effects))


def _move(entry: TraceEntry, place: PlaceOf) -> MoveShown:
    at = place(entry.flow, entry.state) or Place("", None)
    return MoveShown(**asdict(entry), file=at.file, line=at.line)


def _effects(call_id: str, journal: Sequence[JournalLine]) -> Iterator[EffectShown]:
    """Every effect in order.

    The journal names kinds only. An effect's id ends in its number within the call, which counts
    all that were ever wanted, so the n-th of them is the one with number n.
    """
    known = dict(_endings(call_id, journal))
    untold: Fate = "no_word" if any(line.detail for line in journal) else "not_kept"
    number = 0
    for line in journal:
        for kind in line.effects:
            number += 1
            fate, code = known.get(number, (untold, ""))
            yield EffectShown(number, moment(line.at), kind, fate, code)


def _endings(call_id: str, journal: Sequence[JournalLine]) -> Iterator[tuple[int, Ending]]:
    """What the journal tells of effects; of a call that is closed only the kinds of events live."""
    for line in journal:
        of, _, number = _about(line.detail).rpartition(".")
        if line.detail is not None and of == call_id and number.isdigit():
            yield int(number), _ending(line.detail)


def _about(event: AnyEvent | None) -> str:
    """The id of the effect that an event tells of, or ""."""
    if isinstance(event, LegPlaced):
        return event.leg
    return str(getattr(event, "effect", ""))


def _ending(event: AnyEvent) -> Ending:
    failure = getattr(event, "failure", None)
    if getattr(event, "cancelled", False):
        return "cancelled", ""
    if failure == "unknown":
        return "unknown", ""
    if failure is not None or isinstance(event, EffectFailed):
        return "failed", str(getattr(event, "code", ""))
    return "done", ""
