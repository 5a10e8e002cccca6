"""From a change to the rows that are written for it, sealed where they hold a caller's data."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ivr.core.snapshot import encode
from ivr.core.values import kind_of
from ivr.ports import Change, Moved
from ivr.store.in_turn import lane_of
from ivr.store.keys import CallSeal
from ivr.store.shared import flow_of, moved

Cells = dict[str, object]
"""One row, as column name and value."""


class ChangeRows(Struct, frozen=True):
    """A change as it will be written.

    `expected` is the version that must be stored, 0 for a new call. `call` are the columns that
    every change sets; `flow` and `callback` stay as they are when None. `key` is the wrapped
    key of a new call, `caller` is written with it. The rows of the outbox lack their node;
    `effects` are the ids of the call and of each, `claimed` the lanes of those to be claimed.
    """

    call_id: str
    expected: int
    closed: bool
    call: Cells
    flow: str | None
    callback: str | None
    caller: str
    key: bytes | None
    journal: Cells
    outbox: list[Cells]
    effects: list[tuple[str, str]]
    claimed: dict[str, str]
    moved: Moved


def pack(change: Change, seal: CallSeal | None) -> ChangeRows:
    """The rows of a change. `seal` is None exactly when the change closes the call:
    then nothing that would have to be sealed is written at all.
    """
    return ChangeRows(
        call_id=change.call_id,
        expected=change.version,
        closed=seal is None,
        call=_call(change, seal),
        flow=flow_of(change.step.snapshot),
        callback=change.callback or None,
        caller=change.caller,
        key=seal.wrapped() if seal is not None and not change.version else None,
        journal=_journal(change, seal),
        outbox=[] if seal is None else _outbox(change, seal),
        effects=[(change.call_id, effect.id) for effect in change.step.effects],
        claimed={} if seal is None else _claimed(change),
        moved=moved(change),
    )


def _call(change: Change, seal: CallSeal | None) -> Cells:
    snapshot, version = change.step.snapshot, change.version + 1
    return {
        "version": version,
        "phase": snapshot.phase,
        "bundle": snapshot.bundle,
        "state": change.state,
        "next_due": None if seal is None else snapshot.next_due(),
        "held_until": None,
        "started_at": snapshot.started_at,
        "ended_at": change.at if seal is None else None,
        "result": snapshot.result,
        "end": snapshot.end,
        "snapshot": None if seal is None else seal.seal("calls", version, encode(snapshot)),
    }


def _journal(change: Change, seal: CallSeal | None) -> Cells:
    number, step = change.version + 1, change.step
    return {
        "call_id": change.call_id,
        "number": number,
        "at": change.at,
        "event": kind_of(change.event),
        "verdict": step.verdict,
        "trace": msgspec.json.encode(step.trace).decode(),
        "effects": msgspec.json.encode([kind_of(effect) for effect in step.effects]).decode(),
        "detail": None if seal is None else seal.seal("journal", number, encode(change.event)),
    }


def _claimed(change: Change) -> dict[str, str]:
    effects = (effect for effect in change.step.effects if effect.id in change.claimed)
    return {effect.id: lane_of(kind_of(effect)) for effect in effects}


def _outbox(change: Change, seal: CallSeal) -> list[Cells]:
    return [
        {
            "call_id": change.call_id,
            "effect_id": effect.id,
            "number": change.version + 1,
            "place": place,
            "at": change.at,
            "kind": kind_of(effect),
            "effect": seal.seal("outbox", effect.id, encode(effect)),
            "settled": False,
            "claims": int(effect.id in change.claimed),
        }
        for place, effect in enumerate(change.step.effects)
    ]
