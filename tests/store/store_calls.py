"""Calls, changes and stores for the tests of the store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec.structs import replace

from ivr.core.effects import AnyEffect, HangUp, KeepAlive, PlayPrompts
from ivr.core.events import AnyEvent, CallArrived, TonePressed
from ivr.core.snapshot import Snapshot, Visit
from ivr.core.step import Step, TraceEntry
from ivr.core.values import Audio, Caller, Millis
from ivr.ports import CallStore, Change
from ivr.store.opening import open_database
from ivr.store.seal import Sealer
from ivr.store.sql import SqlStore

DIGITS = "73519264"
NAME = "Zerbinetta Quarkstein"
NUMBER = "+4915799988877"
SPOKEN = "Your balance is eleven thousand marks."
CANARIES = (DIGITS, NAME, NUMBER, SPOKEN)
"""What nobody may ever find in a file."""

SEALER = Sealer(bytes(range(32)))
TRACE = (TraceEntry("main", "menu", "sales", "queue"),)


def snapshot(call_id: str, at: Millis = 1000, due: Millis | None = None) -> Snapshot:
    """A live call that holds everything a caller would not want to see in a file."""
    return Snapshot(
        call_id=call_id,
        bundle="b" * 64,
        started_at=at,
        caller=Caller("phone", NUMBER, NAME),
        phase="connected",
        visits=[Visit("main", "ask_pin", {"pin": DIGITS}), Visit("verify", "read_back")],
        keys=DIGITS,
        deadlines={} if due is None else {"keep_alive": due},
    )


def change(
    call_id: str,
    version: int = 0,
    *effects: AnyEffect,
    at: Millis = 1000,
    due: Millis | None = None,
    callback: str = "",
    caller: str = "",
    claimed: Collection[AnyEffect] = (),
    event: AnyEvent | None = None,
) -> Change:
    """The next change of a live call."""
    step = Step(snapshot(call_id, due=due), effects, "ok", TRACE)
    event = event or (
        TonePressed(DIGITS) if version else CallArrived(Caller("phone", NUMBER, NAME))
    )
    ours = frozenset(effect.id for effect in claimed)
    return Change(call_id, version, at, event, step, "read_back", callback, caller, ours)


def closing(call_id: str, version: int, *effects: AnyEffect, at: Millis = 9000) -> Change:
    """The last change of a call."""
    before = snapshot(call_id)
    ended = replace(before, phase="ended", done=True, visits=[], result="served", end="hung_up")
    return Change(call_id, version, at, TonePressed(DIGITS), Step(ended, effects, "ok", TRACE))


def hang_up(number: int, call_id: str = "one") -> HangUp:
    """An effect without anything in it."""
    return HangUp(f"{call_id}.{number}")


def keep_alive(number: int, call_id: str = "one") -> KeepAlive:
    """Another effect without anything in it."""
    return KeepAlive(f"{call_id}.{number}")


def speak(number: int, call_id: str = "one") -> PlayPrompts:
    """An effect that tells a caller's secret."""
    return PlayPrompts(f"{call_id}.{number}", (Audio("balance", text=SPOKEN),))


async def open_calls(store: CallStore, *call_ids: str) -> None:
    """Make new calls."""
    for call_id in call_ids:
        await store.commit(change(call_id))


def url_of(folder: Path) -> str:
    """The `IVR_DATABASE_URL` of the tests."""
    return f"sqlite:///{folder / 'calls.db'}"


@asynccontextmanager
async def sql_store(
    where: Path | str, patience: Millis = 5000, wipe_within: float = 30.0
) -> AsyncIterator[SqlStore]:
    """A store at a URL, or on a file in a folder; closed at the end."""
    url = url_of(where) if isinstance(where, Path) else where
    database = await open_database(url, SEALER, patience)
    store = SqlStore(database, SEALER, wipe_within)
    try:
        yield store
    finally:
        await store.close()


def raw_bytes(folder: Path) -> bytes:
    """All that the store has put on the disk, log and all."""
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
