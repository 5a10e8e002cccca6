"""Unit: the in-process door, effect by effect and signal by signal."""

from __future__ import annotations

import pytest

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
    CheckCall,
    FetchRecording,
    HangUp,
    HoldParticipant,
    InviteParticipants,
    KeepAlive,
    ListenForTones,
    ListParticipants,
    MuteParticipant,
    PlayPrompts,
    RecordCaller,
    RedirectCall,
    RejectCall,
    RemoveParticipant,
    ResumeParticipant,
    RouteAudio,
    SendRequest,
    SendTones,
    SetRecordingStatus,
    ShareScreen,
    StopMedia,
    TransferCall,
    UnmuteSelf,
)
from ivr.core.events import (
    AnyEvent,
    CallArrived,
    CallEnded,
    CallProgressed,
    EffectFailed,
    Failure,
    OperationFinished,
    ParticipantsListed,
    PromptFinished,
    RecordingFinished,
    RecordingStored,
    RosterChanged,
    TonePressed,
)
from ivr.core.values import Audio, Caller, kind_of
from ivr.simulator import door
from ivr.simulator.phone.model import Phone
from ivr.simulator.phone.rules import Outcome
from ivr.simulator.reports import events
from tests.simulator.phones import SALES, UP, connected, dialled, ringing, rules

RECORD = RecordCaller("e1", max_length=9_000, first_sound=3_000, stop_after_silence=1_000)


def do(phone: Phone, effect: AnyEffect, now: int = UP, until: int = UP + 60_000) -> list[AnyEvent]:
    """Everything that comes of one effect, now and later."""
    return door.apply(phone, now, effect) + events(phone.advance(until))


def test_an_incoming_call_arrives_with_its_caller() -> None:
    assert door.arrival(ringing()) == CallArrived(Caller("phone", "+442071838750"))


def test_answering_brings_the_call_up() -> None:
    assert do(ringing(), AnswerCall("e1"), 0, UP) == [
        CallProgressed("establishing"),
        CallProgressed("established"),
        CallProgressed("established", audio=True),
    ]


def test_rejecting_and_redirecting_end_the_call() -> None:
    assert do(ringing(), RejectCall("e1", reason="busy"), 0) == [CallEnded("rejected")]
    redirect = RedirectCall("e1", to=(SALES,), ring_for=20_000)
    assert do(ringing(), redirect, 0) == [CallEnded("hung_up")]


def test_prompts_are_heard_by_name_and_finish() -> None:
    phone = connected()
    effect = PlayPrompts("e1", audio=(Audio("hello", seconds=1.25), Audio("menu", text="abcd")))
    assert do(phone, effect) == [PromptFinished("e1")]
    heard = [(h.name, (h.ended or 0) - h.started, h.text) for h in phone.heard]
    assert heard == [("hello", 1_250, ""), ("menu", 540, "abcd")]


def test_stopping_media_finishes_the_prompt_as_cancelled() -> None:
    phone = connected()
    door.apply(phone, UP, PlayPrompts("e1", audio=(Audio("hello", seconds=30),)))
    assert do(phone, StopMedia("e2"), UP + 100) == [PromptFinished("e1", cancelled=True)]


def test_audio_that_cannot_be_played_is_a_failed_prompt() -> None:
    phone = connected()
    phone.play(UP, "e1", None)
    phone.fetched(UP, "e1", "bad_audio")
    assert events(phone.advance(UP + 100)) == [PromptFinished("e1", "not_started")]


def test_keys_come_as_tones() -> None:
    phone = connected()
    assert do(phone, ListenForTones("e1"), until=UP) == []
    phone.press(UP, "5")
    assert events(phone.advance(UP + 100)) == [TonePressed("5", 1)]


def test_a_recording_is_finished_then_brought_home() -> None:
    phone = connected()
    door.apply(phone, UP, RECORD)
    phone.speak(UP + 1_000, 1_500)
    finished = events(phone.advance(UP + 60_000))
    assert len(finished) == 1
    clip = finished[0]
    assert isinstance(clip, RecordingFinished)
    assert (clip.effect, clip.stopped_by, clip.failure) == ("e1", "silence", None)
    fetch = FetchRecording("e2", location=clip.location, token=clip.token, keep_for=1)
    stored = door.apply(phone, UP + 60_000, fetch)
    assert stored == [RecordingStored("e2", "https://simulator.invalid/recordings/clip-1.wav", 3.3)]


