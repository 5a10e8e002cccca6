"""Simulated phones for tests, on a clock that begins at 0."""

from __future__ import annotations

from typing import Any

from ivr.core.values import Caller, Target
from ivr.simulator.phone.model import Phone
from ivr.simulator.phone.rules import Call, ClipPlan, Outcome, Piece, Rules
from ivr.simulator.phone.signals import (
    LineDown,
    OperationEnded,
    Refusal,
    Signal,
    StateChanged,
    ToneHeard,
)

RULES = Rules(
    establishing=10,
    established=100,
    audio=50,
    tone=5,
    beep=200,
    operation_ended=20,
    cancel=80,
    transfer_rings=1_000,
    transfer_gives_up=20_000,
    transfer_leaves=30,
    hang_up=40,
)
UP = 1_000
"""A moment at which an answered call of these rules has audio."""

SALES = Target("user", "11111111-1111-4111-8111-111111111111")
PLAN = ClipPlan(max_length=10_000, first_sound=3_000, stop_after_silence=2_000, stop_keys="#")

GONE, NOT_UP = Refusal("gone"), Refusal("not_established")
WRONG, CONFLICT = Refusal("wrong_state"), Refusal("conflict")


def rules(**changes: int | bool | str) -> Rules:
    """The rules of these tests with some changed."""
    return Rules(**{**_members(RULES), **changes})


def _members(of: Rules) -> dict[str, Any]:
    return {name: getattr(of, name) for name in of.__struct_fields__}


def ringing(using: Rules = RULES) -> Phone:
    """A call that has just come in."""
    return Phone(Call(at=0, caller=Caller("phone", "+442071838750")), using)


def connected(using: Rules = RULES) -> Phone:
    """An answered call with audio; what it told so far is thrown away."""
    phone = ringing(using)
    assert phone.answer(0) is None
    phone.advance(UP)
    assert phone.audio
    return phone


def dialled(callee: Outcome, using: Rules = RULES) -> Phone:
    """A call that the bot places."""
    return Phone(Call(at=0, to="+442071838750", outgoing=True, callee=callee), using)


def picked_up(using: Rules = RULES) -> Phone:
    """A call that the bot has placed and somebody has answered, with audio; see `UP`."""
    phone = dialled("answered", Rules(**{**_members(using), "callee_answers": 500}))
    phone.advance(UP)
    assert phone.audio
    return phone


def piece(name: str, length: int = 1_000) -> Piece:
    """A prompt of that length in milliseconds."""
    return Piece(name, length)


def states(signals: list[Signal]) -> list[tuple[int, str]]:
    """The states that were told, each with its moment."""
    return [(told.at, told.state) for told in signals if isinstance(told, StateChanged)]


def ends(signals: list[Signal]) -> list[tuple[int, str, str]]:
    """The operations that ended: when, which one, how."""
    return [(s.at, s.context, s.result) for s in signals if isinstance(s, OperationEnded)]


def down(signals: list[Signal]) -> list[tuple[int, str]]:
    """The end of the line: when, and why."""
    return [(told.at, told.reason) for told in signals if isinstance(told, LineDown)]


def tones(signals: list[Signal]) -> list[tuple[int, str, int]]:
    """The tones that were told: when, which key, which number."""
    return [(s.at, s.key, s.sequence) for s in signals if isinstance(s, ToneHeard)]
