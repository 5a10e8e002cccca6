"""The other side is called first, and the caller is handed on when somebody has picked up."""

from __future__ import annotations

import pytest

from ivr.core.effects import HangUp, PlaceCall, TransferCall
from ivr.core.events import (
    CallEnded,
    CallProgressed,
    EffectFailed,
    EndReason,
    LegPlaced,
    TonePressed,
)
from tests.universe import Ride, connected

CONSULT = """
on: { hangup: left }
states:
  ring:
    type: transfer
    to: "${env.sales}"
    mode: consult
    music: tune
    ring_for: 30s
    on: { answered: served, busy: taken, declined: unwanted, no_answer: nobody, failed: lost }
"""


def consulting() -> Ride:
    ride = connected(CONSULT)
    ride.tell(LegPlaced(leg_of(ride), "agent-line"))
    return ride


def leg_of(ride: Ride) -> str:
    return ride.sent(PlaceCall).id


def picked_up() -> Ride:
    ride = consulting()
    ride.tell(CallProgressed("established", leg=leg_of(ride)))
    return ride


def hung_up(ride: Ride) -> list[str]:
    """The legs that were hung up, "" for the caller's own call."""
    return [effect.leg for effect in ride.done if isinstance(effect, HangUp)]


def test_the_caller_hears_music_while_the_other_side_rings() -> None:
    ride = consulting()
    ride.heard()
    ride.heard()
    assert ride.said == ["tune"] * 3
    assert ride.snapshot.phase == "connected"


def test_the_caller_is_handed_on_in_place_of_our_own_leg() -> None:
    ride = picked_up()
    assert ride.effects == ["stop_media", "transfer_call"]
    assert ride.sent(TransferCall).replaces == leg_of(ride)
    assert ride.sent(TransferCall).leg == ""
    ride.tell(CallProgressed("accepted", audio=False))
    ride.tell(CallEnded("transferred", "200/7015"))
    assert (ride.result, hung_up(ride)) == ("served", [])
    assert ride.snapshot.closed


@pytest.mark.parametrize(
    ("reason", "result"),
    [
        ("busy", "taken"),
        ("declined", "unwanted"),
        ("hung_up", "unwanted"),
        ("no_answer", "nobody"),
        ("not_reached", "lost"),
        ("failed", "lost"),
    ],
)
def test_why_the_other_side_was_not_reached(reason: EndReason, result: str) -> None:
    ride = consulting()
    ride.tell(CallEnded(reason, "480", leg_of(ride)))
    assert (ride.result, hung_up(ride)) == (result, [""])


def test_ringing_ends_in_time_and_the_other_side_is_hung_up() -> None:
    ride = consulting()
    ride.wait(35_000)
    assert ride.result == "nobody"
    assert leg_of(ride) in hung_up(ride)


def test_a_caller_who_hangs_up_takes_the_other_side_along() -> None:
    ride = consulting()
    ride.hang_up()
    assert (ride.result, hung_up(ride)) == ("left", [leg_of(ride)])
    assert not ride.snapshot.closed
    ride.tell(CallEnded("ended_by_us", "", leg_of(ride)))
    assert ride.snapshot.closed


def test_a_transfer_that_fails_gives_the_caller_back_and_lets_the_other_side_go() -> None:
    ride = picked_up()
    ride.tell(CallProgressed("established", audio=True, failure="failed"))
    assert ride.result == "lost"
    assert leg_of(ride) in hung_up(ride)


def test_a_leg_of_which_nobody_knows_is_not_placed_again() -> None:
    ride = connected(CONSULT)
    ride.tell(EffectFailed(leg_of(ride), "place_call", "unknown"))
    ride.wait(20_000)
    assert ride.result == "nobody"
    assert sum(isinstance(effect, PlaceCall) for effect in ride.done) == 1
    ride.tell(LegPlaced(leg_of(ride), "agent-line"))
    assert [effect.leg for effect in ride.last.effects] == [leg_of(ride)]


def test_a_leg_that_is_refused_is_a_failure() -> None:
    ride = connected(CONSULT)
    ride.tell(EffectFailed(leg_of(ride), "place_call", "failed", "7505"))
    assert ride.result == "lost"


def test_the_keys_of_the_other_side_are_not_the_callers() -> None:
    ride = consulting()
    ride.tell(TonePressed("1", 1, leg_of(ride)))
    assert ride.verdict == "unhandled"


def test_an_unknown_transfer_is_looked_after_and_not_sent_again() -> None:
    ride = picked_up()
    ride.tell(EffectFailed(ride.sent(TransferCall).id, "transfer_call", "unknown"))
    for after in (2_000, 5_000):
        ride.wait(after)
        assert ride.effects == ["check_call"]
        ride.tell(CallProgressed("established", audio=True, checked=True))
        assert ride.snapshot.phase == "transferring"
    ride.wait(5_000)
    ride.tell(CallProgressed("established", audio=True, checked=True))
    assert ride.result == "lost"
    assert sum(isinstance(effect, TransferCall) for effect in ride.done) == 1


def test_an_unknown_transfer_that_was_begun_goes_on() -> None:
    ride = picked_up()
    ride.tell(EffectFailed(ride.sent(TransferCall).id, "transfer_call", "unknown"))
    ride.wait(2_000)
    ride.tell(CallEnded("transferred", "200/7015"))
    assert ride.result == "served"
