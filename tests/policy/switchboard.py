"""Calls whose every effect goes through the operator's rules: who is rung in the end?

board = Switchboard(tmp_path, "+44")
call = await board.call("states: { ring: { type: transfer, to: ... } }")
assert board.rung == []
"""

from __future__ import annotations

import json
from pathlib import Path

from ivr.core.effects import AnswerCall, AnyEffect, SendRequest
from ivr.core.events import (
    AnyEvent,
    CallArrived,
    CallProgressed,
    EffectFailed,
    HttpAnswered,
    TonePressed,
)
from ivr.core.values import Caller, Target, kind_of
from ivr.errors import Refused
from ivr.policy.destinations import Destinations
from ivr.ports import CallStore
from ivr.runtime.lines import Lines
from ivr.runtime.outside import Outside
from ivr.runtime.permits import Permits, Rates, targets_of
from ivr.runtime.recordings import Recordings
from ivr.speech.library import AudioLibrary
from ivr.speech.voice import SilentVoice
from ivr.store.memory import MemoryStore
from tests.canaries import PHONE
from tests.runtime.virtual import VirtualClock
from tests.runtime.world import FakeBusiness, FakeLine
from tests.store.store_calls import SEALER
from tests.universe import Ride, Source, program

OUR_NUMBER = "+442079460999"
OUR_OTHER_NUMBER = "+442079460998"
MANY = Rates(per_minute=10_000, per_day=10_000, per_caller_per_day=10_000, at_once=10_000)


class NoIndex:
    """Nothing is recorded here."""


class Switchboard:
    """One node with a telephone service that remembers whom it was asked to ring."""

    def __init__(
        self, folder: Path, *allow: str, rates: Rates = MANY, store: CallStore | None = None
    ) -> None:
        self.line, self.clock = FakeLine(), VirtualClock()
        self.store: CallStore = store or MemoryStore()
        self.permits = Permits(
            Destinations(allow, ["tenant-1"]), rates, self.store.take, self._placed,
            SEALER.callback_key, lambda: {OUR_OTHER_NUMBER, "our-queue"}, self.clock,
        )  # fmt: skip
        self.outside = Outside(
            self.line, FakeBusiness(), AudioLibrary(folder, SilentVoice()),
            Recordings(folder, NoIndex(), self.clock),  # type: ignore[arg-type]
            "https://ivr.example", SEALER.token,
            Lines("https://ivr.example", SEALER.token, SEALER.callback_key, self._nobody),
            self.permits,
        )  # fmt: skip

    @property
    def rung(self) -> list[Target]:
        """Everybody whom the service was asked to ring."""
        return [target for effect in self.line.asked for target in targets_of(effect)]

    async def call(self, source: Source, caller: Caller | None = None) -> Call:
        """A call that has just come in; it is up as soon as it is answered."""
        call = Call(self, source)
        await call.tell(CallArrived(caller or Caller("phone", PHONE), OUR_NUMBER, "tenant-1"))
        return call

    async def _placed(self) -> int:
        return 1

    async def _nobody(self, call_id: str) -> None:
        return None


class Call:
    """One call on a switchboard; what comes of its effects comes back to it at once."""

    def __init__(self, board: Switchboard, source: Source) -> None:
        self.ride = Ride(program(source), board.clock.now())
        self._board = board

    async def tell(self, event: AnyEvent) -> None:
        """Something happens, and all that follows from it."""
        self.ride.tell(event)
        for effect in self.ride.last.effects:
            for outcome in await self._outcome(effect):
                await self.tell(outcome)

    async def answer(self, body: object) -> None:
        """The business system that was asked answers."""
        request = self.ride.sent(SendRequest)
        await self.tell(HttpAnswered(request.id, 200, json.dumps(body)))

    async def press(self, keys: str) -> None:
        """The caller presses keys."""
        for key in keys:
            number = self.ride.snapshot.next_tone
            await self.tell(TonePressed(key, number))

    async def _outcome(self, effect: AnyEffect) -> list[AnyEvent]:
        if isinstance(effect, SendRequest):
            return []
        try:
            events = await self._board.outside.perform(effect, self.ride.snapshot)
        except Refused as refused:
            return [EffectFailed(effect.id, kind_of(effect), "failed", refused.code)]
        if isinstance(effect, AnswerCall):
            return [CallProgressed("established", audio=True)]
        return list(events)
