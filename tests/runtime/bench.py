"""A performer by itself, with a call that wants all the effects of these tests."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
    CheckCall,
    FetchRecording,
    HangUp,
    KeepAlive,
    ListenForTones,
    PlaceCall,
    PlayPrompts,
    RecordCaller,
    RedirectCall,
    RejectCall,
    SendRequest,
    StopMedia,
    TransferCall,
)
from ivr.core.events import AnyEvent, Arrival, CallEnded, CallProgressed
from ivr.core.snapshot import Clip, Leg, Snapshot, Visit
from ivr.core.values import Audio, Target
from ivr.errors import Fenced, StoreUnavailable
from ivr.ports import Line, Loaded, Outgoing
from ivr.runtime.performer import Performer
from tests.runtime.virtual import VirtualClock, settled
from tests.runtime.world import FakeLine, FlakyStore
from tests.store.store_calls import change
from tests.universe import CALL_ID

SOMEBODY = Target("user", "u")
ANSWER = AnswerCall(f"{CALL_ID}.1")
PLAY = PlayPrompts(f"{CALL_ID}.2", (Audio("hello"),))
TRANSFER = TransferCall(f"{CALL_ID}.3", SOMEBODY)
ASK = SendRequest(f"{CALL_ID}.4", "POST", "https://crm.example/x", "crm.example", 3_000)
FETCH = FetchRecording(f"{CALL_ID}.5", "https://media.example/1", "token", 1_000)
KEEP = KeepAlive(f"{CALL_ID}.6")
HANG_UP = HangUp(f"{CALL_ID}.7")
RECORD = RecordCaller(f"{CALL_ID}.8", 1_000, 1_000, 1_000)
LISTEN = ListenForTones(f"{CALL_ID}.9")
STOP = StopMedia(f"{CALL_ID}.10")
CHECK = CheckCall(f"{CALL_ID}.11")
PLACE = PlaceCall(f"{CALL_ID}.12", SOMEBODY)
REJECT = RejectCall(f"{CALL_ID}.13")
REDIRECT = RedirectCall(f"{CALL_ID}.14", (SOMEBODY,), 1_000)

HARMFUL: list[AnyEffect] = [PLAY, RECORD, TRANSFER, ASK, PLACE, REJECT, REDIRECT]
HARMLESS: list[AnyEffect] = [LISTEN, STOP, KEEP, CHECK, FETCH]
"""To do them twice."""

RINGING: list[AnyEvent] = [CallProgressed(checked=True)]
UP: list[AnyEvent] = [CallProgressed("established", checked=True)]
OVER: list[AnyEvent] = [CallEnded("failed", "404")]


def wanting(*effects: AnyEffect, call: str = CALL_ID) -> Snapshot:
    """A call that is up and wants all of these, as far as one call can."""
    awaited = [Visit("main", "any", awaiting=effect.id) for effect in effects]
    media = [effect.id for effect in effects if isinstance(effect, PlayPrompts | RecordCaller)]
    answering = any(isinstance(effect, AnswerCall) for effect in effects)
    return Snapshot(
        call, "bundle-1", 0,
        phase="answering" if answering else "connected",
        visits=awaited,
        media=media[0] if media else "",
        unfetched={each.id: Clip("main") for each in effects if isinstance(each, FetchRecording)},
        legs={each.id: Leg() for each in effects if isinstance(each, PlaceCall)},
    )  # fmt: skip


CONNECTED = wanting(ANSWER, PLAY, TRANSFER, ASK, FETCH, REDIRECT)
ENDED = replace(CONNECTED, phase="ended")


class Ours:
    """A lease that a test takes away and gives back."""

    def __init__(self) -> None:
        self.fresh = True
        self.lost = 0

    async def held(self) -> None:
        while not self.fresh:
            await settled()

    async def confirm(self) -> None:
        if not self.fresh:
            raise Fenced

    def lose(self) -> None:
        self.fresh = False
        self.lost += 1


class OneCall(FlakyStore):
    """A store in which the call is `now`, whatever was committed; None when it is closed."""

    now: Loaded | None = Loaded(CONNECTED, 1)

    async def load(self, call_id: str) -> Loaded | None:
        if not self.available:
            raise StoreUnavailable
        return self.now


class Bench:
    """A performer and what it does; `told` is what came back through the door.

    `now` is the call as others have left it; unless a test says so, the call wants what it wanted.
    """

    def __init__(self) -> None:
        self.clock, self.line, self.lease = VirtualClock(), FakeLine(), Ours()
        self.store = OneCall(clock=self.clock.now)
        self.told: list[object] = []
        self.door: list[Exception] = []
        self.chance = 1.0
        self.performer = Performer(
            self.store, self.clock, self._perform, self._handle, self.lease, self._latest,
            lambda: self.chance,
        )  # fmt: skip

    async def add(self, *effects: AnyEffect, snapshot: Snapshot = CONNECTED) -> None:
        """Perform effects that were claimed when they were committed."""
        self.performer.add(snapshot, effects, [effect.id for effect in effects])
        await settled()

    async def take_over(self, effect: AnyEffect, *, begun: bool) -> None:
        """Go on with what a dead node has left."""
        await self.commit(effect)
        snapshot = wanting(effect)
        self.now = Loaded(snapshot, 1)
        self.performer.take_over(snapshot, [Outgoing(CALL_ID, effect, 0, begun=begun)])
        await settled()

    async def commit(self, *effects: AnyEffect) -> None:
        await self.store.commit(change(CALL_ID, 0, *effects))

    async def unsettled(self) -> list[AnyEffect]:
        return [outgoing.effect for outgoing in await self.store.orphans()]

    async def _perform(self, effect: AnyEffect, snapshot: Snapshot) -> Sequence[AnyEvent]:
        return await self.line.perform(effect, Line(snapshot.call_id, "", ""))

    async def _handle(self, arrival: Arrival) -> None:
        if self.door:
            raise self.door.pop()
        self.told.append(arrival.event)

    @property
    def now(self) -> Loaded | None:
        return self.store.now

    @now.setter
    def now(self, loaded: Loaded | None) -> None:
        self.store.now = loaded

    async def _latest(self, call_id: str) -> Snapshot | None:
        loaded = await self.store.load(call_id)
        return loaded.snapshot if loaded else None
