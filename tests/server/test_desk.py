"""The desk of a node: the admin API's wishes as events of calls, over a real handler and store."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
import structlog
from structlog.testing import capture_logs

from ivr.core.events import Arrival, TimerFired
from ivr.core.snapshot import Snapshot
from ivr.errors import Conflict, UsageError
from ivr.expr.types import coerce
from ivr.flow.bundle import Bundle, load_folder
from ivr.runtime.handler import Handler
from ivr.runtime.library import BundleLibrary
from ivr.server.api.app import create_api
from ivr.server.desk import NodeDesk
from ivr.store.memory import MemoryStore
from tests.runtime.virtual import VirtualClock
from tests.store.store_calls import SEALER
from tests.universe import ARRIVAL, CALL_ID

FLOWS = {
    "remind": """
schema: 1
flow: remind
title: Reminder
start: greet
on: { error: bye }
input: { phone: { type: phone }, name: { type: text, start: there } }
call_out: { to: "${phone}", from: "instance:00000000-0000-4000-8000-000000000009" }
prompts: { greet: "Hello ${name}.", bye: Goodbye. }
states:
  greet: { type: prompt, prompt: greet, next: bye }
  bye: { type: hangup, result: told, prompt: bye }
""",
    "greet": """
schema: 1
flow: greet
default: true
start: hello
on: { error: bye }
prompts: { hello: Press 1., bye: Goodbye. }
states:
  hello: { type: menu, prompt: hello, on: { "1": { label: Go, go: bye }, give_up: bye } }
  bye: { type: hangup, result: greeted, prompt: bye }
