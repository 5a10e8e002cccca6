"""One node's way to the shared store: every read and write may fail, or end the node.

What is written to the history is the truth of the store, not what the node was told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from msgspec.structs import replace

from ivr.core.effects import AnyEffect
from ivr.core.values import Millis, kind_of
from ivr.errors import Conflict, Fenced, StoreUnavailable
from ivr.ports import CallRow, Change, JournalLine, Loaded, Moved, Outgoing, Quota
from ivr.simulator.trials.disk import Disk, Owner
from ivr.simulator.trials.entries import Claimed, Committed, Leased, NotCommitted, Settled, Word
from ivr.simulator.trials.loop import Micros
from ivr.simulator.trials.network import DELIVERY
from ivr.store.memory import MemoryStore

OFTEN = {"renew", "due", "orphans", "live"}
"""What nodes do all the time, so that it takes most of the time of a run."""

EVENTFUL = 0.25
"""How often it takes any time, and something can go wrong with it."""


class NodeStore:
    """The `CallStore` of one node."""

    def __init__(self, disk: Disk, node: Owner) -> None:
        self._disk = disk
        self._node = node
        self._inner = MemoryStore(disk.memory, disk.steady)
        self._name = ""
        self._lease: Millis = 0
        self._until: Micros = 0
        self._settled: list[tuple[str, str]] = []

    def unplug(self) -> None:
        """The node is dead: nothing of it reaches the store any more."""
        self._inner.available = False

    async def enlist(self, node: str, lease: Millis) -> None:
        """See `CallStore`."""
        await self._reach("enlist")
        await self._inner.enlist(node, lease)
        self._name, self._lease = node, lease
        self._leased()

    async def renew(self) -> None:
        """See `CallStore`."""
        await self._reach("renew")
        await self._inner.renew()
        self._leased()

    async def resign(self) -> None:
        """See `CallStore`."""
        # Whether it is written down or not, the node acts under this lease no more.
        self._resigned()
        await self._reach("resign")
        self._flush()
        await self._inner.resign()
        self._resigned()

    async def load(self, call_id: str) -> Loaded | None:
        """See `CallStore`."""
        await self._reach(f"load {call_id}")
        return await self._inner.load(call_id)

    async def known(self, call_id: str) -> bool:
        """See `CallStore`."""
        await self._reach(f"known {call_id}")
        return await self._inner.known(call_id)

    async def commit(self, change: Change) -> frozenset[str]:
        """See `CallStore`."""
        disk, call = self._disk, change.call_id
        place = disk.place(f"{call} {kind_of(change.event)}")
        await self._reach_to_write(change, place)
        await self._node.crash_point("crash_before_write", place)
        try:
            granted = await self._inner.commit(change)
            self._flush()
        except Conflict:
            self._not_committed(call, "conflict")
            raise
        except Fenced:
            self._not_committed(call, "fenced")
            raise
        unsure = disk.faults.strikes("commit_unsure", place)
        self._committed(replace(change, claimed=granted), unsure=unsure)
        await self._node.crash_point("crash_after_write", place)
        await disk.loop.sleep(disk.chance.lasts(100, 3_000, f"back {place}"))
        await self._node.pause_point(f"back {place}")
        if unsure:
            raise StoreUnavailable
        disk.history.add(Word(disk.loop.now, self._node.label, call, change.version + 1))
        return granted

    async def due(self, now: Millis, limit: int = 100, hold: Millis = 0) -> Sequence[str]:
        """See `CallStore`."""
        await self._reach("due")
        return await self._inner.due(now, limit, hold)

    async def next_due(self) -> Millis | None:
        """See `CallStore`."""
        await self._reach("next_due")
        return await self._inner.next_due()

    async def claim(self, call_id: str, effect_id: str) -> bool:
        """See `CallStore`."""
        await self._reach(f"claim {effect_id}")
        await self._node.crash_point("crash_before_write", f"claim {effect_id}")
        self._flush()  # a claim also writes what was settled before, as the port says
        claimed = await self._inner.claim(call_id, effect_id)
        if claimed:
            now = self._disk.loop.now
            self._disk.history.add(Claimed(now, self._node.label, call_id, effect_id))
        await self._node.crash_point("crash_after_write", f"claim {effect_id}")
        return claimed

    async def orphans(self, limit: int = 1000) -> Sequence[Outgoing]:
        """See `CallStore`."""
        await self._reach("orphans")
        found = await self._inner.orphans(limit)
        now, node = self._disk.loop.now, self._node.label
        for each in found:
            self._disk.history.add(
                Claimed(now, node, each.call_id, each.effect.id, taken_over=True, begun=each.begun)
            )
        if found:
            await self._node.crash_point("crash_after_write", self._disk.place("orphans"))
        return found

    def settle(self, call_id: str, effect_id: str) -> None:
        """See `CallStore`. It is written with the next change, or soon; a node may die before."""
        if not self._settled:
            self._node.flush_later(self._flush)
        self._settled.append((call_id, effect_id))

    async def effect(self, call_id: str, effect_id: str) -> AnyEffect | None:
        """See `CallStore`."""
        await self._reach(f"effect {effect_id}")
        return await self._inner.effect(call_id, effect_id)

    async def call_of(self, callback: str) -> str | None:
        """See `CallStore`."""
        await self._reach(f"call_of {callback}")
        return await self._inner.call_of(callback)

    async def journal(self, call_id: str) -> Sequence[JournalLine]:
        """See `CallStore`."""
        return await self._inner.journal(call_id)

    async def calls(self, limit: int = 100) -> Sequence[CallRow]:
        """See `CallStore`."""
        return await self._inner.calls(limit)

    async def live(self, caller: str = "") -> int:
        """See `CallStore`."""
        await self._reach("live")
        return await self._inner.live(caller)

    async def take(self, quota: Quota, now: Millis) -> bool:
        """See `CallStore`."""
        await self._reach(f"take {quota.name}")
        return await self._inner.take(quota, now)

    async def put_audio(self, name: str, wav: bytes) -> None:
        """See `CallStore`."""
        await self._inner.put_audio(name, wav)

    async def audio(self, name: str) -> bytes | None:
        """See `CallStore`."""
        return await self._inner.audio(name)

    def on_moved(self, tell: Callable[[Sequence[Moved]], None]) -> None:
        """See `CallStore`. Word of what others did may be lost on its way."""
        disk, node = self._disk, self._node

        def told(moved: Sequence[Moved]) -> None:
            place = disk.place(f"word to {node.label}")
            cut = disk.down or node.store_cut or node.dead
            if not cut and not disk.faults.strikes("word_lost", place):
                node.call_soon(self._tell_word(tell), moved)

        self._inner.on_moved(told)

    def _tell_word(
        self, tell: Callable[[Sequence[Moved]], None]
    ) -> Callable[[Sequence[Moved]], None]:
        def told(moved: Sequence[Moved]) -> None:
            for each in moved:
                word = Word(self._disk.loop.now, self._node.label, each.call_id, each.version)
                self._disk.history.add(word)
            tell(moved)

        return told

    async def _reach(self, what: str) -> None:
        """On the way there: it takes a while, and may end before it begins."""
        disk = self._disk
        place = disk.place(f"{self._node.label} {what}")
        if what in OFTEN and not disk.chance.happens(EVENTFUL, place):
            if disk.down or self._node.store_cut:
                raise StoreUnavailable
            return
        await disk.loop.sleep(disk.chance.lasts(100, 4_000, f"slow {place}"))
        if disk.down or self._node.store_cut or disk.faults.strikes("read_refused", place):
            raise StoreUnavailable
        await self._node.pause_point(place)

    async def _reach_to_write(self, change: Change, place: str) -> None:
        disk = self._disk
        await disk.loop.sleep(disk.chance.lasts(100, 4_000, f"there {place}"))
        down = disk.down or self._node.store_cut
        if down or disk.faults.strikes("commit_refused", place):
            self._not_committed(change.call_id, "unavailable")
            raise StoreUnavailable

    def _not_committed(self, call: str, why: Literal["conflict", "unavailable", "fenced"]) -> None:
        self._disk.history.add(NotCommitted(self._disk.loop.now, self._node.label, call, why))

    def _committed(self, change: Change, *, unsure: bool) -> None:
        step = change.step
        self._disk.history.add(
            Committed(
                self._disk.loop.now, self._node.label, change.call_id, change.version + 1,
                change.at, change.event, step.verdict, step.effects,
                tuple(sorted(change.claimed)),
                step.snapshot, step.trace, DELIVERY.get(), unsure,
            )
        )  # fmt: skip

    def _flush(self) -> None:
        """Write what was settled; whoever has lost its lease has nothing to say any more."""
        disk = self._disk
        if self._node.dead or not self._settled:
            return
        if disk.down or self._node.store_cut:
            self._node.flush_later(self._flush)
            return
        settled, self._settled = self._settled, []
        if self._name and not self._holds_lease():
            return
        for call_id, effect_id in settled:
            self._inner.settle(call_id, effect_id)
            disk.history.add(Settled(disk.loop.now, self._node.label, call_id, effect_id))

    def _holds_lease(self) -> bool:
        disk = self._disk
        return disk.loop.now < self._until and disk.names.get(self._name) == self._node.label

    def _resigned(self) -> None:
        self._disk.history.add(Leased(self._disk.loop.now, self._node.label, self._name, 0))

    def _leased(self) -> None:
        until: Micros = self._disk.loop.now + self._lease * 1_000
        self._until, self._disk.names[self._name] = until, self._node.label
        self._disk.history.add(Leased(self._disk.loop.now, self._node.label, self._name, until))
