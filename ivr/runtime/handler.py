"""The one door: every event of every call comes through `Handler.handle`.

Load, advance, commit; then, and only then, the caller of `handle` may acknowledge and the
effects are handed to the performer. When another node was faster the commit is refused and,
because `advance` is pure, the event is simply run again on what that node left.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Literal, Protocol

import structlog
from msgspec.structs import replace

from ivr.core.advance import abandon, advance, begin
from ivr.core.effects import AnyEffect
from ivr.core.events import Arrival, CallArrived, CallWanted, LegPlaced, TimerFired
from ivr.core.program import Program
from ivr.core.snapshot import Snapshot
from ivr.core.step import Step, Verdict
from ivr.core.values import Caller, Millis
from ivr.errors import Conflict, Fenced, StoreUnavailable
from ivr.flow.unserved import unserved
from ivr.ports import CallStore, Change, Clock, Loaded, Moved
from ivr.runtime.turns import Turns

MAX_RERUNS = 20
PLACED = "placed"
"""In place of a caller: the calls that we have placed are counted together."""

REMEMBERED = 4096
"""Calls whose last snapshot is kept at hand; a commit tells when it is out of date."""

Reception = Verdict | Literal["unknown", "refused"]
"""A verdict, or: no such call; not the sender's call."""

log = structlog.get_logger()


class Library(Protocol):
    """The published flows."""

    def program_for(self, called: str) -> Program:
        """The program that takes a new call."""
        ...

    def program_named(self, flow: str) -> Program | None:
        """The program of a flow with which the engine calls somebody, or joins a meeting."""
        ...

    def program_of(self, snapshot: Snapshot) -> Program | None:
        """The program with which a call began."""
        ...


class Admission(Protocol):
    """Who is taken while there is little room."""

    async def admit(self, caller: str, now: Millis) -> Program | None:
        """The program that turns a new call of `caller` (a keyed hash) away; None to take it."""
        ...


AfterCommit = Callable[[Change], None]
Claims = Callable[[str, Sequence[AnyEffect]], frozenset[str]]
"""Which effects of a call this node will perform as soon as they are committed."""


def _claims_all(_: str, effects: Sequence[AnyEffect]) -> frozenset[str]:
    return frozenset(effect.id for effect in effects)


