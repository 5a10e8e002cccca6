"""The call store without a database: for tests, and for calls that need not outlive a program.

Several stores can be nodes over one memory, each with its own identity, lease and availability.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from operator import attrgetter

from msgspec.structs import replace

from ivr.core.effects import AnyEffect
from ivr.core.snapshot import decode, decode_effect
from ivr.core.values import Millis, kind_of
from ivr.errors import Fenced, StoreUnavailable
from ivr.ports import CallRow, Change, JournalLine, Loaded, Moved, Outgoing, Quota
from ivr.store.in_turn import Clock, Sleep, claim_in_turn, lane_of, monotonic, real_sleep
from ivr.store.memory_calls import Effects, KeptCall, Memory, Window, busy, write
from ivr.store.shared import LONGEST_HOLD, NOT_LIVE, moved, moved_on, refused


class MemoryStore:
    """The `CallStore` in memory.

    `shared` is another node over the same memory. `clock` counts the milliseconds of leases and
    holds, and `sleep` lets them pass: by default as with `shared`, else by a monotonic clock. Set
    `available` to False and this node's store fails like a broken database; the others go on.
    """

    def __init__(
        self,
        shared: MemoryStore | None = None,
        clock: Clock | None = None,
        sleep: Sleep | None = None,
    ) -> None:
        self.available = True
        self._all: Memory = shared._all if shared else Memory()
        self._clock: Clock = clock or (shared._clock if shared else monotonic)
        self._sleep: Sleep = sleep or (shared._sleep if shared else real_sleep)
        self._epoch = self._all.next_epoch()
        self._name: str | None = None
        self._lease: Millis = 0
        self._tell: Callable[[Sequence[Moved]], None] | None = None
        self._all.stores.append(self)

    async def enlist(self, node: str, lease: Millis) -> None:
        """See `CallStore`."""
        memory = self._memory()
        self._epoch, self._name, self._lease = memory.next_epoch(), node, lease
        memory.nodes[node] = (self._epoch, self._clock() + lease)

    async def renew(self) -> None:
        """See `CallStore`; `Fenced` also before `enlist`."""
        self._fence(always=True)
        self._all.nodes[self._name or ""] = (self._epoch, self._clock() + self._lease)

    async def resign(self) -> None:
        """See `CallStore`. Commits are `Fenced` until the store enlists again."""
        memory = self._memory()
        if self._name is not None and memory.nodes.get(self._name, (0, 0))[0] == self._epoch:
            del memory.nodes[self._name]

    async def load(self, call_id: str) -> Loaded | None:
        """See `CallStore`."""
        kept = self._memory().calls.get(call_id)
        if kept is None or kept.snapshot is None:
            return None
        return Loaded(decode(kept.snapshot), kept.version)

    async def known(self, call_id: str) -> bool:
        """See `CallStore`."""
        return call_id in self._memory().calls

    async def commit(self, change: Change) -> frozenset[str]:
        """See `CallStore`."""
        memory = self._memory()
        self._fence()
        kept = memory.calls.get(change.call_id)
        self._check(change, kept)
        if kept is None:
            kept = memory.calls[change.call_id] = memory.live[change.call_id] = KeptCall.of(change)
        if change.callback:
            memory.callbacks.pop(kept.callback, None)
            memory.callbacks[change.callback] = change.call_id
            kept.callback = change.callback
        granted = self._granted(change, kept)
        write(kept, replace(change, claimed=granted), self._epoch, self._clock())
        if kept.snapshot is None:
            del memory.live[change.call_id]
        self._spread(moved(change))
        return granted

    async def due(self, now: Millis, limit: int = 100, hold: Millis = 0) -> Sequence[str]:
        """See `CallStore`."""
        time = self._clock()
        found = sorted(
            (kept.next_due, call_id)
            for call_id, kept in self._memory().live.items()
            if kept.next_due is not None and kept.next_due <= now
            if not time < kept.held_until <= time + LONGEST_HOLD
        )[:limit]
        for _, call_id in found if hold else ():
            self._all.calls[call_id].held_until = time + hold
        return [call_id for _, call_id in found]

    async def next_due(self) -> Millis | None:
        """See `CallStore`."""
        times = (kept.next_due for kept in self._memory().live.values())
        return min((time for time in times if time is not None), default=None)

    async def claim(self, call_id: str, effect_id: str) -> bool:
        """See `CallStore`."""

        async def look(late: bool) -> bool | None:
            return self._claim(call_id, effect_id, late)

        return await claim_in_turn(look, self._clock, self._sleep)

    async def orphans(self, limit: int = 1000) -> Sequence[Outgoing]:
        """See `CallStore`."""
        memory = self._memory()
        self._fence()
        free = [(name, kept) for name, kept in memory.live.items() if self._free(kept)]
        free.sort(key=lambda each: (min(one.at for one in each[1].unsettled.values()), each[0]))
        found: list[Outgoing] = []
        for call_id, kept in free:
            if found and len(found) + len(kept.unsettled) > limit:
                break
            found += self._take_over(call_id, kept.unsettled)
        return found

    def settle(self, call_id: str, effect_id: str) -> None:
        """See `CallStore`."""
        kept = self._all.calls.get(call_id)
        if kept is not None and effect_id in kept.effects:
            kept.effects[effect_id].settled = True

    async def effect(self, call_id: str, effect_id: str) -> AnyEffect | None:
        """See `CallStore`."""
        kept = self._memory().calls.get(call_id)
        stored = None if kept is None else kept.effects.get(effect_id)
        return None if stored is None else decode_effect(stored.effect)

    async def call_of(self, callback: str) -> str | None:
        """See `CallStore`."""
        return self._memory().callbacks.get(callback)

    async def journal(self, call_id: str) -> Sequence[JournalLine]:
        """See `CallStore`."""
        kept = self._memory().calls.get(call_id)
        return [] if kept is None else list(kept.journal)

    async def calls(self, limit: int = 100) -> Sequence[CallRow]:
        """See `CallStore`."""
        calls = self._memory().calls
        rows = [calls[call_id].row for call_id in sorted(calls)]
        rows.sort(key=attrgetter("started_at"), reverse=True)
        return rows[:limit]

    async def live(self, caller: str = "") -> int:
        """See `CallStore`."""
        kept = (one for one in self._memory().live.values() if one.row.phase not in NOT_LIVE)
        return sum(not caller or one.caller == caller for one in kept)

    async def take(self, quota: Quota, now: Millis) -> bool:
        """See `CallStore`."""
        quotas, start = self._memory().quotas, now - now % quota.window
        window = quotas.get(quota.name)
        if window is None or window.start < start:
            window = quotas[quota.name] = Window(start)
        if window.used >= quota.most:
            return False
        window.used += 1
        return True

    async def put_audio(self, name: str, wav: bytes) -> None:
        """See `CallStore`."""
        self._memory().audio.setdefault(name, wav)

    async def audio(self, name: str) -> bytes | None:
        """See `CallStore`."""
        return self._memory().audio.get(name)

    def on_moved(self, tell: Callable[[Sequence[Moved]], None]) -> None:
        """See `CallStore`."""
        self._tell = tell

    def _memory(self) -> Memory:
        if not self.available:
            raise StoreUnavailable
        return self._all

    def _fence(self, *, always: bool = False) -> None:
        """Raise `Fenced` when the lease has run out; who never enlisted has none, and may write."""
        memory = self._memory()
        if self._name is None and not always:
            return
        epoch, until = memory.nodes.get(self._name or "", (0, 0))
        if epoch != self._epoch or until <= self._clock():
            raise Fenced

    def _living(self) -> set[int]:
        now = self._clock()
        return {epoch for epoch, until in self._all.nodes.values() if until > now}

    def _free(self, kept: KeptCall) -> bool:
        """Whether all that is unsettled of a call may be taken over."""
        living, young = self._living(), self._clock() - self._lease
        return bool(kept.unsettled) and not any(
            one.owner in living and (one.begun or one.since > young)
            for one in kept.unsettled.values()
        )

    def _claim(self, call_id: str, effect_id: str, late: bool) -> bool | None:
        memory = self._memory()
        self._fence()
        kept = memory.calls.get(call_id)
        stored = None if kept is None else kept.effects.get(effect_id)
        if kept is None or stored is None or stored.settled:
            return False
        if stored.begun and stored.owner != self._epoch:
            return False
        if not late and stored.lane in busy(kept.effects, self._others(), effect_id):
            return None
        stored.owner, stored.begun = self._epoch, True
        return True

    def _others(self) -> set[int]:
        return self._living() - {self._epoch}

    def _granted(self, change: Change, kept: KeptCall) -> frozenset[str]:
        """Those of the claims for whose lane no other node has anything left to settle."""
        lanes = {effect.id: lane_of(kind_of(effect)) for effect in change.step.effects}
        taken = set() if change.step.snapshot.closed else busy(kept.effects, self._others())
        return frozenset(each for each in change.claimed if lanes.get(each) not in taken)

    def _take_over(self, call_id: str, effects: Effects) -> list[Outgoing]:
        found = []
        for stored in effects.values():
            effect = decode_effect(stored.effect)
            found.append(Outgoing(call_id, effect, stored.at, stored.begun))
            stored.owner, stored.begun = self._epoch, True
        return found

    def _spread(self, news: Moved) -> None:
        loop = asyncio.get_running_loop()
        for other in self._all.stores:
            if other is not self and other._tell is not None and other.available:
                loop.call_soon(other._tell, [news])

    def _check(self, change: Change, kept: KeptCall | None) -> None:
        if change.version != (0 if kept is None else kept.version):
            raise moved_on(change.call_id)
        if kept is not None and kept.snapshot is None:
            raise moved_on(change.call_id)
        if self._all.callbacks.get(change.callback, change.call_id) != change.call_id:
            raise refused(change.call_id, "its callback key belongs to another call")
        used = {} if kept is None else kept.effects
        if any(effect.id in used for effect in change.step.effects):
            raise refused(change.call_id, "an effect's id was used before")
