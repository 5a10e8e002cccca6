"""Every invariant about the life of a call, its deadlines and its ends sees one that breaks it."""

from __future__ import annotations

import pytest

from ivr.core.effects import AnswerCall, KeepAlive
from ivr.core.events import CallProgressed, TimerFired
from ivr.core.snapshot import Visit
from ivr.core.step import TraceEntry
from ivr.simulator.trials.entries import (
    CallRang,
    CarriedOut,
    Leased,
    LineEnded,
    Struck,
)
from ivr.simulator.trials.findings import Kept, Reloaded, Repeated
from tests.trials.planted import CALL, NODE, SECOND, Planted

MINUTE = 60 * SECOND
ANSWER = AnswerCall(f"{CALL}.1")
ALIVE = KeepAlive(f"{CALL}.2")


def kept(**members: object) -> Kept:
    usual = {"journal": 1, "closed": True, "phase": "ended", "result": "served", "end": "hung_up"}
    return Kept(200 * SECOND, CALL, **{**usual, **members})  # type: ignore[arg-type]


def test_i20_sees_a_call_without_an_end_and_one_without_a_result() -> None:
    planted, silent = Planted(), Planted()
    planted.commits(None).add(kept(closed=False))
    silent.commits(silent.snapshot(phase="ended", done=True)).add(kept(result=""))
    assert planted.found("I20")
    assert silent.found("I20")


def test_i21_sees_a_call_that_stands_still_after_the_faults() -> None:
    planted = Planted()
    due = planted.plan.starts_at + 20_000
    visit = Visit("bank", "main_menu", entered=True, deadlines={"first_digit": due})
    planted.commits(planted.snapshot(visits=[visit])).quiet(at=200 * SECOND)
    assert [breach.at for breach in planted.found("I21")] == [80 * SECOND]


def test_i21_sees_a_run_that_never_comes_to_rest() -> None:
    assert Planted().add(CallRang(0, CALL, "bank")).found("I21")
    assert not Planted().add(CallRang(0, CALL, "bank")).quiet().found("I21")


def test_i22_sees_a_wait_for_a_notification_alone() -> None:
    planted = Planted()
    idle = Visit("bank", "main_menu", entered=True)
    deadlines = {"keep_alive": 10**15, "max_duration": 10**15}
    planted.commits(planted.snapshot(visits=[idle], deadlines=deadlines))
    assert planted.found("I22")


def timer(planted: Planted, **members: object) -> Planted:
    """A deadline of the call at 20 s, and the step that lets it pass."""
    due = planted.plan.starts_at + 20_000
    before = planted.snapshot(visits=[Visit("bank", "main_menu")], deadlines={"audio": due})
    after = planted.snapshot(visits=[Visit("bank", "main_menu")], deadlines=members.pop("left", {}))
    planted.commits(before)
    return planted.commits(after, at=20 * SECOND, event=TimerFired(), **members)  # type: ignore[arg-type]


def test_i23_sees_a_deadline_that_passes_early_or_stays() -> None:
    due = Planted().plan.starts_at + 20_000
    assert not timer(Planted()).found("I23")
    assert timer(Planted(), clock=due - 1).found("I23")
    assert timer(Planted(), left={"audio": due}).found("I23")


def test_i24_sees_a_call_that_nobody_keeps_alive() -> None:
    planted = Planted()
    planted.sends(ANSWER).sends(ALIVE, at=30 * MINUTE)
    assert not planted.found("I24")
    planted.sends(ALIVE, at=62 * MINUTE)
    assert len(planted.found("I24")) == 1
    assert not planted.add(Struck(0, "graph_down", "")).found("I24")
    planted.add(LineEnded(120 * MINUTE, CALL, CALL, "keep_alive_missed"))
    assert planted.found("I24")


def test_i25_sees_a_dead_call_that_is_kept_alive() -> None:
    planted = Planted()
    planted.sends(ALIVE, outcome="gone", done=False)
    assert not planted.found("I25")
    assert planted.sends(ALIVE, at=SECOND).found("I25")