class Handler:
    """Moves calls on, one event at a time each."""

    def __init__(
        self,
        store: CallStore,
        library: Library,
        clock: Clock,
        callback_key: Callable[[str], str],
        after_commit: AfterCommit,
        claims: Claims = _claims_all,
        admission: Admission | None = None,
        caller_key: Callable[[Caller], str] = lambda _: "",
        in_doubt: AfterCommit = lambda _: None,
    ) -> None:
        self._store = store
        self._library = library
        self._clock = clock
        self._callback_key = callback_key
        self._caller_key = caller_key
        self._after_commit = after_commit
        self._in_doubt = in_doubt
        self._claims = claims
        self._admission = admission
        self._turns = Turns()
        self._at_hand: OrderedDict[str, Loaded] = OrderedDict()

    async def handle(self, arrival: Arrival) -> Reception:
        """What became of the event. Raises `StoreUnavailable`: then nothing has changed."""
        async with self._turns.of(arrival.call_id):
            if isinstance(arrival.event, CallArrived) and arrival.call_id not in self._at_hand:
                # Nearly always the call is new, and its commit tells when it is not: so the
                # caller need not wait for the store to say first that it knows nothing.
                with suppress(Conflict):
                    return await self._arrived(arrival, arrival.event)
            for _ in range(MAX_RERUNS):
                try:
                    return await self._once(arrival)
                except Conflict:
                    self._at_hand.pop(arrival.call_id, None)
        raise StoreUnavailable("The call is being moved by others all the time.")

    def at_hand(self, call_id: str) -> Snapshot | None:
        """The call's last snapshot, if this node was the last to move it."""
        loaded = self._at_hand.get(call_id)
        return loaded.snapshot if loaded else None

    async def latest(self, call_id: str) -> Snapshot | None:
        """The call as it is now; None once it is closed. Raises `StoreUnavailable`."""
        loaded = self._at_hand.get(call_id) or await self._store.load(call_id)
        return loaded.snapshot if loaded else None

    def forget(self, moved: Sequence[Moved]) -> None:
        """Other nodes have moved calls on: what is at hand of them is out of date."""
        for each in moved:
            loaded = self._at_hand.get(each.call_id)
            if loaded is not None and loaded.version < each.version:
                del self._at_hand[each.call_id]

    async def _once(self, arrival: Arrival) -> Reception:
        now = self._clock.now()
        loaded = self._at_hand.get(arrival.call_id) or await self._store.load(arrival.call_id)
        if loaded is None:
            return await self._first(arrival)
        if arrival.sender and loaded.snapshot.sender not in {"", arrival.sender}:
            log.warning("sender_refused", call=arrival.call_id)
            return "refused"
        if arrival.line and (placed := _placed(arrival, loaded.snapshot)) is not None:
            if not placed:
                log.warning("line_refused", call=arrival.call_id)
                return "refused"
            # The service's id of a leg is news by itself: it may outrun the answer that tells it.
            event = LegPlaced(placed, arrival.line)
            await self._once(Arrival(arrival.call_id, event, arrival.tenant, arrival.sender))
            return await self._once(arrival)
        step = self._advance(loaded.snapshot, arrival, now)
        if step.verdict == "stale" and isinstance(arrival.event, TimerFired):
            # Nothing is due by what is at hand, but another node may have moved the call since.
            outdated = self._at_hand.pop(arrival.call_id, None)
            return await self._once(arrival) if outdated else "stale"
        await self._commit(arrival, loaded.version, step, now)
        return step.verdict

    def _advance(self, snapshot: Snapshot, arrival: Arrival, now: Millis) -> Step:
        program = self._library.program_of(snapshot)
        if program is not None:
            return advance(program, snapshot, arrival.event, now)
        log.error("bundle_missing", call=arrival.call_id, bundle=snapshot.bundle)
        return abandon(unserved(), snapshot, arrival.event, now)

    async def _first(self, arrival: Arrival) -> Reception:
        """An event of a call that is not stored: a new call, or one that is over."""
        if await self._store.known(arrival.call_id):
            if await self._store.load(arrival.call_id) is not None:
                raise Conflict("The call has begun between two looks at it.")
            return "late"
        match arrival.event:
            case CallArrived() as event:
                return await self._arrived(arrival, event)
            case CallWanted() as wanted:
                return await self._wanted(arrival, wanted)
        return "unknown"

    async def _arrived(self, arrival: Arrival, event: CallArrived) -> Reception:
        """Take a new call. Raises `Conflict` when it is not new."""
        now = self._clock.now()
        caller = self._caller_key(event.caller)
        turned_away = await self._admission.admit(caller, now) if self._admission else None
        program = turned_away or self._library.program_for(event.to)
        # The sender's tenant was vouched for; that in the body may be anything, or the caller's.
        tenant = arrival.sender or event.tenant or arrival.tenant
        event = CallArrived(event.caller, event.to, tenant)
        return await self._begin(program, Arrival(arrival.call_id, event), arrival.sender, caller)

    async def _wanted(self, arrival: Arrival, event: CallWanted) -> Reception:
        """Begin a call that the engine places. Raises `Conflict` when it was begun already."""
        program = self._library.program_named(event.flow)
        if program is None or program.outward is None:
            return "unknown"
        return await self._begin(program, arrival, event.tenant, PLACED)

    async def _begin(
        self, program: Program, arrival: Arrival, sender: str, caller: str
    ) -> Reception:
        now = self._clock.now()
        snapshot = begin(program, arrival.call_id, now)
        snapshot.sender = sender
        step = advance(program, snapshot, arrival.event, now)
        await self._commit(arrival, 0, step, now, caller)
        return step.verdict

    async def _commit(
        self, arrival: Arrival, version: int, step: Step, now: Millis, caller: str = ""
    ) -> None:
        snapshot = step.snapshot
        change = Change(
            call_id=arrival.call_id,
            version=version,
            at=now,
            event=arrival.event,
            step=step,
            state=snapshot.visits[-1].state if snapshot.visits else "",
            callback=self._callback_key(arrival.call_id) if version == 0 else "",
            caller=caller,
            claimed=self._claims(arrival.call_id, step.effects),
        )
        try:
            granted = await self._store.commit(change)
        except Fenced:
            raise
        except StoreUnavailable:
            # Perhaps it was written all the same, and only the word of it got lost.
            self._in_doubt(change)
            raise
        self._remember(snapshot, version + 1)
        self._after_commit(replace(change, claimed=granted))

    def _remember(self, snapshot: Snapshot, version: int) -> None:
        call_id = snapshot.call_id
        if snapshot.closed:
            self._at_hand.pop(call_id, None)
            return
        self._at_hand[call_id] = Loaded(snapshot, version)
        self._at_hand.move_to_end(call_id)
        while len(self._at_hand) > REMEMBERED:
            self._at_hand.popitem(last=False)


def _placed(arrival: Arrival, snapshot: Snapshot) -> str | None:
    """The leg of which the service's id is news; "" when it is another leg's; None when neither."""
    leg = getattr(arrival.event, "leg", "")
    found = snapshot.legs.get(leg)
    if found is None or found.line == arrival.line:
        return None
    return "" if found.line else leg
