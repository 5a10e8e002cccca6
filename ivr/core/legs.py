"""Legs that we have placed ourselves: somebody who is called, a meeting that is joined.

Rules of this file: a leg is placed at most once, whatever becomes of the request; one that is
wanted no more is hung up as soon as the service's id of it is known, however late that is.
"""

from __future__ import annotations

from msgspec.structs import replace

from ivr.core import limits
from ivr.core.effects import HangUp, JoinMeeting, PlaceCall
from ivr.core.snapshot import Leg
from ivr.core.turn import Turn
from ivr.core.values import Meeting, Millis, Target, parse_target
from ivr.errors import SpokenValueError
from ivr.expr.template import Template


def place(turn: Turn, to: Target, source: str, ring_for: Millis) -> str:
    """Call somebody; the new leg."""
    leg = turn.emit(PlaceCall, to=to, source=source, ring_for=ring_for, leg="")
    turn.snapshot.legs[leg] = Leg()
    return leg


def join(turn: Turn, meeting: Meeting, source: str) -> str:
    """Join a meeting; the new leg."""
    leg = turn.emit(JoinMeeting, meeting=meeting, source=source, leg="")
    turn.snapshot.legs[leg] = Leg()
    return leg


def source_of(turn: Turn, template: Template | None) -> str:
    """The object id of the account that calls, "" for none. Raises `SpokenValueError`."""
    if template is None:
        return ""
    account = parse_target(turn.render(template))
    if account is None or account.kind != "instance":
        raise SpokenValueError("`from` is not of the form instance:ID.")
    return account.id


def known(turn: Turn, leg: str, line: str) -> bool:
    """Note the service's id of a leg; false when nothing is new."""
    found = turn.snapshot.legs.get(leg)
    if found is None or found.line:
        return False
    turn.snapshot.legs[leg] = replace(found, line=line, unknown=False)
    if found.state in {"leaving", "over"}:
        _hang_up(turn, leg)
    return True


def up(turn: Turn, leg: str) -> None:
    """The other side has picked up."""
    found = turn.snapshot.legs[leg]
    if found.state == "placing":
        turn.snapshot.legs[leg] = replace(found, state="up")


def lost(turn: Turn, leg: str) -> None:
    """Nobody knows whether the leg was placed."""
    turn.snapshot.legs[leg] = replace(turn.snapshot.legs[leg], unknown=True)


def over(turn: Turn, leg: str) -> bool:
    """Note that a leg is down; false when that is no news."""
    found = turn.snapshot.legs.get(leg)
    if found is None or found.state == "over":
        return False
    turn.snapshot.legs[leg] = replace(found, state="over")
    if not any(each.state == "leaving" for each in turn.snapshot.legs.values()):
        turn.snapshot.deadlines.pop("stray", None)
    return True


def leave(turn: Turn, leg: str) -> None:
    """Want a leg no more: hang it up now, or when its id becomes known."""
    found = turn.snapshot.legs[leg]
    if found.state in {"leaving", "over"}:
        return
    turn.snapshot.legs[leg] = replace(found, state="leaving")
    turn.wake_call("stray", limits.STRAY_WITHIN)
    if found.line or not found.unknown:
        _hang_up(turn, leg)


def leave_others(turn: Turn) -> None:
    """Want none of the legs any more but the one on which the call is."""
    for leg in turn.snapshot.legs:
        if leg != turn.snapshot.leg:
            leave(turn, leg)


def strays_due(turn: Turn) -> None:
    """Watch no longer for legs that never turned up."""
    for leg, found in turn.snapshot.legs.items():
        if found.state == "leaving":
            turn.snapshot.legs[leg] = replace(found, state="over")


def _hang_up(turn: Turn, leg: str) -> None:
    turn.emit(HangUp, leg=leg)
