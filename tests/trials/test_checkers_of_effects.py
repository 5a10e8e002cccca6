"""Every invariant about what is sent sees a history that breaks it, and spares a good one."""

from __future__ import annotations

import pytest

from ivr.core.effects import AnswerCall, CheckCall, HangUp, PlaceCall, RedirectCall, StopMedia
from ivr.core.events import CallProgressed, LegPlaced, TimerFired, Unrecognised
from ivr.core.snapshot import Leg
from ivr.core.step import TraceEntry
from ivr.core.values import Audio
from ivr.graph.encode import encode
from ivr.ports import Line, Sound
from ivr.simulator.trials.checkers import INVARIANTS
from ivr.simulator.trials.entries import (
    CarriedOut,
    LineEnded,
    Sent,
    Struck,
    Word,
)
from tests.trials.planted import CALL, MEDIA, NODE, SALES, SECOND, Planted

ANSWER = AnswerCall(f"{CALL}.1")
LOOK = CheckCall(f"{CALL}.1.look")
REDIRECT = RedirectCall(f"{CALL}.2", to=(SALES,), ring_for=20_000)
PLACE = PlaceCall(f"{CALL}.1", to=SALES)


def test_every_invariant_from_1_to_44_is_declared_with_its_sentence_and_how_it_is_judged() -> None:
    assert sorted(INVARIANTS) == [f"I{number:02}" for number in range(1, 45)]
    for each in INVARIANTS.values():
        assert each.sentence.endswith(".")
        assert len(each.check.__doc__ or "") > 60


def test_i01_sees_a_prompt_that_is_sent_again_though_it_may_play() -> None:
    planted = Planted()
    play = planted.play(1)
    planted.sends(play, outcome="unknown").sends(play, at=SECOND, done=False)
    assert len(planted.found("I01")) == 1


def test_i01_spares_what_was_proved_not_sent_and_what_may_be_repeated() -> None:
    planted = Planted()
    play, stop = planted.play(1), StopMedia(f"{CALL}.2")
    planted.sends(play, outcome="not_sent", done=False).sends(play, at=SECOND)
    planted.sends(stop, outcome="unknown").sends(stop, at=SECOND)
    assert not planted.found("I01")


def test_i01_lets_an_answer_be_repeated_only_after_a_look() -> None:
    looked, blind = Planted(), Planted()
    looked.sends(ANSWER, outcome="unknown", done=False)
    looked.sends(LOOK, at=SECOND).sends(ANSWER, at=2 * SECOND)
    blind.sends(ANSWER, outcome="unknown", done=False).sends(ANSWER, at=2 * SECOND)
    assert not looked.found("I01")
    assert len(blind.found("I01")) == 1


def test_i01_sees_a_transfer_that_was_done_twice_whatever_was_learned() -> None:
    planted = Planted()
    transfer = planted.transfer(1)
    planted.wants(transfer).sends(transfer, outcome="not_sent").sends(transfer, at=SECOND)
    assert [breach.words for breach in planted.found("I01")] == [
        f"transfer_call {CALL}.1 was done twice"
    ]


def test_i02_sees_a_command_that_no_step_has_wanted_yet() -> None:
    planted = Planted()
    planted.sends(planted.play(1), at=10).wants(planted.play(1), at=20)
    planted.sends(CheckCall(f"{CALL}.check"), at=30)
    assert len(planted.found("I02")) == 1


def test_i03_sees_a_lease_that_has_run_out() -> None:
    planted = Planted()
    planted.leased(until=SECOND)
    assert not planted.sends(planted.play(1), at=SECOND - 1).found("I03")
    assert planted.sends(planted.play(2), at=SECOND).found("I03")


def test_i03_sees_a_name_that_another_has_taken() -> None:
    planted = Planted()
    planted.leased().leased("n1#2", at=10)
    assert planted.sends(planted.play(1), at=20).found("I03")


def test_i04_sees_an_answer_after_a_redirect_that_may_be_done() -> None:
    planted = Planted()
    planted.sends(REDIRECT, outcome="unknown", done=False).sends(ANSWER, at=SECOND)
    assert len(planted.found("I04")) == 1


def test_i04_spares_an_answer_after_a_redirect_that_was_refused() -> None:
    planted = Planted()
    planted.sends(REDIRECT, outcome="refused", done=False).sends(ANSWER, at=SECOND)
    assert not planted.found("I04")


def test_i04_sees_two_decisions_that_were_both_done() -> None:
    planted = Planted()
    planted.sends(REDIRECT, outcome="refused").sends(ANSWER, at=SECOND)
    assert planted.found("I04")


def test_i04_sees_a_call_for_which_nobody_has_decided_anything() -> None:
    planted = Planted()
    planted.add(LineEnded(15 * SECOND, CALL, CALL, "not_answered"))
    assert planted.found("I04")
    assert not planted.add(Struck(0, "store_down", "")).found("I04")


def test_i05_sees_a_prompt_for_a_line_that_this_node_knows_to_be_down() -> None:
    planted = Planted()
    planted.commits(planted.snapshot(phase="ended"), at=10).sends(planted.play(1), at=20)
    assert not planted.found("I05")
    planted.add(Word(25, NODE, CALL, 1), Word(25, "n2#1", CALL, 1))
    assert planted.sends(planted.play(2), at=30).found("I05")


