"""The checkers of the soak see what is planted into a history, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from soak.callers import ACCOUNT
from soak.checks import CHECKS, breaches
from soak.checks.logs import read_log
from soak.history import Asked, Dialled, Ended, Entry, Heard, History, NodeDid, Placed, Rang
from soak.record import Record
from tests.soak.planted import (
    AGENT,
    LEG,
    LINE,
    OUT,
    OUT_LINE,
    commanded,
    good_call,
    good_call_out,
    kept,
    line,
    posted,
    record,
)

OTHER = "99999999-2222-4333-8444-555555555555"
QUIET_FOR = 100.0


def only(found: Record) -> tuple[str, str]:
    """The one check that finds something, and what it says."""
    seen = [(name, each.words) for name, some in breaches(found).items() for each in some]
    assert len(seen) == 1, seen
    return seen[0]


def test_a_good_history_has_no_breach() -> None:
    assert not any(breaches(record()).values())


DOUBLED: dict[str, tuple[Entry, ...]] = {
    "playPrompt .3 was accepted twice": (commanded(101.0, "playPrompt", f"{LINE}.3"),),
    "recordResponse was accepted 1 times and wanted 0 times": (
        commanded(101.0, "recordResponse", f"{LINE}.9"),
    ),
    "note 1 was asked for twice": (Asked(101.0, LINE, "note", 1), Asked(102.0, LINE, "note", 1)),
}


@pytest.mark.parametrize("words", DOUBLED)
def test_what_is_done_twice_is_found(words: str) -> None:
    found = [each.words for each in CHECKS["doubled"](record(*DOUBLED[words]))]
    assert words in [each.replace(LINE, "") for each in found]


def test_a_transfer_to_the_same_person_is_found_without_a_context() -> None:
    again = commanded(105.4, "transfer", to=AGENT, status=202)
    words = [each.words for each in CHECKS["doubled"](record(again))]
    assert f"transfer to {AGENT} was accepted twice" in words
    assert "transfer was accepted 2 times and wanted 1 times" in words


def test_a_command_that_was_refused_is_not_done() -> None:
    refused = commanded(105.4, "transfer", to=AGENT, status=409)
    assert not list(CHECKS["doubled"](record(refused)))


def test_a_second_leg_for_one_wish_is_found() -> None:
    second = (Placed(200.5, OTHER, OUT, LEG, AGENT), Ended(206.0, OTHER, "no_answer"))
    words = {each.words for each in CHECKS["doubled"](record(*second))}
    assert words == {
        f"the leg {LEG} was placed twice",
        "the same person was called twice",
        "create was accepted 2 times and wanted 1 times",
    }


def test_a_notification_that_is_not_in_the_journal_is_found() -> None:
    check, words = only(record(posted(104.0, "tone_pressed")))
    assert check == "lost"
    assert words == "1 × tone_pressed were acknowledged, 0 are in the journal"


def test_duplicates_are_counted() -> None:
    check, words = only(record(posted(105.15, "prompt_finished")))
    assert (check, words[:25]) == ("lost", "2 × prompt_finished were ")


def test_what_was_not_acknowledged_cannot_be_lost() -> None:
    unanswered = (posted(104.0, "tone_pressed", 0), posted(104.1, "tone_pressed", 503))
    assert not list(CHECKS["lost"](record(*unanswered)))


def test_a_closed_call_takes_nothing_in() -> None:
    assert not list(CHECKS["lost"](record(posted(107.5, "roster_changed"))))


def test_a_call_that_begins_late_has_taken_nothing_in_before() -> None:
    late = kept(line(100.0, "call_arrived"), line(101.0, "effect_failed"), call=OTHER)
    early = posted(98.0, "call_ended", line=OTHER)
    known = (Rang(97.0, OTHER, "caller"), Ended(98.0, OTHER, "caller_hung_up"))
    assert not list(CHECKS["lost"](record(*known, early, late)))
    within = posted(100.5, "call_ended", line=OTHER)
    assert only(record(*known, early, late, within))[0] == "lost"


def test_an_open_call_takes_everything_in() -> None:
    still_open = kept(line(100.0, "call_arrived", "answer_call"), call=LINE, closed=False)
    found = record(still_open, posted(107.5, "roster_changed"), without=tuple(good_call()[-1:]))
    kinds = [each.words.split()[2] for each in CHECKS["lost"](found)]
    assert "roster_changed" in kinds


def test_a_call_that_nobody_knows_is_found_by_its_arrival_alone() -> None:
    unknown = (Rang(300.0, OTHER, "caller"), Ended(301.0, OTHER, "caller_hung_up"))
    told = posted(301.0, "call_ended", line=OTHER)
    assert not any(breaches(record(*unknown, told)).values())
    arrived = posted(300.0, "call_arrived", line=OTHER)
    assert only(record(*unknown, told, arrived))[0] == "lost"


def test_a_dial_that_was_promised_is_in_the_store() -> None:
    assert not list(CHECKS["lost"](record(Dialled(199.0, "key", 202, OUT))))
    promised = Dialled(199.0, "key", 202, "out-nowhere")
    assert only(record(promised)) == ("lost", "the call was promised, and nobody knows it")


def test_a_line_on_which_nothing_is_done_is_stuck() -> None:
    quiet = (Rang(300.0, OTHER, "caller"), commanded(300.1, "answer", line=OTHER, status=202),
             Ended(300.1 + QUIET_FOR, OTHER, "caller_hung_up"))  # fmt: skip
    assert only(record(*quiet)) == ("stuck", "nothing was done for 100 s")
    looked = [commanded(300.0 + at, "look", line=OTHER) for at in range(10, 100, 10)]
    assert only(record(*quiet, *looked))[0] == "stuck", "to look is not to do"
    music = Heard(310.0, 390.0, OTHER, "music")
    assert not any(breaches(record(*quiet, music)).values())


def test_a_wait_before_the_last_restart_is_none_of_ours() -> None:
    early = (Rang(20.0, OTHER, "caller"), Ended(140.0, OTHER, "caller_hung_up"))
    assert not list(CHECKS["stuck"](record(*early)))


def test_a_line_that_never_ends_is_stuck() -> None:
    endless = record(without=(good_call_out()[-2],))
    words = [each.words for each in CHECKS["stuck"](endless)]
    assert f"the line {OUT_LINE} never ended" in words


def test_a_call_that_never_closes_is_stuck() -> None:
    still_open = kept(*good_call()[-1].lines, closed=False)  # type: ignore[attr-defined]
    found = only(record(still_open, without=tuple(good_call()[-1:])))
    assert found == ("stuck", "it is still open in the store: connected")


def test_a_line_that_outlives_its_call_is_left_behind() -> None:
    left = Ended(140.0, LINE, "caller_hung_up")
    heard = Heard(107.0, 139.0, LINE, "music")
    found = only(record(left, heard, without=(good_call()[-2],)))
    assert found == ("stuck", "it was closed 33 s before its end")


def test_two_decisions_are_found() -> None:
    check, words = only(record(commanded(100.2, "answer", status=202)))
    assert (check, words) == ("answers", "it was decided twice: answer and answer")


def test_a_call_may_be_taken_by_nobody_when_its_caller_gave_up() -> None:
    rang = Rang(300.0, OTHER, "caller")
    assert not list(CHECKS["answers"](record(rang, Ended(302.0, OTHER, "caller_hung_up"))))
    assert not list(CHECKS["answers"](record(rang, Ended(315.0, OTHER, "not_answered"))))
    ended = Ended(302.0, OTHER, "we_hung_up")
    assert list(CHECKS["answers"](record(rang, ended)))
    turned_away = commanded(301.0, "hang_up", line=OTHER, status=204)
    assert not list(CHECKS["answers"](record(rang, ended, turned_away)))


def test_a_node_that_ends_by_itself_is_found() -> None:
    deeds = (NodeDid(1.0, "n1", "started"), NodeDid(2.0, "n1", "ready"), NodeDid(3.0, "n1", "died"))
    assert only(record(*deeds)) == ("processes", "n1 ended by itself")


def test_a_node_has_to_become_ready_unless_it_is_killed() -> None:
    killed = (NodeDid(1.0, "n1", "started"), NodeDid(1.5, "n1", "killed"))
    assert not list(CHECKS["processes"](record(*killed)))
    slow = (NodeDid(1.0, "n2", "started"), NodeDid(70.0, "n2", "ready"))
    assert only(record(*slow)) == ("processes", "n2 was not ready within 60 s")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Traceback (most recent call last):", "a traceback"),
        ('{"event": "effect_fault", "fault": "KeyError"}', "a fault of ours"),
        (f'{{"event": "x", "keys": "{ACCOUNT}"}}', "a caller's digits"),
        ('{"event": "x", "caller": "+441632900017"}', "a caller's number"),
    ],
)
def test_what_must_not_be_logged_is_found(tmp_path: Path, text: str, what: str) -> None:
    log = tmp_path / "log"
    log.write_text(f'{{"event": "call_wanted", "level": "info"}}\n{text}\n')
    history = History()
    read_log("n1", log, history, 1.0)
    found = [each.words for each in CHECKS["logs"](Record(history))]
    assert len(found) == 1
    assert found[0].startswith(f"n1: {what} in line 2")
