"""What waits for the next transaction, and telling those who wait what came of it."""

from __future__ import annotations

import asyncio
from collections import deque
from operator import attrgetter
from typing import NamedTuple, TypeVar

from ivr.errors import Fenced, IvrError, StoreUnavailable
from ivr.ports import Moved
from ivr.store.claiming import EffectKey
from ivr.store.leases import Identity
from ivr.store.packing import ChangeRows
from ivr.store.shared import unavailable
from ivr.store.writing import Batch, Written

_T = TypeVar("_T")
_MOST_TOGETHER = 512


class WaitingChange(NamedTuple):
    """Somebody who waits for a change to be durable."""

    rows: ChangeRows
    written: asyncio.Future[frozenset[str]]


class WaitingClaim(NamedTuple):
    """Somebody who waits to hear whether an effect is ours, in its turn unless it is `late`."""

    key: EffectKey
    late: bool
    claimed: asyncio.Future[bool | None]


class Load(NamedTuple):
    """What goes into one transaction: at most one change of each call."""

    changes: list[WaitingChange]
    claims: list[WaitingClaim]
    settled: tuple[EffectKey, ...] = ()

    def batch(self, identity: Identity) -> Batch:
        """The same as it is written."""
        changes = sorted((one.rows for one in self.changes), key=attrgetter("call_id"))
        claims = sorted({one.key for one in self.claims})
        late = {one.key for one in self.claims if one.late}
        return Batch(identity, changes, self.settled, claims, late)

    def finish(self, written: Written) -> None:
        """Tell all what became of their wish."""
        for change in self.changes:
            rows = change.rows
            granted = frozenset(
                one for one in rows.claimed if (rows.call_id, one) not in written.withheld
            )
            _finish(change.written, granted, written.refused.get(rows.call_id))
        for claim in self.claims:
            early = claim.key in written.early
            _finish(claim.claimed, None if early else claim.key in written.claimed)

    def fail(self, failure: StoreUnavailable) -> None:
        """Tell all that nothing was written."""
        for change in self.changes:
            _finish(change.written, frozenset(), failure)
        for claim in self.claims:
            _finish(claim.claimed, False, failure)

    def moved(self, written: Written) -> list[Moved]:
        """The calls that were moved on."""
        return [one.rows.moved for one in self.changes if one.rows.call_id not in written.refused]

    def effects(self) -> set[EffectKey]:
        """Those that somebody will perform when the changes are written."""
        return {key for change in self.changes for key in change.rows.effects}

    def claimed(self) -> set[EffectKey]:
        """Those that somebody will perform when they prove to be ours."""
        return {claim.key for claim in self.claims}

    def refused(self, written: Written) -> set[EffectKey]:
        """Effects of changes that were not written, or for which nobody waits any more."""
        return {
            key
            for change in self.changes
            if change.rows.call_id in written.refused or change.written.cancelled()
            for key in change.rows.effects
        }

    def forgone(self, written: Written) -> set[EffectKey]:
        """Claims that were lost, and those for which nobody waits any more."""
        return {
            claim.key
            for claim in self.claims
            if claim.key not in written.claimed | written.early or claim.claimed.cancelled()
        }


class Pending:
    """All that waits. `settled` stays until it is known to be written."""

    def __init__(self) -> None:
        self.settled: dict[EffectKey, None] = {}
        self._changes: deque[WaitingChange] = deque()
        self._claims: list[WaitingClaim] = []

    def __bool__(self) -> bool:
        return bool(self._changes or self._claims)

    def change(self, rows: ChangeRows) -> asyncio.Future[frozenset[str]]:
        """Add a change; when it is durable, the result are the claims that were granted."""
        written: asyncio.Future[frozenset[str]] = asyncio.get_running_loop().create_future()
        self._changes.append(WaitingChange(rows, written))
        return written

    def claim(self, key: EffectKey, *, late: bool) -> asyncio.Future[bool | None]:
        """Add a claim; its result is whether the effect is ours, None when it is too early."""
        claimed: asyncio.Future[bool | None] = asyncio.get_running_loop().create_future()
        self._claims.append(WaitingClaim(key, late, claimed))
        return claimed

    def take(self) -> Load:
        """The next changes, in order; a second one of the same call stays where it is."""
        load: dict[str, WaitingChange] = {}
        second: list[WaitingChange] = []
        while self._changes and len(load) < _MOST_TOGETHER:
            waiting = self._changes.popleft()
            if waiting.rows.call_id in load:
                second.append(waiting)
            else:
                load[waiting.rows.call_id] = waiting
        self._changes.extendleft(reversed(second))
        claims, self._claims = self._claims, []
        return Load(list(load.values()), claims, tuple(self.settled))

    def written(self, load: Load) -> None:
        """What the load settled needs no more writing."""
        for key in load.settled:
            self.settled.pop(key, None)

    def fail(self, load: Load, error: Exception) -> None:
        """Everybody who waits hears of a fault at once, rather than one load after the other."""
        rest = Load([*load.changes, *self._changes], [*load.claims, *self._claims])
        self._changes.clear()
        self._claims = []
        if isinstance(error, Fenced):
            # Whoever has taken over finds out for itself.
            self.settled.clear()
        rest.fail(unavailable(error))


def _finish(future: asyncio.Future[_T], result: _T, failure: IvrError | None = None) -> None:
    if future.done():
        return
    if failure is None:
        future.set_result(result)
    else:
        future.set_exception(failure)
