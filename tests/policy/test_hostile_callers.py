"""Callers who mean harm, input by input (reliability.md 4c, F)."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from ivr.core import limits
from ivr.core.effects import HangUp, PlayPrompts, RecordCaller, SendRequest
from ivr.core.events import CallEnded, RosterChanged, TonePressed
from ivr.core.values import Caller, Participant
from ivr.errors import Refused
from ivr.graph.people import caller_of
from ivr.graph.shapes import Identity, IdentitySet, Party
from ivr.runtime.admission import Room
from ivr.runtime.permits import CLIPS, HOPS
from tests.canaries import PHONE
from tests.policy.hostile_flows import (
    BY_NAME,
    CALL_BACK,
    CONFIRMED,
    MENU,
    NUMBER,
    ONE_PIN,
    PAID,
    RING_SALES,
    ROUND,
    TO_ATTENDANT,
    TRY_PIN,
)
from tests.policy.switchboard import MANY, OUR_NUMBER, Switchboard
from tests.runtime.world import World
from tests.universe import ARRIVAL, Ride, connected, program, ringing

ROSTER_OF_TWO = RosterChanged(
    (
        Participant("p1", "phone", PHONE),
        Participant("p2", "user", "22222222-2222-4222-8222-222222222222"),
        Participant("p3", "app", "bot"),
    )
)


def flooded(ride: Ride, keys: str, after: int) -> None:
    """Many keys, and a call that takes them."""
    for number, key in enumerate(keys, ride.snapshot.next_tone):
        ride.wait(after)
        ride.tell(TonePressed(key, number))
        assert len(ride.snapshot.keys) <= limits.MAX_TYPE_AHEAD
        assert len(ride.snapshot.held) <= limits.MAX_HELD_TONES


@pytest.mark.parametrize("source", [MENU, NUMBER], ids=["menu", "collect"])
def test_f01_forty_digits_a_second_cost_the_caller_the_question_and_no_more(source: str) -> None:
    ride = connected(source)
    flooded(ride, "0987654321" * 40, 25)
    assert ride.result in {"lost", "sales"}
    assert len(ride.done) < 50
    ride.wait(60_000)
    assert ride.snapshot.closed


def test_f02_keys_count_while_the_call_is_answered() -> None:
    ride = ringing(MENU)
    ride.tell(TonePressed("1", 1))
    ride.up()
    assert ride.result == "sales"


def test_f02_keys_during_a_transfer_and_after_the_end_change_nothing() -> None:
    ride = connected(RING_SALES)
    flooded(ride, "1111", 10)
    assert ride.state == "ring"
    ride.hang_up("transferred")
    assert ride.result == "done"
    before = len(ride.done)
    ride.tell(TonePressed("1", 9))
    assert (ride.verdict, len(ride.done)) == ("late", before)


@pytest.mark.parametrize("source", [MENU, NUMBER], ids=["menu", "collect"])
def test_f03_a_flood_of_end_keys_uses_up_the_attempts(source: str) -> None:
    ride = connected(source)
    flooded(ride, "#" * 400, 25)
    assert ride.result == "lost"


async def test_f04_a_pin_is_tried_three_times_whoever_calls_however_often(tmp_path: Path) -> None:
    board = Switchboard(tmp_path)
    told: list[str] = []
    for caller in range(4):
        call = await board.call(TRY_PIN, Caller("phone", f"+44207946010{caller}"))
        while not call.ride.result and len(told) < 20:
            await call.press("1111")
            told.append(call.ride.state)
        assert call.ride.result == "locked"
    asked = [effect for effect in board.line.asked if isinstance(effect, PlayPrompts)]
    assert len(asked) == 3


def test_f04_a_right_and_a_wrong_pin_take_the_same_time() -> None:
    ends = []
    for pin in ("0000", "1111"):
        ride = connected(ONE_PIN)
        ride.press(pin)
        ends.append((ride.result, ride.now - ride.began, len(ride.done)))
    assert ends == [("inside", 0, ends[0][2]), ("outside", 0, ends[0][2])]


async def test_f05_a_number_that_anybody_can_claim_opens_nothing(tmp_path: Path) -> None:
    board = Switchboard(tmp_path, "+44", rates=replace(MANY, per_caller_per_day=1, per_day=3))
    for caller in ("+442079460101", OUR_NUMBER, "+442079460102", "+442079460103", PHONE):
        call = await board.call(PAID, Caller("phone", caller, "The managing director"))
        await call.press("11")
    assert len(board.rung) == 3, "another number each time does not help for long"


NAMES = [
    "", "Anna", "x" * 10_000, "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "${call.to}",
    "{{7*7}}", "%s%n", "\r\nX-Admin: 1", "\x1b]0;owned\x07", "\u202egnp.exe", "\x00", "'; DROP",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_f06_a_name_is_words_and_nothing_else(name: str) -> None:
    person = Identity(id="11111111-1111-4111-8111-111111111111", display_name=name)
    caller = caller_of(Party(identity=IdentitySet(user=person)))
    assert len(caller.name) <= 256
    assert all(letter.isprintable() for letter in caller.name)
    ride = Ride(program(BY_NAME))
    ride.tell(replace(ARRIVAL, caller=caller))
    ride.up()
    ride.heard()
    [spoken] = ride.sent(PlayPrompts).audio
    assert spoken.text == f"Hello {caller.name}."
    body = json.loads(ride.sent(SendRequest).body)
    assert body == {"name": caller.name or None}


@pytest.mark.parametrize("encrypted", ["", "encrypted", "BASE64+/=", "+", "anonymous"])
def test_f06_who_cannot_be_read_is_nobody(encrypted: str) -> None:
    caller = caller_of(Party(identity=IdentitySet(phone=Identity(id=encrypted))))
    assert (caller.kind, caller.id) == ("anonymous", "")


@pytest.mark.parametrize(
    "number",
    [
        "+15550100&SIP/evil", "+442079460101,+19002345678", "+442079460101;ext=9", "${env.sales}",
        "sip:+442079460101@x", "+44 2079460101", "00442079460101", "+442079460101\n",
    ],
)  # fmt: skip
async def test_f07_a_callers_number_that_is_none_is_never_called_back(
    tmp_path: Path, number: str
) -> None:
    caller = caller_of(Party(identity=IdentitySet(phone=Identity(id=number))))
    assert (caller.kind, caller.id) == ("anonymous", "")
    board = Switchboard(tmp_path, "+44", "+1")
    for each in (caller, Caller("phone", number)):
        call = await board.call(CALL_BACK, each)
        assert call.ride.result == "lost"
    assert board.rung == []


async def test_f08_a_thousand_messages_of_one_caller_are_not_all_kept(tmp_path: Path) -> None:
    board = Switchboard(tmp_path)
    call = Ride(program(MENU))
    call.connect()
    for number in range(1_000):
        clip = RecordCaller(f"call.{number}", 120_000, 5_000, 5_000)
        with suppress(Refused):
            await board.outside.perform(clip, call.snapshot)
    assert len(board.line.asked) == CLIPS


async def test_f09_an_attendant_that_sends_callers_back_is_noticed(tmp_path: Path) -> None:
    board = Switchboard(tmp_path)
    for _ in range(HOPS + 10):
        call = await board.call(TO_ATTENDANT)
        board.clock.jump(5_000)
    assert len(board.rung) == HOPS
    assert call.ride.result == "lost"


async def test_f09_our_number_is_not_transferred_to_itself(tmp_path: Path) -> None:
    board = Switchboard(tmp_path, "+44")
    call = await board.call(TO_ATTENDANT.replace("instance:attendant", f"phone:{OUR_NUMBER}"))
    assert (call.ride.result, board.rung) == ("lost", [])


async def test_f10_one_number_cannot_take_all_the_lines() -> None:
    world = World(MENU, room=Room(calls=10_000, calls_per_caller=20, monthly_calls=10_000))
    for number in range(200):
        await world.arrive(f"57dab8b1-894c-409a-b240-{number:012}")
    answered, rejected = (world.line.kinds.count(kind) for kind in ("answer_call", "reject_call"))
    assert (answered, rejected) == (20, 180)
    other = replace(ARRIVAL, caller=Caller("phone", "+442079460124"))
    await world.tell(other, "57dab8b1-894c-409a-b240-999999999999")
    assert world.line.kinds.count("answer_call") == 21


def test_f11_a_caller_who_says_nothing_is_let_go() -> None:
    ride = connected("states: { music: { type: wait, for: 12h, next: done } }")
    ride.wait(2 * 3_600_000)
    assert ride.snapshot.closed
    assert any(isinstance(effect, HangUp) for effect in ride.done)
    assert ride.now - ride.began < 3 * 3_600_000


async def test_f12_a_robot_reaches_the_paid_line_so_often_and_no_more(tmp_path: Path) -> None:
    board = Switchboard(tmp_path, "+44", rates=replace(MANY, per_caller_per_day=20))
    for _ in range(50):
        call = await board.call(PAID)
        await call.press("11")
    assert len(board.rung) == 20
    assert call.ride.result == "lost"


@pytest.mark.parametrize("order", ["yes first", "hang-up first"])
def test_f13_a_hang_up_at_the_very_confirmation_orders_once_or_not_at_all(order: str) -> None:
    ride = connected(CONFIRMED)
    ride.press("1234")
    yes, gone = TonePressed("1", ride.snapshot.next_tone), CallEnded("hung_up")
    for event in (yes, gone) if order == "yes first" else (gone, yes):
        ride.tell(event)
    ride.tell(yes)
    orders = [effect for effect in ride.done if isinstance(effect, SendRequest)]
    assert len(orders) == (order == "yes first")
    ride.wait(120_000)
    assert ride.snapshot.closed
    assert ride.result == ("lost" if orders else "gone")


def test_f14_prompts_that_answer_themselves_do_not_go_on_for_ever() -> None:
    """The microphone hears our own prompt, in which a key was recorded: it is pressed each time."""
    ride = connected(ROUND)
    for _ in range(50):
        if not ride.result:
            ride.press("1")
            ride.wait(3_000)
    assert ride.result == "lost"
    assert len(ride.said) <= limits.MAX_VISITS_OF_A_STATE


def test_f15_a_secret_is_not_asked_for_while_others_are_on_the_call() -> None:
    ride = connected(ONE_PIN)
    ride.tell(ROSTER_OF_TWO)
    assert ride.result == "outside"
    ride.press("0000")
    assert ride.value("pin") is None


def test_f15_nor_is_what_they_pressed_before() -> None:
    ride = connected("""
        vars: { pin: { type: digits, secret: true } }
        states:
          say: { type: prompt, prompt: hello, next: ask }
          ask: { type: collect, prompt: ask_pin, digits: 4, save_as: pin, on: { done: inside, give_up: lost, error: outside } }
    """)  # noqa: E501
    ride.tell(ROSTER_OF_TWO)
    ride.press("0000")
    ride.heard()
    assert ride.result == "outside"