""",
}
PHONE = "+442079460101"
TENANTS = ("tenant-1", "tenant-2")
TOKEN = "correct-horse-battery-staple"


class Afar(MemoryStore):
    """A store whose answers others do not wait for."""

    async def known(self, call_id: str) -> bool:
        found = await super().known(call_id)
        await asyncio.sleep(0)
        return found


class Node:
    """A handler and a store behind a desk; nothing is performed."""

    def __init__(self, folder: Path) -> None:
        for name, text in FLOWS.items():
            (folder / "flows" / name).mkdir(parents=True)
            (folder / "flows" / name / "flow.yaml").write_text(text)
        self.store, self.clock = Afar(), VirtualClock()
        loaded = load_folder(folder / "flows")
        assert loaded.bundle is not None
        self.bundle: Bundle | None = loaded.bundle
        self.library = BundleLibrary(folder / "bundles", {}, lambda _: lambda *_: None)  # type: ignore[arg-type,return-value]
        self.library.publish(loaded.bundle, folder / "flows")
        self.handler = Handler(
            self.store, self.library, self.clock, SEALER.callback_key, lambda *_: None
        )
        self.desk = NodeDesk(
            self.store, self.handler.handle, lambda: self.bundle, SEALER.callback_key, TENANTS
        )

    async def dial(self, key: str = "key", tenant: str = "") -> tuple[str, bool]:
        offer = self.desk.offers()["remind"]
        phone = coerce(PHONE, offer.inputs["phone"])
        return await self.desk.dial(offer, {"phone": phone}, tenant, key)

    async def snapshot(self, call_id: str) -> Snapshot:
        loaded = await self.store.load(call_id)
        assert loaded is not None
        return loaded.snapshot


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def test_calls_are_placed_with_flows_that_call(node: Node) -> None:
    offers = node.desk.offers()
    assert list(offers) == ["remind"]
    assert (offers["remind"].entry, offers["remind"].title) == ("call_out", "Reminder")
    node.bundle = None
    assert node.desk.offers() == {}


async def test_a_call_begins_with_its_inputs_and_tenant(node: Node) -> None:
    call_id, is_new = await node.dial(tenant="Tenant-2")
    assert is_new
    assert call_id.startswith("out-")
    assert len(call_id) == 36
    snapshot = await node.snapshot(call_id)
    assert snapshot.visits[0].scope == {"phone": PHONE, "name": "there"}
    assert (snapshot.entry, snapshot.tenant) == ("call_out", "tenant-2")


async def test_a_key_is_one_call_however_often_and_at_once_it_comes(node: Node) -> None:
    placed = await asyncio.gather(*(node.dial() for _ in range(10)))
    assert len({call_id for call_id, _ in placed}) == 1
    assert sum(is_new for _, is_new in placed) == 1
    assert (await node.dial("other"))[0] != placed[0][0]
    assert len(await node.store.calls()) == 2


async def test_a_key_calls_nobody_again_when_its_call_is_over(node: Node) -> None:
    call_id, _ = await node.dial()
    await node.desk.hang_up(call_id, "wrong list")
    node.clock.jump(600_000)
    await node.handler.handle(Arrival(call_id, TimerFired()))
    assert await node.store.load(call_id) is None
    assert await node.dial() == (call_id, False)
    row = await node.desk.call(call_id)
    assert row is not None
    assert row.ended_at is not None
    assert not await node.desk.hang_up(call_id, "again")


async def test_without_a_tenant_it_is_the_services_own_and_no_other_may_call(node: Node) -> None:
    call_id, _ = await node.dial()
    assert (await node.snapshot(call_id)).tenant == "tenant-1"
    with pytest.raises(UsageError, match="IVR_TENANTS"):
        await node.dial("other", "tenant-3")
    assert len(await node.store.calls()) == 1


async def test_a_flow_that_is_gone_meanwhile_places_nothing(node: Node, tmp_path: Path) -> None:
    offer = node.desk.offers()["remind"]
    only = tmp_path / "only" / "greet"
    only.mkdir(parents=True)
    (only / "flow.yaml").write_text(FLOWS["greet"])
    loaded = load_folder(only.parent)
    assert loaded.bundle is not None
    node.library.publish(loaded.bundle, only.parent)
    with pytest.raises(Conflict):
        await node.desk.dial(offer, {}, "", "key")


async def test_why_a_call_is_ended_is_written_down_without_numbers(node: Node) -> None:
    call_id, _ = await node.dial()
    structlog.reset_defaults()
    with capture_logs() as logs:
        await node.desk.hang_up(call_id, f"{PHONE} was wrong")
    [asked] = [each for each in logs if each["event"] == "hang_up_asked"]
    assert asked["reason"] == "+44…101 was wrong"


async def test_calls_that_come_in_are_seen_and_ended(node: Node) -> None:
    await node.handler.handle(Arrival(CALL_ID, ARRIVAL))
    await node.dial()
    row = await node.desk.call(CALL_ID)
    assert row is not None
    assert (row.flow, row.phase, row.ended_at) == ("greet", "answering", None)
    assert {row.call_id for row in await node.desk.calls(9, live=True)} == {
        row.call_id for row in await node.store.calls()
    }
    assert await node.desk.hang_up(CALL_ID, "maintenance")
    assert "hang_up" in str([line.effects for line in await node.desk.journal(CALL_ID)])
    assert await node.desk.call("nobody") is None


def test_a_state_is_found_where_it_is_written(node: Node) -> None:
    assert node.bundle is not None
    place = node.desk.place(node.bundle.name, "remind", "bye")
    assert place == ("remind/flow.yaml", 12)
    assert node.desk.place("other", "remind", "bye") is None
    assert node.desk.place(node.bundle.name, "gone", "bye") is None
    assert node.desk.place(node.bundle.name, "remind", "gone") is None


async def test_the_whole_of_it_over_http(node: Node) -> None:
    transport = httpx.ASGITransport(create_api(TOKEN, node.desk))
    headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "key"}
    async with httpx.AsyncClient(transport=transport, base_url="http://ivr.example") as client:
        body = {"flow": "remind", "inputs": {"phone": PHONE}}
        answer = await client.post("/calls", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        del headers["Idempotency-Key"]
        shown = (await client.get(f"/calls/{answer.json()['id']}", headers=headers)).json()
    assert (shown["live"], shown["attempts"]) == (True, 1)
    assert [each["kind"] for each in shown["effects"]] == ["place_call"]
    assert PHONE not in str(shown)
