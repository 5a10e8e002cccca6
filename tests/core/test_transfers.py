"""The caller is handed on: away for good, or back with us."""

from __future__ import annotations

import pytest

from ivr.core.events import (
    CallEnded,
    CallProgressed,
    EffectFailed,
    EndReason,
    Failure,
    HttpAnswered,
)
from tests.universe import Ride, connected

RING = """
on: { hangup: left }
states:
  ring:
    type: transfer
    to: "${env.sales}"
    ring_for: 30s
    on: { answered: served, failed: sorry }
  sorry: { type: prompt, prompt: sorry, next: lost }
"""


def ringing_sales(rings: int = 0) -> Ride:
    """A call that is being handed on."""
    ride = connected(RING)
    ride.tell(CallProgressed("transferring", audio=False))
    ride.wait(rings)
    return ride


@pytest.mark.parametrize(
    ("accepted", "reason", "code", "path"),
    [
        (False, "transferred", "200/7015", "ring answered served"),
        (True, "transferred", "", "ring answered served"),
        (True, "failed", "500/9999", "ring answered served"),
        (True, "rejected", "", "ring answered served"),
        (True, "hung_up", "", "ring answered served"),
        (True, "hung_up", "200/4521", "ring hangup left"),
        (False, "hung_up", "", "ring hangup left"),
        (False, "failed", "500", "ring hangup left"),
    ],
)
def test_how_a_transfer_may_end_the_line(
    accepted: bool, reason: EndReason, code: str, path: str
) -> None:
    ride = ringing_sales()
    if accepted:
        ride.tell(CallProgressed("accepted", audio=False))
    ride.tell(CallEnded(reason, code))
    assert ride.path == [path]


@pytest.mark.parametrize("failure", ["failed", "busy", "declined", "no_answer"])
def test_a_failed_transfer_gives_the_caller_back(failure: Failure) -> None:
    ride = ringing_sales(5_000)
    ride.tell(CallProgressed("established", failure=failure))
    assert ride.path == [f"ring {failure} sorry"]
    assert ride.said == []
    ride.tell(CallProgressed("established", audio=True))
    assert ride.said == ["sorry"]


def test_after_a_failed_transfer_audio_is_waited_for_three_seconds() -> None:
    ride = ringing_sales()
    ride.tell(CallProgressed("established", failure="busy"))
    assert ride.call_timers == {"audio": 3_000}
    ride.wait(3_000)
    assert ride.said == ["sorry"]


def test_those_three_seconds_pass_while_the_flow_does_something_else() -> None:
    ride = connected("""
        states:
          ring: { type: transfer, to: "${env.sales}", on: { answered: served, failed: note } }
          note: { type: http, request: { get: "https://a.example/" }, next: sorry }
          sorry: { type: prompt, prompt: sorry, next: lost }
    """)
    ride.tell(CallProgressed("transferring", audio=False))
    ride.tell(CallProgressed("established", failure="busy"))
    ride.wait(3_000)
    ride.tell(HttpAnswered(ride.done[-1].id, 200))
    assert ride.said == ["sorry"]


def test_a_failure_that_is_told_twice_counts_once() -> None:
    ride = ringing_sales()
    for _ in range(2):
        ride.tell(CallProgressed("established", audio=True, failure="busy"))
    assert ride.path == ["ring busy sorry"]
    assert ride.said == ["sorry"]


def test_established_without_a_failure_says_nothing_of_a_transfer() -> None:
    ride = ringing_sales()
    ride.tell(CallProgressed("established", audio=True))
    assert ride.state == "ring"


def test_ring_for_asks_how_the_line_is_and_believes_the_answer() -> None:
    ride = ringing_sales(30_000)
    assert ride.effects == ["check_call"]
    ride.tell(CallProgressed("transferring", checked=True))
    assert ride.state == "ring"
    ride.tell(CallProgressed("established", audio=True, checked=True))
    assert ride.path == ["ring no_answer sorry"]


def test_a_check_that_finds_no_call_ends_it() -> None:
    ride = ringing_sales(30_000)
    ride.tell(EffectFailed(ride.done[-1].id, "check_call", "gone", "404"))
    assert ride.path == ["ring hangup left"]


def test_a_transfer_of_which_nothing_is_ever_heard_fails_in_the_end() -> None:
    ride = ringing_sales(30_000 + 6 * 15_000)
    assert ride.path == ["ring no_answer sorry"]
    assert ride.call_timers == {"audio": 3_000}
    ride.wait(3_000)
    assert ride.said == ["sorry"]


def test_a_refused_transfer_leaves_the_caller_with_us() -> None:
    ride = connected(RING)
    ride.tell(EffectFailed(ride.done[-1].id, "transfer_call", "failed", "403"))
    assert ride.said == ["sorry"]


def test_the_caller_may_hang_up_while_it_rings() -> None:
    ride = ringing_sales(5_000)
    ride.hang_up()
    assert ride.result == "left"
