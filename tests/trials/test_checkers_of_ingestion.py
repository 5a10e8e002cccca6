"""Every invariant about what comes in, and about the webhook, sees a history that breaks it."""

from __future__ import annotations

import pytest

from ivr.core.events import CallArrived, CallEnded, CallProgressed, TonePressed, Unrecognised
from ivr.core.values import Caller
from ivr.simulator.trials.findings import Answered, Kept, Posted
from tests.trials.planted import CALL, OTHER, SECOND, Planted

ENDED = CallEnded("hung_up", "200/0")
TONE = TonePressed("1", 1)
ARRIVAL = CallArrived(Caller("phone", "+442079460123"))


@pytest.mark.parametrize("reply", ["ok", "duplicate", "late", "stale", "unhandled"])
def test_i11_sees_an_acknowledgement_without_a_step(reply: str) -> None:
    assert len(Planted().tells(1, TONE).replies(1, reply).found("I11")) == 1


def test_i11_spares_what_was_written_refused_or_too_late() -> None:
    planted = Planted()
    planted.tells(1, TONE).commits(None, event=TONE, delivery=1).replies(1, "ok", at=5)
    planted.tells(2, TONE).replies(2, "busy").tells(3, TONE).replies(3, "refused")
    planted.commits(planted.snapshot(phase="ended", done=True), at=10)
    planted.tells(4, TONE).replies(4, "late", at=20)
    planted.tells(5, ENDED, call=OTHER).replies(5, "unknown", call=OTHER)
    assert not planted.found("I11")


def test_i11_sees_an_arrival_that_is_said_to_be_of_no_call() -> None:
    assert Planted().tells(1, ARRIVAL).replies(1, "unknown").found("I11")


def test_i11_sees_steps_that_are_gone_in_the_end() -> None:
    planted = Planted()
    planted.commits(None).commits(None)
    planted.add(Kept(SECOND, CALL, 1, False, "connected", "", ""))
    assert planted.found("I11")


def test_i12_sees_a_stranger_who_is_let_in_or_changes_a_call() -> None:
    planted = Planted()
    planted.add(Posted(0, 1, CALL, False, "genuine", 1), Answered(1, 1, 202))
    assert len(planted.found("I12")) == 1
    planted.add(Posted(2, 2, CALL, False, "genuine", 1), Answered(3, 2, 401))
    assert len(planted.found("I12")) == 1
    assert len(planted.commits(None, delivery=2).found("I12")) == 2


def test_i13_sees_a_key_that_counts_twice() -> None:
    planted = Planted()
    planted.tells(1, TONE).commits(None, event=TONE, delivery=1)
    assert not planted.commits(None, event=TONE, delivery=1, verdict="duplicate").found("I13")
    assert len(planted.commits(None, event=TONE, delivery=1).found("I13")) == 1


def test_i13_sees_word_of_the_line_that_is_acted_upon_twice() -> None:
    planted = Planted()
    failed = CallProgressed("established", failure="busy")
    planted.tells(1, failed).commits(None, planted.play(1), event=failed, delivery=1)
    assert not planted.commits(None, event=failed, delivery=1).found("I13")
    assert planted.commits(None, planted.play(2), event=failed, delivery=1).found("I13")


def test_i14_sees_a_call_that_goes_back_and_a_key_that_comes_too_late() -> None:
    planted = Planted()
    planted.commits(planted.snapshot(next_tone=5)).commits(planted.snapshot(phase="answering"))
    assert len(planted.found("I14")) == 1
    planted.commits(planted.snapshot(phase="answering", next_tone=9))
    assert len(planted.commits(planted.snapshot(phase="connected", next_tone=4)).found("I14")) == 2


def test_i15_sees_a_step_after_the_end_and_a_second_beginning() -> None:
    planted = Planted()
    planted.commits(planted.snapshot(phase="ended", done=True)).commits(planted.snapshot())
    assert len(planted.found("I15")) == 1
    planted._versions.clear()
    assert len(planted.commits(planted.snapshot()).found("I15")) == 3


def test_i16_sees_another_calls_notification_and_another_tenants() -> None:
    planted = Planted()
    planted.tells(1, TONE, call=OTHER).commits(None, event=TONE, delivery=1)
    assert len(planted.found("I16")) == 1
    planted.tells(2, TONE, sender="somebody else").commits(None, event=TONE, delivery=2)
    assert len(planted.found("I16")) == 2


def test_i17_sees_an_unknown_kind_that_is_refused_or_stops_others() -> None:
    planted = Planted()
    planted.tells(1, Unrecognised("new")).replies(1, "fault KeyError")
    assert len(planted.found("I17")) == 1
    planted.add(Posted(0, 2, CALL, True, "unknown", 1), Answered(1, 2, 400))
    assert len(planted.found("I17")) == 2
    planted.add(Posted(0, 3, CALL, True, "unknown", 1), Answered(1, 3, 202))
    assert len(planted.found("I17")) == 3
    assert len(planted.commits(None, delivery=3).found("I17")) == 2


def test_i18_sees_the_old_form_answered_wrongly_or_taken_for_a_call() -> None:
    planted = Planted()
    planted.add(Posted(0, 1, CALL, True, "legacy"), Answered(1, 1, 202))
    assert len(planted.found("I18")) == 1
    planted.add(Posted(0, 2, CALL, True, "legacy"), Answered(1, 2, 204))
    assert len(planted.commits(None, delivery=2).found("I18")) == 2


def test_i19_sees_an_exception_and_a_500() -> None:
    planted = Planted()
    planted.tells(1, TONE).replies(1, "fault KeyError")
    planted.add(Posted(0, 2, CALL, True, "genuine", 1), Answered(1, 2, 500))
    planted.add(Posted(0, 3, CALL, True, "genuine", 1), Answered(1, 3, 503))
    assert len(planted.found("I19")) == 2
