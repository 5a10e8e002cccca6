"""The admin API over a desk of fakes: calls that are remembered, and never placed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
from msgspec import Struct
from msgspec.structs import replace

from ivr.core.events import AnyEvent
from ivr.core.step import TraceEntry
from ivr.errors import StoreUnavailable, UsageError
from ivr.expr.types import Value, declare
from ivr.ports import CallRow, JournalLine
from ivr.server.api.app import create_api
from ivr.server.api.desk import Offer, Place

TOKEN = "correct-horse-battery-staple"
GOOD = {"phone": "+442079460123", "starts_at": "2026-12-01T14:30:00+00:00"}
AT = 1_772_452_800_000
REMINDER = Offer(
    "reminder",
    "Appointment reminder",
    "1a2b3c",
    "call_out",
    {
        "phone": declare("phone"),
        "first_name": declare({"type": "text", "start": "there"}),
        "starts_at": declare("date_time"),
        "pin": declare({"type": "digits", "secret": True, "start": "0000"}),
    },
)


class Placed(Struct):
    """A call that the fake desk was asked for."""

    flow: str
    values: dict[str, Value]
    tenant: str


def row(call_id: str, **members: object) -> CallRow:
    usual = CallRow(call_id, "reminder", "1a2b3c", "greet", "connected", AT, None, "", "")
    return replace(usual, **members)


def line(
    number: int, event: str, *effects: str, detail: AnyEvent | None = None,
    trace: tuple[TraceEntry, ...] = (), of: str = "out-1",
) -> JournalLine:  # fmt: skip
    """A line of a journal, a second after the one before."""
    return JournalLine(of, number, AT + number * 1000, event, "ok", trace, effects, detail)


class FakeDesk:
    """A `Desk` with a memory; without its `store` it raises `StoreUnavailable`.

    `ends` says how the call to a phone ends, with result and end; others stay live. `at_dial`
    happens when a call is asked for, by its number from 1.
    """

    def __init__(self) -> None:
        self.ends: dict[str, tuple[str, str]] = {}
        self.at_dial: dict[int, Callable[[], None]] = {}
        self.dials = 0
        self.rows: dict[str, CallRow] = {}
        self.journals: dict[str, list[JournalLine]] = {}
        self.placed: dict[str, Placed] = {}
        self.hung_up: list[tuple[str, str]] = []
        self.store = True

    async def calls(self, limit: int, *, live: bool) -> Sequence[CallRow]:
        self._check()
        rows = sorted(self.rows.values(), key=lambda row: -row.started_at)
        return [each for each in rows if not live or each.ended_at is None][:limit]

    async def call(self, call_id: str) -> CallRow | None:
        self._check()
        return self.rows.get(call_id)

    async def journal(self, call_id: str) -> Sequence[JournalLine]:
        self._check()
        return self.journals.get(call_id, [])

    def place(self, bundle: str, flow: str, state: str) -> Place | None:
        return Place("reminder/flow.yaml", 12) if (bundle, state) == ("1a2b3c", "greet") else None

    def offers(self) -> Mapping[str, Offer]:
        return {"reminder": REMINDER}

    async def dial(
        self, offer: Offer, values: Mapping[str, Value], tenant: str, key: str
    ) -> tuple[str, bool]:
        self._check()
        self.dials += 1
        self.at_dial.get(self.dials, lambda: None)()
        if tenant == "elsewhere":
            raise UsageError("That tenant is none of ours.")
        call_id = f"out-{key}"
        is_new = call_id not in self.placed
        if is_new:
            self.placed[call_id] = Placed(offer.name, dict(values), tenant)
            self.rows[call_id] = row(call_id)
            self.journals[call_id] = [line(1, "call_wanted", "place_call", of=call_id)]
            self.end(call_id, *self.ends.get(str(values.get("phone")), ()))
        return call_id, is_new

    def end(self, call_id: str, result: str = "", end: str = "") -> None:
        """End a call, if it is told how."""
        if end:
            over = replace(self.rows[call_id], ended_at=AT + 5_000, result=result, end=end)
            self.rows[call_id] = over

    async def hang_up(self, call_id: str, reason: str) -> bool:
        self._check()
        self.hung_up.append((call_id, reason))
        return self.rows[call_id].ended_at is None

    def _check(self) -> None:
        if not self.store:
            raise StoreUnavailable


class Api:
    """The API and a client of it."""

    def __init__(self) -> None:
        self.desk = FakeDesk()
        self.time = 0.0
        self.app = create_api(TOKEN, self.desk, lambda: self.time)
        self.client = self.client_from("192.0.2.1")

    def client_from(self, address: str, token: str = TOKEN) -> httpx.AsyncClient:
        """A client at another address, or with another token."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, client=(address, 1)),
            base_url="http://ivr.example",
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )


async def dial(api: Api, inputs: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
    """Ask for a call."""
    headers = more.pop("headers", {})
    body = {"flow": "reminder", "inputs": GOOD if inputs is None else inputs, **more}
    return await api.client.post("/calls", json=body, headers=headers)


def sentence(answer: httpx.Response, status: int, code: str) -> str:
    """The message of an error of the one form that errors have."""
    body = answer.json()
    assert (answer.status_code, body["error"]["code"]) == (status, code)
    assert body == {"error": {"code": code, "message": body["error"]["message"]}}
    message = str(body["error"]["message"])
    assert message.endswith((".", "?"))
    assert "\n" not in message
    return message