def test_the_end_key_and_the_prompt_go_with_the_recording() -> None:
    phone = connected()
    effect = RecordCaller(
        "e1", 9_000, 3_000, 1_000, beep=False, end_key="#", audio=Audio("ask", seconds=1)
    )
    door.apply(phone, UP, effect)
    phone.press(UP + 1_400, "#")
    ended = events(phone.advance(UP + 60_000))
    assert [h.name for h in phone.heard] == ["ask"]
    assert isinstance(ended[0], RecordingFinished)
    assert ended[0].stopped_by == "end_key"


def test_nothing_said_gives_no_recording() -> None:
    silent = RecordingFinished("e1", stopped_by="nothing_said")
    assert do(connected(), RECORD) == [silent]


def test_an_unknown_recording_cannot_be_fetched() -> None:
    lost = FetchRecording("e1", location="sim:clip-9", token="t", keep_for=1)
    answer = door.apply(connected(), UP, lost)
    assert answer == [EffectFailed("e1", kind="fetch_recording", code="not_found")]


def test_an_answered_transfer_ends_the_call() -> None:
    assert do(connected(), TransferCall("e1", to=SALES)) == [
        CallProgressed("transferring"),
        CallProgressed("accepted"),
        CallProgressed(None, audio=False),
        CallEnded("transferred", "0/7015"),
    ]


@pytest.mark.parametrize("outcome", ["busy", "declined", "no_answer", "failed"])
def test_a_failed_transfer_says_why(outcome: Outcome) -> None:
    phone = connected()
    phone.set_transfer_outcome(UP, outcome, 100)
    told = do(phone, TransferCall("e1", to=SALES))
    assert isinstance(told[1], CallProgressed)
    assert (told[1].progress, told[1].failure) == ("established", outcome)


def test_hanging_up_ends_the_call_by_us() -> None:
    assert do(connected(), HangUp("e1")) == [
        CallProgressed("ending"),
        CallEnded("ended_by_us", "200/7000"),
    ]


@pytest.mark.parametrize(
    ("callee", "end"),
    [
        ("busy", CallEnded("busy", "486/8539")),
        ("declined", CallEnded("declined", "603/8538")),
        ("no_answer", CallEnded("no_answer", "408/10057")),
        ("failed", CallEnded("not_reached", "480/10037")),
    ],
)
def test_a_call_that_was_not_taken_says_why(callee: Outcome, end: CallEnded) -> None:
    told = events(dialled(callee).advance(60_000))
    assert told == [CallProgressed("establishing"), end]


def test_checking_tells_where_the_call_is() -> None:
    answered = ringing()
    answered.answer(0)
    check = CheckCall("e1")
    assert door.apply(answered, 50, check) == [CallProgressed("establishing")]
    assert door.apply(connected(), UP, check) == [CallProgressed("established", audio=True)]
    assert door.apply(ringing(), 0, check) == []
    over = ringing()
    over.hang_up_caller(0)
    assert door.apply(over, 0, check) == [CallEnded("failed", "404")]


def test_an_invitation_is_an_operation_and_a_change_of_the_roster() -> None:
    phone = connected(rules(invite_rings=100))
    invite = InviteParticipants("e1", to=(SALES,))
    told = do(phone, invite)
    everybody = phone.conference.people.all()
    assert told == [OperationFinished("e1"), RosterChanged(everybody, sequence=1_100)]
    assert [one.kind for one in everybody] == ["app", "phone", "user"]
    assert door.apply(phone, UP, ListParticipants("e2")) == [ParticipantsListed("e2", everybody)]


def test_an_invitation_that_is_not_taken_says_why() -> None:
    phone = connected(rules(invitee="busy"))
    told = do(phone, InviteParticipants("e1", to=(SALES,)))
    assert told == [OperationFinished("e1", "busy")]
    assert door.apply(phone, UP, ListParticipants("e2")) == [ParticipantsListed("e2")]