def test_i05_lets_a_dead_line_be_hung_up_and_looked_at() -> None:
    planted = Planted()
    planted.commits(planted.snapshot(phase="ended"), at=10).add(Word(11, NODE, CALL, 1))
    planted.sends(HangUp(f"{CALL}.2"), at=30).sends(CheckCall(f"{CALL}.3"), at=40)
    assert not planted.found("I05")


def test_i06_sees_a_prompt_that_overtakes_another() -> None:
    planted = Planted()
    planted.sends(planted.play(1)).sends(planted.play(2), at=5_000)
    assert len(planted.found("I06")) == 1


def test_i06_sees_a_prompt_that_is_wanted_while_another_plays() -> None:
    planted, stopped = Planted(), Planted()
    planted.commits(planted.snapshot(media=f"{CALL}.1"), planted.play(1))
    planted.commits(planted.snapshot(media=f"{CALL}.2"), planted.play(2), event=TimerFired())
    stopped.commits(stopped.snapshot(media=f"{CALL}.1"), stopped.play(1))
    stopped.commits(
        stopped.snapshot(media=f"{CALL}.3"), StopMedia(f"{CALL}.2"), stopped.play(3),
        event=TimerFired(),
    )  # fmt: skip
    assert planted.found("I06")
    assert not stopped.found("I06")


def test_i06_sees_too_many_prompts_at_once() -> None:
    planted = Planted()
    many = planted.play(1)
    many = type(many)(many.id, audio=many.audio * 21)
    assert planted.sends(many).found("I06")


def test_i07_sees_a_leg_that_was_placed_twice() -> None:
    planted = Planted()
    planted.add(*(CarriedOut(at, at, CALL, PLACE.id, "place_call") for at in (1, 2)))
    assert len(planted.found("I07")) == 1


def test_i07_sees_an_attempt_while_another_may_ring() -> None:
    planted = Planted()
    again = PlaceCall(f"{CALL}.2", to=SALES)
    first = {PLACE.id: Leg(state="placing")}
    planted.commits(planted.snapshot(phase="waiting", legs=first), PLACE)
    planted.commits(planted.snapshot(phase="placing", legs=first, leg=again.id), again)
    assert planted.found("I07")


def test_i08_sees_a_context_that_was_used_before_or_tells_of_the_caller() -> None:
    planted = Planted()
    planted.wants(planted.play(1)).wants(planted.play(1))
    assert len(planted.found("I08")) == 1
    number = planted.plan.calls[0].caller.id.lstrip("+")
    private = type(planted.play(2))(f"{CALL}.{number}", audio=())
    assert len(planted.wants(private).found("I08")) == 2
    assert len(planted.wants(type(private)("x" * 257, audio=())).found("I08")) == 3


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"prompts": []}', b'{"prompts": [], "loop": 3}', b'{"clientContext": 5}'],
)
def test_i09_sees_a_body_that_graph_does_not_know(body: bytes) -> None:
    planted = Planted()
    play = planted.play(1)
    planted.add(Sent(0, 1, NODE, CALL, play, "play_prompts", b"POST /\n" + body))
    assert len(planted.found("I09")) == 1


def test_i09_sees_the_context_of_another_effect_and_spares_what_is_right() -> None:
    planted = Planted()
    play = planted.play(1)
    line = Line(CALL, "t", "https://ivr.trials.invalid/", (Sound(MEDIA, "abc"),))
    wire = b"POST /\n" + (encode(planted.play(2), line, 0.0).body or b"")
    assert not planted.sends(play).found("I09")
    assert planted.add(Sent(0, 9, NODE, CALL, play, "play_prompts", wire)).found("I09")


def test_i10_sees_a_transfer_that_is_taken_for_done() -> None:
    planted = Planted()
    transfer = planted.transfer(1)
    planted.wants(transfer).sends(transfer, outcome="unknown")
    trace = (TraceEntry("bank", "main_menu", "answered", "served"),)
    planted.commits(None, at=SECOND, event=TimerFired(), trace=trace)
    assert len(planted.found("I10")) == 1


def test_i10_sees_a_second_transfer_before_anybody_knows() -> None:
    planted = Planted()
    transfer = planted.transfer(1)
    planted.wants(transfer).sends(transfer, outcome="unknown")
    planted.commits(None, planted.transfer(2), at=SECOND, event=TimerFired())
    assert planted.found("I10")


def test_i10_believes_what_graph_has_told() -> None:
    planted = Planted()
    planted.commits(planted.snapshot(phase="placing"), PLACE).sends(PLACE, outcome="unknown")
    planted.commits(planted.snapshot(phase="placing"), event=LegPlaced(PLACE.id, "line"), at=10)
    planted.commits(None, event=CallProgressed("established", leg=PLACE.id), at=20)
    assert not planted.found("I10")
    guessed = Planted()
    guessed.commits(guessed.snapshot(phase="placing"), PLACE).sends(PLACE, outcome="unknown")
    guessed.commits(None, event=Unrecognised("x"), at=20)
    assert guessed.found("I10")


def test_a_history_in_good_order_breaks_nothing_that_is_sent() -> None:
    planted = Planted()
    play = type(planted.play(1))(f"{CALL}.1", audio=(Audio("a", "hello", "abc"),))
    planted.leased().commits(planted.snapshot(media=play.id), play).sends(play, at=10)
    for name in ("I01", "I02", "I03", "I04", "I05", "I06", "I07", "I08", "I09", "I10"):
        assert not planted.found(name), name