def test_i26_sees_a_line_that_is_up_for_ever() -> None:
    planted = Planted()
    planted.add(CallRang(0, CALL, "bank")).commits(None).quiet(at=20 * MINUTE)
    assert planted.found("I26")
    assert not planted.add(LineEnded(5 * MINUTE, CALL, CALL, "we_hung_up")).found("I26")


@pytest.mark.parametrize(
    "row", [{"end": "transferred 0/7015"}, {"end": "redirected"}, {"result": "rejected"}]
)
def test_i27_sees_a_row_that_tells_of_another_call(row: dict[str, str]) -> None:
    planted = Planted()
    planted.add(CallRang(0, CALL, "bank"), CarriedOut(1, 1, CALL, f"{CALL}.1", "answer_call"))
    planted.add(LineEnded(SECOND, CALL, CALL, "caller_hung_up"))
    assert not planted.add(kept()).found("I27")
    assert planted.add(kept(**row)).found("I27")


def test_i28_sees_a_call_that_never_comes_up_and_one_that_ends_without_a_reason() -> None:
    late, silent = Planted(), Planted()
    late.commits(late.snapshot(phase="answering"), ANSWER)
    late.commits(late.snapshot(phase="ended", end="failed"), at=26 * SECOND)
    silent.commits(silent.snapshot(phase="answering"), ANSWER)
    silent.commits(silent.snapshot(phase="ended"), at=SECOND)
    assert late.found("I28")
    assert silent.found("I28")


FAILED = CallProgressed("established", failure="busy")
LEFT = (TraceEntry("bank", "main_menu", "busy", "bye"),)


def test_i29_sees_a_failure_that_is_followed_twice_or_not_at_all() -> None:
    twice, never = Planted(), Planted()
    ringing = twice.snapshot(phase="transferring")
    for planted in (twice, never):
        planted.commits(ringing, planted.transfer(1))
    never.commits(None, event=FAILED)
    twice.commits(ringing, event=FAILED, trace=LEFT)
    assert not twice.found("I29")
    assert twice.commits(None, event=FAILED, trace=LEFT).found("I29")
    assert never.found("I29")


def test_i31_sees_a_call_that_moves_without_end() -> None:
    planted = Planted()
    move = TraceEntry("bank", "count", "next", "enough")
    assert not planted.commits(None, trace=(move,) * 220).found("I31")
    assert planted.commits(None, trace=(move,)).found("I31")


def test_i32_sees_a_stopping_node_that_takes_work_on() -> None:
    planted = Planted()
    mine, other = planted.play(1), planted.play(2)
    planted.wants(mine).commits(None, other, node="n2#1").node("draining", at=SECOND)
    assert not planted.claims(mine, at=2 * SECOND).found("I32")
    assert len(planted.claims(other, at=2 * SECOND).found("I32")) == 1
    assert len(planted.claims(mine, at=2 * SECOND, taken_over=True).found("I32")) == 2


def test_i32_sees_a_node_that_ends_with_its_lease() -> None:
    planted = Planted()
    planted.leased().node("draining", at=1)
    assert planted.node("stopped", at=2).found("I32")
    assert not Planted().leased().add(Leased(1, NODE, "n1", 0)).node("stopped", at=2).found("I32")


def test_i35_sees_a_seed_that_gives_another_history() -> None:
    assert not Planted().add(Repeated(0, "", "a", "a")).found("I35")
    assert Planted().add(Repeated(0, "", "a", "b")).found("I35")


def test_i36_sees_twins_that_differ() -> None:
    assert not Planted().add(Repeated(0, "four nodes", "a", "a")).found("I36")
    assert Planted().add(Repeated(0, "four nodes", "a", "b")).found("I36")


def test_i37_sees_flows_that_are_published_in_part() -> None:
    old, new = ("a", "a"), ("b", "b")
    assert not Planted().add(Reloaded(0, "b", True, old, new)).found("I37")
    assert not Planted().add(Reloaded(0, "b", False, old, old)).found("I37")
    assert Planted().add(Reloaded(0, "b", True, old, ("a", "b"))).found("I37")
    assert Planted().add(Reloaded(0, "b", False, old, new)).found("I37")
