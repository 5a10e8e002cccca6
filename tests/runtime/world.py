"""A node without a network: the real handler, performer and timers over fakes with a memory.

world = World("states: { hello: { type: prompt, prompt: hi, next: bye } }")
await world.arrive()
assert world.line.kinds == ["answer_call"]
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from ivr.core.effects import AnyEffect, CheckCall, SendRequest
from ivr.core.events import AnyEvent, Arrival, CallProgressed, HttpAnswered, TimerFired
from ivr.core.program import Program
from ivr.core.snapshot import Snapshot
from ivr.core.values import Millis, kind_of
from ivr.errors import StoreUnavailable
from ivr.flow.builtin import BUNDLE
from ivr.flow.overflow import overflow
from ivr.flow.unserved import unserved
from ivr.ports import Change, Line, Moved
from ivr.runtime.admission import Admission, Room
from ivr.runtime.handler import Handler, Reception
from ivr.runtime.lease import Alone, Holding
from ivr.runtime.performer import Performer
from ivr.runtime.recovery import Recovery
from ivr.runtime.timers import Timers
from ivr.store.memory import MemoryStore
from tests.runtime.virtual import VirtualClock, settled
from tests.universe import ARRIVAL, CALL_ID, program

TENANT = "tenant-1"
HELLO = "{ states: { hello: { type: prompt, prompt: hi, next: bye } } }"
MENU = "states: { ask: { type: menu, prompt: choose, on: { '1': sales, '2': bills } } }"

Outcome = Exception | Sequence[AnyEvent]


class FlakyStore(MemoryStore):
    """A store whose next commits fail, as often as `failures` says.

    With `writes_all_the_same` only the word of it is lost. `wanted` are all effects that were
    committed on any node, by their ids.
    """

    def __init__(
        self,
        shared: FlakyStore | None = None,
        clock: Callable[[], Millis] | None = None,
        sleep: Callable[[Millis], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(shared, clock, sleep)
        self.failures = 0
        self.writes_all_the_same = False
        self.wanted: dict[str, AnyEffect] = shared.wanted if shared else {}

    async def commit(self, change: Change) -> frozenset[str]:
        if self.failures and not self.writes_all_the_same:
            self.failures -= 1
            raise StoreUnavailable
        granted = await super().commit(change)
        self.wanted |= {effect.id: effect for effect in change.step.effects}
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable
        return granted


class OneProgram:
    """A `Library` of one flow; without it, `program` is None."""

    elsewhere = ""

    def __init__(self, flow: Program | None) -> None:
        self.program = flow

    def program_for(self, called: str) -> Program:
        return self.program or unserved()

    def program_named(self, flow: str) -> Program | None:
        return self.program

    def program_of(self, snapshot: Snapshot) -> Program | None:
        if snapshot.bundle == BUNDLE:
            away = snapshot.visits[0].flow == overflow().flow
            return overflow(self.elsewhere) if away else unserved()
        found = self.program
        return found if found is not None and found.bundle == snapshot.bundle else None


class FakeLine:
    """The telephone service: remembers what it was asked, and answers as it was told to.

    `outcomes` are, for each kind of effect, what comes of the next ones; `held` kinds wait until
    `release`. `clip` is what a recording holds, `fetched` which were asked for.
    """

    def __init__(self) -> None:
        self.asked: list[AnyEffect] = []
        self.lines: list[Line] = []
        self.outcomes: dict[str, deque[Outcome]] = defaultdict(deque)
        self.held: dict[str, asyncio.Event] = {}
        self.at_work = self.most_at_work = 0
        self.clip: deque[bytes | Exception] = deque()
        self.fetched: list[tuple[str, str]] = []

    @property
    def kinds(self) -> list[str]:
        return [kind_of(effect) for effect in self.asked]

    def will(self, kind: str, *outcomes: Outcome) -> None:
        """What comes of the next effects of a kind."""
        self.outcomes[kind].extend(outcomes)

    def hold(self, kind: str) -> None:
        self.held[kind] = asyncio.Event()

    def release(self, kind: str) -> None:
        self.held.pop(kind).set()

    async def perform(self, effect: AnyEffect, line: Line) -> Sequence[AnyEvent]:
        kind = kind_of(effect)
        self.asked.append(effect)
        self.lines.append(line)
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        try:
            if kind in self.held:
                await self.held[kind].wait()
            outcome = self.outcomes[kind].popleft() if self.outcomes[kind] else ()
        finally:
            self.at_work -= 1
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def fetch(self, location: str, token: str) -> bytes:
        self.fetched.append((location, token))
        clip = self.clip.popleft()
        if isinstance(clip, Exception):
            raise clip
        return clip


class FakeBusiness:
    """A business system that answers everything with `body`, once it is `ready`."""

    def __init__(self) -> None:
        self.asked: list[SendRequest] = []
        self.body = "{}"
        self.ready = asyncio.Event()
        self.ready.set()

    async def send(self, request: SendRequest) -> AnyEvent:
        self.asked.append(request)
        await self.ready.wait()
        return HttpAnswered(request.id, 200, self.body)


class Beside(Protocol):
    """What the nodes of one service share."""

    clock: VirtualClock
    line: FakeLine
    store: FlakyStore


class World:
    """One node, or a second one of the same service `beside` it; none of them ever dies.

    See `tests.runtime.cluster` for nodes that do. `wrong` is what no node may ever do; a failure
    in an effect would only be an event. `room` limits how many calls are taken.
    """

    def __init__(
        self,
        source: str = MENU,
        store: FlakyStore | None = None,
        beside: Beside | None = None,
        callback_key: Callable[[str], str] = "key-of-{}".format,
        room: Room | None = None,
    ) -> None:
        self.clock = beside.clock if beside else VirtualClock()
        self.line = beside.line if beside else FakeLine()
        self.store = store or self._open(beside.store if beside else None)
        self.business = FakeBusiness()
        self.wrong: list[str] = []
        self.library = OneProgram(program(source))
        self.lease = self._make_lease()
        self.admission = Admission(self.store, self.clock, room or Room(1_000, 1_000, 10_000))
        self.handler = Handler(
            self.store, self.library, self.clock, callback_key, self._committed, self._claims,
            self.admission, lambda caller: caller.id, self._in_doubt,
        )  # fmt: skip
        self.performer = Performer(
            self.store, self.clock, self._perform, self.handler.handle, self.lease,
            self.handler.latest, lambda: 1.0,
        )  # fmt: skip
        self.timers = Timers(self.store, self.clock, self._wake)
        self.recovery = Recovery(
            self.store, self.clock, self.lease, self.handler.latest, self.performer.take_over
        )
        self.store.on_moved(self._moved)

    async def tell(self, event: AnyEvent, call: str = CALL_ID, sender: str = TENANT) -> Reception:
        """Something happens, and all that follows from it at once."""
        reception = await self.handler.handle(Arrival(call, event, sender=sender))
        await settled()
        assert self.wrong == []
        return reception

    async def arrive(self, call: str = CALL_ID) -> Reception:
        return await self.tell(ARRIVAL, call)

    async def up(self, call: str = CALL_ID) -> Reception:
        return await self.tell(CallProgressed("established", audio=True), call)

    async def connect(self, call: str = CALL_ID) -> None:
        await self.arrive(call)
        await self.up(call)

    async def now(self, call: str = CALL_ID) -> Snapshot:
        """The call as it is stored."""
        loaded = await self.store.load(call)
        assert loaded is not None, "the call is closed"
        return loaded.snapshot

    async def is_closed(self, call: str = CALL_ID) -> bool:
        return await self.store.load(call) is None and await self.store.known(call)

    async def events(self, call: str = CALL_ID) -> list[str]:
        """The kinds of everything that ever happened to the call."""
        return [line.event for line in await self.store.journal(call)]

    def _open(self, shared: FlakyStore | None) -> FlakyStore:
        return FlakyStore(shared, self.clock.now, self.clock.sleep)

    def _make_lease(self) -> Holding:
        return Alone()

    async def _perform(self, effect: AnyEffect, snapshot: Snapshot) -> Sequence[AnyEvent]:
        # To ask how a call is changes nothing, so nobody need have wanted it before.
        if effect.id not in self.store.wanted and not isinstance(effect, CheckCall):
            self.wrong.append(f"{effect.id} was performed before it was committed")
        if isinstance(effect, SendRequest):
            return [await self.business.send(effect)]
        return await self.line.perform(effect, Line(snapshot.call_id, snapshot.tenant, ""))

    def _claims(self, call_id: str, effects: Sequence[AnyEffect]) -> frozenset[str]:
        return self.performer.claims(call_id, effects)

    def _committed(self, change: Change) -> None:
        snapshot = change.step.snapshot
        self.timers.remind(change.call_id, snapshot.next_due())
        self.admission.note(change)
        self.performer.add(snapshot, change.step.effects, change.claimed)

    def _in_doubt(self, change: Change) -> None:
        self.recovery.doubt(change)

    def _moved(self, moved: Sequence[Moved]) -> None:
        self.handler.forget(moved)
        at_hand = self.handler.at_hand
        self.timers.forget([each for each in moved if at_hand(each.call_id) is None])

    async def _wake(self, call_id: str) -> None:
        await self.handler.handle(Arrival(call_id, TimerFired()))