def test_people_of_a_group_call_are_muted_held_routed_and_removed() -> None:
    phone = connected()
    him = phone.conference.join(UP, SALES)
    me, caller = phone.conference.people.me, phone.conference.people.caller
    effects: list[AnyEffect] = [
        MuteParticipant("e1", participant=him),
        MuteParticipant("e2"),
        UnmuteSelf("e3"),
        RouteAudio("e4", sources=(me,), receivers=(him,)),
        SetRecordingStatus("e5", recording=True),
    ]
    for effect in effects:
        assert door.apply(phone, UP, effect) == [OperationFinished(effect.id)]
    assert [one.muted for one in phone.conference.people.all()] == [False, False, True]
    assert phone.conference.routes == {"e4": ((me,), (him,))}
    assert [each.recording for each in phone.conference.announced] == [True]
    phone.advance(UP)
    assert do(phone, HoldParticipant("e6", participant=caller)) == [OperationFinished("e6")]
    again = HoldParticipant("e7", participant=him)
    assert door.apply(phone, UP, again) == [failed(again, "8519")]
    assert door.apply(phone, UP, ResumeParticipant("e8", participant=caller)) == [
        OperationFinished("e8")
    ]
    assert door.apply(phone, UP, RemoveParticipant("e9", participant=him)) == [
        OperationFinished("e9")
    ]
    assert [one.id for one in phone.conference.people.all()] == [me, caller]


@pytest.mark.parametrize(
    ("effect", "code"),
    [
        (MuteParticipant("e1"), "8548"),
        (HoldParticipant("e1", participant="person-2"), "8548"),
        (RouteAudio("e1", sources=("person-1",), receivers=("person-2",)), "8548"),
        (RemoveParticipant("e1", participant="person-2"), "8558"),
        (TransferCall("e1", to=SALES, transferee="person-2"), "8548"),
        (InviteParticipants("e1", to=(SALES, SALES)), "8548"),
        (ShareScreen("e1", role="sharer"), "8500"),
    ],
)
def test_a_call_between_two_is_no_group_call(effect: AnyEffect, code: str) -> None:
    assert door.apply(connected(), UP, effect) == [failed(effect, code)]


def test_keys_that_we_press_are_heard_on_the_other_side() -> None:
    phone = connected()
    assert do(phone, SendTones("e1", keys="1#", gap=200)) == [OperationFinished("e1")]
    assert [heard.name for heard in phone.heard] == ["tone 1", "tone #"]


def failed(effect: AnyEffect, code: str) -> EffectFailed:
    """The service does not do it."""
    return EffectFailed(effect.id, kind_of(effect), "failed", code)


def test_business_systems_and_keep_alive_say_nothing() -> None:
    request = SendRequest("e1", method="GET", url="https://a.example/", host="a", timeout=1)
    assert do(connected(), request) == []
    assert do(connected(), KeepAlive("e2")) == []


@pytest.mark.parametrize(
    ("effect", "kind"),
    [
        (PlayPrompts("e1", audio=(Audio("hello", seconds=1),)), "play_prompts"),
        (RECORD, "record_caller"),
        (StopMedia("e1"), "stop_media"),
        (ListenForTones("e1"), "listen_for_tones"),
        (TransferCall("e1", to=SALES), "transfer_call"),
    ],
)
def test_too_early_is_a_failed_effect(effect: AnyEffect, kind: str) -> None:
    answer = door.apply(ringing(), 0, effect)
    media = kind in ("play_prompts", "record_caller")
    failure: Failure = "not_started" if media else "failed"
    assert answer == [EffectFailed("e1", kind=kind, failure=failure, code="8501")]


@pytest.mark.parametrize("effect", [AnswerCall("e1"), HangUp("e1"), KeepAlive("e1")])
def test_too_late_says_that_the_call_is_gone(effect: AnyEffect) -> None:
    phone = connected()
    phone.hang_up_caller(UP)
    answer = door.apply(phone, UP, effect)
    assert [event.failure for event in answer if isinstance(event, EffectFailed)] == ["gone"]
