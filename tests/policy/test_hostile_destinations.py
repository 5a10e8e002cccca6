"""Toll fraud, input by input (reliability.md 4c, G): refused, counted, and written down.

Destinations come from where attackers put them: the answer of a business system, keys, names.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import structlog
from msgspec.structs import replace
from structlog.testing import capture_logs

from ivr.core.effects import (
    AnyEffect,
    InviteParticipants,
    PlaceCall,
    RedirectCall,
    TransferCall,
)
from ivr.core.snapshot import Snapshot
from ivr.core.values import Caller, Target
from ivr.errors import Refused
from ivr.ports import CallStore
from ivr.runtime.permits import DAY
from ivr.store.memory import MemoryStore
from ivr.store.sql import SqlStore
from tests.canaries import PHONE
from tests.policy.switchboard import MANY, OUR_NUMBER, OUR_OTHER_NUMBER, Switchboard
from tests.server.api_site import Api
from tests.store.postgres import postgres_url
from tests.store.store_calls import SEALER, url_of

DESK = "+442079460101"
PREMIUM = "+19002345678"
CARIBBEAN = ("+18095551234", "+18765551234", "+12842291234")
LOOKED_UP = """
    vars: { found: { type: record, fields: { to: text } } }
    states:
      ask_bank: { type: http, request: { get: "${env.ticket_url}/a" }, save_as: found, on: { ok: ring, error: lost } }
      ring: { type: transfer, to: "${found.to}", on: { answered: done, failed: lost, error: lost } }
"""  # noqa: E501
KEYED = """
    vars: { number: { type: digits } }
    states:
      ask: { type: collect, prompt: which, digits: 1-32, save_as: number, on: { done: ring, give_up: lost } }
      ring: { type: transfer, to: "phone:+${number}", on: { answered: done, failed: lost, error: lost } }
"""  # noqa: E501
NAMED = """
    states:
      ring: { type: transfer, to: "${call.from_name}", on: { answered: done, failed: lost, error: lost } }
"""  # noqa: E501
TO_DESK = f"""
    states:
      ask: {{ type: menu, prompt: choose, on: {{ "1": ring, give_up: lost }} }}
      ring: {{ type: transfer, to: "phone:{DESK}", on: {{ answered: done, failed: lost }} }}
