"""Every invariant about what callers press and hear, and about replays, sees one that breaks it."""

from __future__ import annotations

import json
from collections.abc import Callable

from msgspec.structs import replace

from ivr.core.effects import PlayPrompts, StopMedia
from ivr.core.events import (
    CallProgressed,
    RecordingStored,
    TimerFired,
    TonePressed,
)
from ivr.core.snapshot import Clip, Question, Visit
from ivr.core.values import Audio
from ivr.ports import Sound
from ivr.simulator.trials.checkers import Record, breaches
from ivr.simulator.trials.entries import Asked, ClipKept, Committed, LineEnded, Pressed
from ivr.simulator.trials.findings import Listened, TokenSent
from ivr.simulator.trials.history import History
from ivr.simulator.trials.plan import plan_of
from ivr.simulator.trials.world import run
from tests.trials.planted import CALL, MEDIA, NODE, SECOND, Planted


def replayed(change: Callable[[Committed], Committed]) -> History:
    """A real history whose fourth step is changed."""
    done = run(plan_of(3, "none"))
    fourth = done.history.of(Committed)[3]
    changed = History()
    for entry in done.history:
        changed.add(change(fourth) if entry is fourth else entry)
    return changed


def test_i33_sees_a_step_that_the_journal_does_not_explain() -> None:
    plan = plan_of(3, "none")
    honest = replayed(lambda entry: entry)
    moved = replayed(lambda entry: replace(entry, snapshot=replace(entry.snapshot, moves=99)))
    extra = replayed(lambda entry: replace(entry, effects=(*entry.effects, StopMedia("x.1"))))
    assert not breaches(Record(honest, plan), "I33")
    assert breaches(Record(moved, plan), "I33")
    assert breaches(Record(extra, plan), "I33")


def test_i34_sees_a_call_that_changes_its_bundle() -> None:
    planted = Planted()
    planted.commits(planted.snapshot(bundle="one")).commits(planted.snapshot(bundle="two"))
    assert planted.found("I34")


def test_i38_sees_a_key_that_nobody_pressed_and_one_that_is_left_out() -> None:
    wrong, gap = Planted(), Planted()
    for planted in (wrong, gap):
        planted.add(Pressed(0, CALL, "1", 1), Pressed(1, CALL, "2", 2))
    wrong.commits(wrong.snapshot(next_tone=2), event=TonePressed("7", 1))
    gap.commits(gap.snapshot(next_tone=1)).commits(gap.snapshot(next_tone=3), event=TimerFired())
    assert wrong.found("I38")
    assert gap.found("I38")


def test_i38_sees_a_number_with_a_digit_too_many() -> None:
    planted = Planted()
    planted.add(*(Pressed(0, CALL, key, 0) for key in "1234"))
    url, body = "https://bank.invalid/account", json.dumps({"account": "124"})
    assert not planted.add(Asked(1, NODE, CALL, "e", "POST", url, body)).found("I38")
    body = json.dumps({"account": "1224"})
    assert planted.add(Asked(2, NODE, CALL, "e", "POST", url, body)).found("I38")


def test_i39_sees_a_buffer_that_grows_and_one_that_is_kept_for_a_secret() -> None:
    planted = Planted()
    assert planted.commits(planted.snapshot(keys="1" * 33)).found("I39")
    secret = Planted()
    visit = Visit("bank", "ask_pin", entered=True, deadlines={"media": 10**15})
    assert secret.commits(secret.snapshot(visits=[visit], keys="12")).found("I39")
    assert not Planted().commits(secret.snapshot(visits=[visit])).found("I39")


def asking(attempt: int = 1) -> Visit:
    return Visit("bank", "main_menu", entered=True, question=Question(attempt=attempt))


def test_i40_sees_a_prompt_that_a_key_does_not_stop_and_one_that_follows_it() -> None:
    play = PlayPrompts(f"{CALL}.3", audio=(Audio("a", "b", "c"),))
    for effects, wrong in (
        ((), True),
        ((StopMedia(f"{CALL}.2"),), False),
        ((StopMedia(f"{CALL}.2"), play), True),
    ):
        planted = Planted()
        playing = planted.snapshot(visits=[asking()], media=f"{CALL}.1", next_tone=1)
        heard = planted.snapshot(visits=[asking()], next_tone=2)
        planted.commits(playing).commits(heard, *effects, event=TonePressed("1", 1))
        assert bool(planted.found("I40")) == wrong, effects


