"""The desk of a node: what the admin API can do with the calls of the service.

It adds nothing to the calls but events, through the one door that all events take.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import structlog

from ivr.core.events import Arrival, CallWanted, HangUpAsked
from ivr.core.snapshot import Snapshot
from ivr.errors import Conflict, UsageError
from ivr.expr.types import Value, pack
from ivr.flow.bundle import Bundle
from ivr.ports import CallRow, CallStore, JournalLine
from ivr.server.api.desk import Offer, Place
from ivr.server.masking import masked

SEARCHED = 10_000
"""The newest calls, among which a live one or one with a given id is looked for."""

log = structlog.get_logger()


class NodeDesk:
    """The `Desk` over a store and a node's door.

    `handle` is the handler's, `bundle` gives the published flows, `key_of` is a keyed hash of a
    text (32 hex digits), `tenants` are those that may call, the service's own first.
    """

    def __init__(
        self,
        store: CallStore,
        handle: Callable[[Arrival], Awaitable[str]],
        bundle: Callable[[], Bundle | None],
        key_of: Callable[[str], str],
        tenants: Sequence[str],
    ) -> None:
        self._store = store
        self._handle = handle
        self._bundle = bundle
        self._key_of = key_of
        self._tenants = tenants

    async def calls(self, limit: int, *, live: bool) -> Sequence[CallRow]:
        """See `Desk`."""
        if not live:
            return await self._store.calls(limit)
        rows = await self._store.calls(SEARCHED)
        return [row for row in rows if row.ended_at is None and row.phase != "ended"][:limit]

    async def call(self, call_id: str) -> CallRow | None:
        """See `Desk`."""
        loaded = await self._store.load(call_id)
        if loaded is not None:
            return _row(loaded.snapshot)
        if not await self._store.known(call_id):
            return None
        rows = await self._store.calls(SEARCHED)
        return next((row for row in rows if row.call_id == call_id), None)

    async def journal(self, call_id: str) -> Sequence[JournalLine]:
        """See `Desk`."""
        return await self._store.journal(call_id)

    def place(self, bundle: str, flow: str, state: str) -> Place | None:
        """See `Desk`."""
        current = self._bundle()
        if current is None or current.name != bundle or flow not in current.flows:
            return None
        known = current.flows[flow]
        if state not in known.states:
            return None
        at = known.document.where(("states", state), key=True)
        return Place("/".join(Path(known.document.file).parts[-2:]), at.line)

    def offers(self) -> Mapping[str, Offer]:
        """See `Desk`."""
        current = self._bundle()
        if current is None:
            return {}
        made = (_offer(current, name) for name in current.programs)
        return {offer.name: offer for offer in made if offer is not None}

    async def dial(
        self, offer: Offer, values: Mapping[str, Value], tenant: str, key: str
    ) -> tuple[str, bool]:
        """See `Desk`."""
        if tenant and tenant.lower() not in self._tenants:
            raise UsageError("That tenant is none of this service's: see IVR_TENANTS.")
        call_id = f"out-{self._key_of(f'dial {key}')}"
        # A call that is over knows its inputs no more, so its key must not begin another.
        if await self._store.known(call_id):
            return call_id, False
        packed: dict[str, object] = {name: pack(value) for name, value in values.items()}
        wanted = CallWanted(offer.name, packed, tenant.lower() or self._tenants[0])
        verdict = await self._handle(Arrival(call_id, wanted))
        log.info("call_wanted", call=call_id, flow=offer.name, verdict=verdict)
        if verdict == "unknown":
            raise Conflict("The flows have changed meanwhile.")
        return call_id, verdict not in {"duplicate", "late"}

    async def hang_up(self, call_id: str, reason: str) -> bool:
        """See `Desk`."""
        log.info("hang_up_asked", call=call_id, reason=masked(reason))
        return await self._handle(Arrival(call_id, HangUpAsked())) not in {"late", "unknown"}


def _offer(bundle: Bundle, name: str) -> Offer | None:
    program = bundle.programs[name]
    if program.outward is None:
        return None
    inputs = {each: program.declarations[each] for each in program.inputs}
    return Offer(name, program.title, bundle.name, program.outward.entry, inputs)


def _row(snapshot: Snapshot) -> CallRow:
    """A call that is not closed, as the store would list it."""
    visits = snapshot.visits
    return CallRow(
        call_id=snapshot.call_id,
        flow=visits[0].flow if visits else "",
        bundle=snapshot.bundle,
        state=visits[-1].state if visits else "",
        phase=snapshot.phase,
        started_at=snapshot.started_at,
        ended_at=None,
        result=snapshot.result,
        end=snapshot.end,
    )