"""


async def looked_up(board: Switchboard, to: str) -> str:
    """The end of a call that a business system wants transferred `to` somebody."""
    call = await board.call(LOOKED_UP)
    await call.answer({"to": to})
    return call.ride.result


def effects_to(target: Target) -> list[AnyEffect]:
    """Every way to get somebody on the line."""
    return [
        TransferCall("call.1", target),
        RedirectCall("call.2", (target,), 20_000),
        InviteParticipants("call.3", (target,)),
        PlaceCall("call.4", target),
    ]


@pytest.fixture
def board(tmp_path: Path) -> Switchboard:
    """An operator who allows two countries whole."""
    return Switchboard(tmp_path, "+44", "+1")


async def test_what_is_allowed_rings(board: Switchboard) -> None:
    await looked_up(board, f"phone:{DESK}")
    await looked_up(board, DESK)
    assert board.rung == [Target("phone", DESK)] * 2


@pytest.mark.parametrize(
    "number",
    [
        PREMIUM, "+449098790000", "+449112345678", "+882160000000", "+883510012345678",
        "+870773111632", "+88161234567", "+881612345678", "+979123456789", *CARIBBEAN,
    ],
)  # fmt: skip
async def test_g01_numbers_that_cost_are_not_dialled(tmp_path: Path, number: str) -> None:
    board = Switchboard(tmp_path, "+44", "+1", "+8", "+9")
    assert await looked_up(board, f"phone:{number}") == "lost"
    for effect in effects_to(Target("phone", number)):
        with pytest.raises(Refused) as refused:
            await board.outside.perform(effect, Snapshot("call", "b", 0))
        assert refused.value.code == "not_allowed"
    assert board.rung == []


ODD = [
    "00442079460101", "011442079460101", "+00442079460101", "+0442079460101", "+1(900)2345678",
    "+44 20 7946 0101", "+44.20.7946.0101", "+44-2079460101", "+４４２０７９４６０１０１",
    "+442079460101\u200d", "+44\u200b2079460101", "\u202e+442079460101", f"{DESK};ext=9",
    f"{DESK};phone-context=+1", f"{DESK}p9", f"{DESK}w9", f"{DESK},,9", f"*67{DESK}",
    f"tel:{DESK}", f"sip:{DESK}@gateway.example", "8:orgid:11111111-1111-4111-8111-111111111111",
    f"4:{DESK}", f"{DESK}\n", f" {DESK}", f"{DESK}#", "+44٢٠٧٩٤٦٠١٠١", "442079460101", "phone:",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD)
async def test_g02_another_spelling_is_no_number(board: Switchboard, text: str) -> None:
    assert await looked_up(board, text) == "lost"
    assert await looked_up(board, f"phone:{text}") == "lost"
    with pytest.raises(Refused):
        await board.outside.perform(TransferCall("call.1", Target("phone", text)), _CALL)
    assert board.rung == []


@pytest.mark.parametrize("text", ["+1234567", "+4420794", "+4420794601011234", "+", "", "+44"])
async def test_g03_numbers_that_nobody_can_have(board: Switchboard, text: str) -> None:
    assert await looked_up(board, f"phone:{text}") == "lost"
    assert board.rung == []


async def test_g04_a_prefix_that_allows_does_not_allow_what_costs(tmp_path: Path) -> None:
    for allow in ("+1", "+19", "+1900", "+190023456"):
        board = Switchboard(tmp_path, allow)
        assert await looked_up(board, PREMIUM) == "lost"
        assert board.rung == []
    board = Switchboard(tmp_path, PREMIUM)
    await looked_up(board, PREMIUM)
    assert board.rung == [Target("phone", PREMIUM)]


@pytest.mark.parametrize("mark", [",", "&", ";", "|", " ", "\n", "%2C"])
async def test_g05_two_destinations_in_one_are_none(board: Switchboard, mark: str) -> None:
    for text in (f"{DESK}{mark}{PREMIUM}", f"phone:{DESK}{mark}phone:{PREMIUM}"):
        assert await looked_up(board, text) == "lost"
    assert board.rung == []


@pytest.mark.parametrize("text", ["999", "112", "911", "+44999", "+1911", "+911", "+353112"])
async def test_g06_emergency_numbers_are_nobodys_transfer(board: Switchboard, text: str) -> None:
    assert await looked_up(board, f"phone:{text}") == "lost"
    with pytest.raises(Refused):
        await board.outside.perform(TransferCall("call.1", Target("phone", text)), _CALL)
    assert board.rung == []


async def test_g07_a_user_of_another_tenant_is_not_rung(board: Switchboard) -> None:
    person = "user:11111111-1111-4111-8111-111111111111"
    assert await looked_up(board, f"{person};tenant=tenant-2") == "lost"
    for effect in effects_to(Target("user", "1", "tenant-2")):
        with pytest.raises(Refused):
            await board.outside.perform(effect, _CALL)
    assert board.rung == []
    await looked_up(board, f"{person};tenant=Tenant-1")
    assert len(board.rung) == 1


@pytest.mark.parametrize("digits", ["19002345678", "8821612345678", "999", "442079460101442"])
async def test_g08_keys_choose_nobody_whom_the_operator_does_not_allow(
    board: Switchboard, digits: str
) -> None:
    call = await board.call(KEYED)
    await call.press(f"{digits}#")
    assert (call.ride.result, board.rung) == ("lost", [])


@pytest.mark.parametrize("name", [PREMIUM, f"phone:{PREMIUM}", "user:1&user:2", "Anna", ""])
async def test_g08_nor_does_a_display_name(board: Switchboard, name: str) -> None:
    call = await board.call(NAMED, Caller("phone", PHONE, name))
    assert (call.ride.result, board.rung) == ("lost", [])


@pytest.mark.parametrize("body", [{"to": [DESK]}, {"to": {"to": DESK}}, {"to": None}, {}, [DESK]])
async def test_g08_nor_an_answer_of_another_shape(board: Switchboard, body: object) -> None:
    call = await board.call(LOOKED_UP)
    await call.answer(body)
    assert (call.ride.result, board.rung) == ("lost", [])


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def nodes(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[list[CallStore]]:
    """Four stores over the same data."""
    if request.param == "memory":
        first = MemoryStore()
        yield [first, *(MemoryStore(first) for _ in range(3))]
        return
    async with AsyncExitStack() as stack:
        url = url_of(tmp_path)
        if request.param == "postgres":
            url = stack.enter_context(postgres_url())
        stores: list[CallStore] = []
        for _ in range(4):
            store = await SqlStore.open(url, SEALER)
            stack.push_async_callback(store.close)
            stores.append(store)
        yield stores


@pytest.mark.parametrize("limit", ["per_minute", "per_day", "per_caller_per_day"])
async def test_g09_of_a_hundred_at_once_the_last_free_place_is_taken_once(
    tmp_path: Path, nodes: Sequence[CallStore], limit: str
) -> None:
    rates = replace(MANY, **{limit: 10})
    boards = [Switchboard(tmp_path, "+44", rates=rates, store=store) for store in nodes]
    one = TransferCall("call.1", Target("phone", DESK))
    for _ in range(9):
        await boards[0].outside.perform(one, _CALL)
    tries = (boards[at % 4].outside.perform(one, _CALL) for at in range(100))
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(result, Exception) for result in results) == 1
    codes = {result.code for result in results if isinstance(result, Refused)}
    assert codes == {"limit_reached"}
    assert sum(len(board.rung) for board in boards) == 10


async def test_g10_a_clock_set_back_opens_no_new_day(
    tmp_path: Path, nodes: Sequence[CallStore]
) -> None:
    rates = replace(MANY, per_day=3)
    boards = [Switchboard(tmp_path, "+44", rates=rates, store=store) for store in nodes[:2]]
    for _ in range(5):
        for board in boards:
            await _try(board)
    boards[0].clock.jump(-3 * DAY)
    await _try(boards[0])
    assert sum(len(board.rung) for board in boards) == 3
    boards[1].clock.jump(DAY)
    await _try(boards[1])
    assert sum(len(board.rung) for board in boards) == 4


async def test_g11_nobody_places_a_call_without_the_token() -> None:
    api = Api()
    order = {"flow": "reminder", "inputs": {"phone": DESK}}
    for at, given in enumerate(("", "Bearer", "Bearer wrong", "Basic Og==")):
        async with api.client_from(f"192.0.2.{at}", token="") as stranger:
            headers = {"Authorization": given} if given else {}
            answer = await stranger.post("/calls", json=order, headers=headers)
            assert answer.status_code == 401
    assert api.desk.placed == {}


async def test_g12_a_caller_who_calls_again_and_again_is_put_through_twenty_times(
    tmp_path: Path,
) -> None:
    board = Switchboard(tmp_path, "+44", rates=replace(MANY, per_caller_per_day=20))
    for _ in range(30):
        call = await board.call(TO_DESK)
        await call.press("1")
    assert len(board.rung) == 20
    assert call.ride.result == "lost"
    other = await board.call(TO_DESK, Caller("phone", "+442079460124"))
    await other.press("1")
    assert len(board.rung) == 21


@pytest.mark.parametrize(
    "target", [f"phone:{OUR_NUMBER}", f"phone:{OUR_OTHER_NUMBER}", "instance:Our-Queue"]
)
async def test_g13_a_call_is_not_sent_back_to_us(board: Switchboard, target: str) -> None:
    assert await looked_up(board, target) == "lost"
    assert board.rung == []


async def test_every_refusal_is_written_down_and_no_number_with_it(board: Switchboard) -> None:
    structlog.reset_defaults()
    with capture_logs() as logs:
        await looked_up(board, PREMIUM)
    [entry] = [entry for entry in logs if entry["event"] == "destination_refused"]
    assert (entry["reason"], entry["country"]) == ("costly", 1)
    assert "2345678" not in str(logs)


_CALL = Snapshot("call", "b", 0, Caller("phone", PHONE), OUR_NUMBER, phase="connected")


async def _try(board: Switchboard) -> None:
    try:
        await board.outside.perform(TransferCall("call.1", Target("phone", DESK)), _CALL)
    except Refused:
        return