def test_i40_lets_the_question_be_asked_again() -> None:
    planted = Planted()
    play = PlayPrompts(f"{CALL}.3", audio=(Audio("a", "b", "c"),))
    planted.commits(planted.snapshot(visits=[asking()], media=f"{CALL}.1"))
    again = planted.snapshot(visits=[asking(attempt=2)], next_tone=2)
    planted.commits(again, StopMedia(f"{CALL}.2"), play, event=TonePressed("7", 1))
    assert not planted.found("I40")


def listened(planted: Planted, *pieces: tuple[int, int]) -> Planted:
    """A caller who can hear from 1 s to 20 s, and what plays meanwhile (in seconds)."""
    planted.tells(1, CallProgressed("established", audio=True), at=SECOND)
    visit = Visit("bank", "welcome", entered=True)
    planted.commits(planted.snapshot(visits=[visit]), at=SECOND)
    planted.add(LineEnded(20 * SECOND, CALL, CALL, "caller_hung_up"))
    return planted.add(
        *(Listened(21 * SECOND, CALL, "x", "e", at * SECOND, to * SECOND) for at, to in pieces)
    )


def test_i30_sees_a_caller_in_silence() -> None:
    assert not listened(Planted(), (2, 10), (12, 18)).found("I30")
    assert listened(Planted(), (2, 10), (14, 18)).found("I30")
    assert listened(Planted(), (2, 16)).found("I30")


def test_i30_takes_an_open_question_for_a_reason() -> None:
    asked, told = Planted(), Planted()
    question = Visit("bank", "main_menu", entered=True, question=Question(listening=True))
    for planted in (asked, told):
        listened(planted, (2, 10), (16, 19))
    asked.commits(asked.snapshot(visits=[question]), at=10 * SECOND)
    assert told.found("I30")
    assert not asked.found("I30")


def test_i41_sees_a_prompt_that_is_not_ours() -> None:
    planted = Planted()
    assert not planted.sends(planted.play(1)).found("I41")
    for uri in ("http://ivr.trials.invalid/media/a.wav", "https://evil.example/media/a.wav"):
        assert Planted().sends(planted.play(1), sounds=(Sound(uri, "abc"),)).found("I41")


def test_i42_sees_an_id_for_two_sounds_and_two_ids_for_one() -> None:
    planted = Planted()
    planted.sends(planted.play(1, "hello"))
    assert not planted.found("I42")
    assert planted.sends(planted.play(2, "goodbye")).found("I42")
    other = Planted()
    other.sends(other.play(1, "hello")).sends(other.play(2, "hello"), sounds=(Sound(MEDIA, "x"),))
    assert other.found("I42")


def test_i42_sees_private_audio_that_may_be_cached() -> None:
    planted = Planted()
    assert planted.sends(planted.play(1, "You have 12 pounds", file="")).found("I42")


def test_i43_sees_a_clip_in_part_and_one_that_is_never_deleted() -> None:
    planted = Planted()
    late = planted.plan.starts_at + 1
    assert not planted.add(ClipKept(0, NODE, CALL, "sim:1", "a", 9, 9, late)).found("I43")
    assert len(planted.add(ClipKept(0, NODE, CALL, "sim:1", "b", 5, 9, late)).found("I43")) == 1
    assert len(planted.add(ClipKept(0, NODE, CALL, "sim:1", "c", 9, 9, 0)).found("I43")) == 2


def test_i43_sees_a_clip_that_comes_to_no_end_or_to_two() -> None:
    clip, stored = f"{CALL}.2", RecordingStored(f"{CALL}.2", "https://x.invalid/a.wav", 1.0)
    twice, never = Planted(), Planted()
    for planted in (twice, never):
        planted.commits(planted.snapshot(unfetched={clip: Clip("f")}))
    twice.commits(None, event=stored)
    assert not twice.found("I43")
    assert twice.commits(None, event=stored).found("I43")
    assert never.commits(never.snapshot(phase="ended", done=True)).found("I43")


def test_i44_sees_a_token_that_goes_astray() -> None:
    assert not Planted().add(TokenSent(0, "recordings.example", True, 0)).found("I44")
    assert Planted().add(TokenSent(0, "evil.example", False, 0)).found("I44")
    assert Planted().add(TokenSent(0, "recordings.example", True, 1)).found("I44")
