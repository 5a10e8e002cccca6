"""A node without a network: the parts that hold something of a call, over SQLite."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from benchmarks import flows
from ivr.core.effects import AnyEffect
from ivr.core.events import AnyEvent, Arrival, CallArrived, CallProgressed, PromptFinished
from ivr.core.program import Program
from ivr.core.snapshot import Snapshot
from ivr.core.values import Caller
from ivr.flow.bundle import load_folder
from ivr.ports import Change
from ivr.runtime.admission import Admission, Room
from ivr.runtime.clock import SystemClock
from ivr.runtime.handler import Handler
from ivr.runtime.lease import Alone
from ivr.runtime.performer import Performer
from ivr.runtime.timers import Timers
from ivr.store.seal import KEY_BYTES, Sealer
from ivr.store.sql import SqlStore

ROOM = Room(calls=1_000_000, calls_per_caller=1_000_000, monthly_calls=1_000_000_000)


class _OneFlow:
    """A library with one program in it."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def program_for(self, _called: str) -> Program:
        """The program that takes a new call."""
        return self._program

    def program_named(self, _flow: str) -> Program:
        """The program of a flow with which the engine calls somebody."""
        return self._program

    def program_of(self, _snapshot: Snapshot) -> Program:
        """The program with which a call began."""
        return self._program


class InProcess:
    """The door, the effects, the reminders and the admission; its telephone does all it is told."""

    def __init__(self, store: SqlStore, sealer: Sealer, program: Program) -> None:
        clock = SystemClock()
        self.admission = Admission(store, clock, ROOM)
        self.handler = Handler(
            store, _OneFlow(program), clock, sealer.callback_key, self._after_commit,
            self._claims, self.admission,
        )  # fmt: skip
        self.performer = Performer(
            store, clock, self._perform, self.handler.handle, Alone(), self.handler.latest
        )
        self.timers = Timers(store, clock, self._wake)

    async def tell(self, number: int, *events: AnyEvent) -> None:
        """What happens on one call, each event taken as news."""
        for event in events:
            verdict = await self.handler.handle(Arrival(call_id(number), event))
            assert verdict == "ok", verdict

    def _claims(self, call_id: str, effects: Sequence[AnyEffect]) -> frozenset[str]:
        return self.performer.claims(call_id, effects)

    def _after_commit(self, change: Change) -> None:
        snapshot = change.step.snapshot
        self.admission.note(change)
        self.timers.remind(snapshot.call_id, snapshot.next_due())
        self.performer.add(snapshot, change.step.effects, change.claimed)

    async def _perform(self, effect: AnyEffect, snapshot: Snapshot) -> Sequence[AnyEvent]:
        return ()

    async def _wake(self, _call_id: str) -> None:
        raise AssertionError("no call waits here for so long")


def call_id(number: int) -> str:
    """The id of one of the calls."""
    return f"00000000-0000-4000-8000-{number:012}"


def to_the_menu(number: int) -> tuple[AnyEvent, ...]:
    """A call of `flows.short_call`, until it waits for a key."""
    caller = Caller("phone", f"+4416329{number:05}", "Benchmark")
    return (
        CallArrived(caller, "line", "tenant"),
        CallProgressed("established", audio=True),
        PromptFinished(f"{call_id(number)}.3"),
        PromptFinished(f"{call_id(number)}.4"),
    )


@asynccontextmanager
async def in_process() -> AsyncIterator[InProcess]:
    """A node with `flows.short_call` over a new database; its loops do not run."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    sealer = Sealer(bytes(KEY_BYTES))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        bundle = load_folder(flows.write(place, "short_call", flows.short_call())).bundle
        assert bundle is not None
        store = await SqlStore.open(f"sqlite:///{place / 'ivr.db'}", sealer)
        try:
            yield InProcess(store, sealer, bundle.programs["short_call"])
        finally:
            await store.close()
