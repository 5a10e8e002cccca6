"""What the operations on calls need of a node; `ivr.server.desk` has it, tests have a fake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from ivr.expr.types import Declaration, Value
from ivr.ports import CallRow, JournalLine

Entry = Literal["call_out", "join"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A flow with which calls can be placed; `inputs` are what it declares under `input:`."""

    name: str
    title: str
    bundle: str
    entry: Entry
    inputs: Mapping[str, Declaration]


class Place(NamedTuple):
    """Where a state is written: the flow's file and the line, from 1; None if that is unknown."""

    file: str
    line: int | None


class Desk(Protocol):
    """The calls of a service. Raises `StoreUnavailable` from all that asks the store."""

    async def calls(self, limit: int, *, live: bool) -> Sequence[CallRow]:
        """Calls, the newest first; with `live` only those that are not over."""
        ...

    async def call(self, call_id: str) -> CallRow | None:
        """One call, or None when it is unknown."""
        ...

    async def journal(self, call_id: str) -> Sequence[JournalLine]:
        """The call's history from its beginning."""
        ...

    def place(self, bundle: str, flow: str, state: str) -> Place | None:
        """Where a state is written, if the bundle is at hand."""
        ...

    def offers(self) -> Mapping[str, Offer]:
        """The flows with which calls can be placed now, by name."""
        ...

    async def dial(
        self, offer: Offer, values: Mapping[str, Value], tenant: str, key: str
    ) -> tuple[str, bool]:
        """Place a call: its id, and whether it is there because of this request.

        The same key gives the same call, which is placed once. Raises `UsageError` for a tenant
        that is not one of ours, `Conflict` when the flow is no longer published, and `Refused`
        when a limit is reached.
        """
        ...

    async def hang_up(self, call_id: str, reason: str) -> bool:
        """End a call; False when it is over already. Only for calls that are known."""
        ...
