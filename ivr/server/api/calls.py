"""The operations on calls: list, show, place, end."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from ivr.ports import CallRow
from ivr.server.api.bodies import (
    CallAsked,
    CallHistory,
    CallsAsked,
    CallShown,
    CallsShown,
    DialAsked,
    Dialled,
    FlowShown,
    HangingUp,
    HangUpAsked,
    InputShown,
    NothingAsked,
)
from ivr.server.api.desk import Desk, Offer, Place
from ivr.server.api.history import shown, with_history
from ivr.server.api.inputs import needed, values_of
from ivr.server.api.operation import Operation, Where, operation
from ivr.server.api.problems import Problem, no_such_call


class CallOperations:
    """The operations, over a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def all(self) -> Sequence[Operation]:
        """Every operation on calls, declared."""
        return (
            operation(
                "listCalls", "GET", "/calls", "List calls, the newest first",
                CallsAsked, CallsShown, self.list,
            ),
            operation(
                "showCall", "GET", "/calls/{id}", "Show a call: its way, and what it wanted done",
                CallAsked, CallHistory, self.show, problems=(404,),
            ),
            operation(
                "dial", "POST", "/calls", "Place a call, or join a meeting, with a flow",
                DialAsked, Dialled, self.dial, status=202, keyed=True, problems=(404, 409),
            ),
            operation(
                "hangUp", "POST", "/calls/{id}/hangup", "End a call",
                HangUpAsked, HangingUp, self.hang_up, status=202, problems=(404, 409),
            ),
            operation(
                "showFlow", "GET", "/flows/{id}", "Show what a flow takes to place a call",
                NothingAsked, FlowShown, self.flow, problems=(404,),
            ),
        )  # fmt: skip

    async def list(self, asked: CallsAsked, where: Where) -> CallsShown:
        """`GET /calls`."""
        rows = await self._desk.calls(asked.limit, live=asked.live)
        return CallsShown([shown(row) for row in rows])

    async def show(self, asked: CallAsked, where: Where) -> CallShown:
        """`GET /calls/{id}`."""
        row = await self._known(where.id)
        if not asked.history:
            return shown(row)

        def place(flow: str, state: str) -> Place | None:
            return self._desk.place(row.bundle, flow, state)

        return with_history(row, await self._desk.journal(row.call_id), place)

    async def dial(self, asked: DialAsked, where: Where) -> Dialled:
        """`POST /calls`."""
        offer = self._offer(asked.flow)
        values = values_of(offer, asked.inputs)
        key = where.key or secrets.token_hex(16)
        call_id, is_new = await self._desk.dial(offer, values, asked.tenant, key)
        return Dialled(call_id, repeated=not is_new)

    async def hang_up(self, asked: HangUpAsked, where: Where) -> HangingUp:
        """`POST /calls/{id}/hangup`."""
        row = await self._known(where.id)
        if not await self._desk.hang_up(row.call_id, asked.reason):
            raise Problem(409, "call_is_over", "The call is over already.")
        return HangingUp(row.call_id)

    async def flow(self, asked: NothingAsked, where: Where) -> FlowShown:
        """`GET /flows/{id}`."""
        offer = self._offer(where.id)
        inputs = [
            InputShown(name, each.type, needed(each), each.holds_secret)
            for name, each in offer.inputs.items()
        ]
        return FlowShown(offer.name, offer.title, offer.bundle, offer.entry, inputs)

    async def _known(self, call_id: str) -> CallRow:
        row = await self._desk.call(call_id)
        if row is None:
            raise no_such_call()
        return row

    def _offer(self, name: str) -> Offer:
        offers = self._desk.offers()
        if name not in offers:
            known = ", ".join(offers) or "none"
            sentence = f"There is no such flow to place calls with; there are: {known}."
            raise Problem(404, "no_such_flow", sentence)
        return offers[name]
