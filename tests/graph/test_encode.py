"""Every request that the engine can send, byte for byte.

`UPDATE_GOLDEN=1` writes `golden/requests.txt` anew; look at the difference.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from msgspec import structs

from ivr.core.effects import (
    AnyEffect,
    CreateMeeting,
    FetchRecording,
    HoldParticipant,
    InviteParticipants,
    JoinMeeting,
    MuteParticipant,
    PlaceCall,
    PlayPrompts,
    RecordCaller,
    RedirectCall,
    RemoveParticipant,
    ResumeParticipant,
    RouteAudio,
    SendRequest,
    SendTones,
)
from ivr.core.values import Meeting, Target
from ivr.errors import Refused
from ivr.graph.encode import encode
from ivr.ports import Line
from tests.graph.effects_of_a_call import (
    AGENT_CALL,
    AUDIO,
    CALL,
    CALLBACK,
    GUEST,
    HEARD,
    LINE,
    LINK,
    NEW,
    NOW,
    REQUESTS,
    SOMEBODY,
    TENANT,
    THREAD,
    requested,
)
from tests.graph.golden_listing import GOLDEN, UPDATE

LISTING = GOLDEN / "requests.txt"
WITH_OPERATION = {
    "listen", "play", "stop", "record", "invite", "mute us", "mute", "unmute us", "hold", "resume",
    "send tones", "recording notice",
}  # fmt: skip


def listed() -> str:
    lines = []
    for name in REQUESTS:
        request = requested(name)
        lines += [f"# {name}", f"{request.method} {request.path}"]
        lines += [request.body.decode()] if request.body is not None else []
    return "\n".join(lines) + "\n"


def body(name: str) -> dict[str, Any]:
    return sent_by(*REQUESTS[name])


def sent_by(effect: AnyEffect, line: Line = LINE) -> dict[str, Any]:
    sent: dict[str, Any] = json.loads(encode(effect, line, NOW).body or b"null")
    return sent


@pytest.mark.skipif(not UPDATE, reason="UPDATE_GOLDEN is not set")
def test_write_the_golden_file_anew() -> None:
    LISTING.write_text(listed())


def test_requests_are_byte_for_byte_as_listed() -> None:
    assert listed() == LISTING.read_text()


def test_the_effect_comes_back_with_its_operation() -> None:
    for name in WITH_OPERATION:
        assert body(name)["clientContext"] == "e1"


def test_a_call_id_is_sent_as_graph_spells_it() -> None:
    effect, line = REQUESTS["keep alive"]
    odd = structs.replace(line, call_id=CALL.replace("-", "").upper())
    assert encode(effect, odd, NOW).path == f"/communications/calls/{CALL}/keepAlive"


@pytest.mark.parametrize("call_id", ["", "..", "a/b", "a?b", "a%2fb", "a b", "å"])
def test_a_call_id_cannot_lead_elsewhere(call_id: str) -> None:
    effect, line = REQUESTS["hang up"]
    with pytest.raises(Refused):
        encode(effect, structs.replace(line, call_id=call_id), NOW)


@pytest.mark.parametrize(
    ("millis", "seconds"),
    [(-5, 1), (0, 1), (1, 1), (1000, 1), (1001, 2), (119_001, 120), (120_000, 120), (10**9, 120)],
)
def test_times_of_a_recording_are_whole_seconds_that_graph_takes(millis: int, seconds: int) -> None:
    sent = sent_by(RecordCaller("e1", millis, millis, millis))
    for name in ("maxRecordDuration", "initialSilenceTimeout", "maxSilenceTimeout"):
        assert sent[f"{name}InSeconds"] == seconds


@pytest.mark.parametrize(("millis", "seconds"), [(1, 15), (30_500, 31), (10**9, 90)])
def test_ringing_lasts_as_long_as_graph_takes(millis: int, seconds: int) -> None:
    assert sent_by(RedirectCall("e1", (Target("user", "u"),), millis))["timeout"] == seconds


def test_a_recording_has_one_prompt_at_most() -> None:
    assert len(sent_by(REQUESTS["record"][0], HEARD)["prompts"]) == 1


def test_prompts_keep_their_order_and_their_cache_keys() -> None:
    sent = sent_by(PlayPrompts("e1", AUDIO), HEARD)
    media = [prompt["mediaInfo"] for prompt in sent["prompts"]]
    assert [one["uri"][-5:] for one in media] == ["a.wav", "b.wav"]
    assert [one.get("resourceId") for one in media] == ["sha-a", None]
    assert "resourceId" not in media[1]


def test_what_is_not_graph_s_is_refused() -> None:
    for effect in (
        FetchRecording("e1", "https://media.example/1", "t", 1),
        SendRequest("e1", "GET", "https://crm.example/", "crm.example", 1),
    ):
        with pytest.raises(Refused):
            encode(effect, LINE, NOW)


def test_nobody_is_shown_in_a_log() -> None:
    for name in ("transfer to a phone", "call a phone", "send tones"):
        assert not re.search(r"4670|tone1", repr(requested(name)))


def test_a_consultative_transfer_never_becomes_a_blind_one() -> None:
    """The leg's id at Graph may not be known yet: then nothing is sent at all."""
    for replaces in ("", "a/b"):
        with pytest.raises(Refused, match="leg that is replaced"):
            encode(REQUESTS["consult"][0], structs.replace(LINE, replaces=replaces), NOW)
    assert body("consult")["transferTarget"]["replacesCallId"] == AGENT_CALL
    assert "replacesCallId" not in body("transfer")["transferTarget"]


@pytest.mark.parametrize("participant", ["", "..", "a/b", "p1?x", "p%2f1", "p 1"])
def test_a_participant_s_id_cannot_lead_elsewhere(participant: str) -> None:
    for effect in (
        RemoveParticipant("e1", participant),
        HoldParticipant("e1", participant),
        ResumeParticipant("e1", participant),
        RouteAudio("e1", (GUEST,), (participant,)),
    ):
        with pytest.raises(Refused, match="participant"):
            encode(effect, LINE, NOW)
    if participant:
        with pytest.raises(Refused, match="participant"):
            encode(MuteParticipant("e1", participant), LINE, NOW)


@pytest.mark.parametrize("organizer", ["", "../x", "a/b", "ann@contoso.example"])
def test_an_organizer_is_an_object_id(organizer: str) -> None:
    with pytest.raises(Refused, match="organizer"):
        encode(CreateMeeting("e1", organizer), NEW, NOW)


@pytest.mark.parametrize("keys", ["", "1w2", "1,2", "+46", "E", "1 2", "٣"])
def test_what_is_no_key_is_not_pressed(keys: str) -> None:
    with pytest.raises(Refused, match="Keys") as refused:
        encode(SendTones("e1", keys), LINE, NOW)
    assert not keys or f"'{keys}'" not in str(refused.value)


def test_keys_are_pressed_in_their_order() -> None:
    sent = sent_by(SendTones("e1", "*0a#", -5))
    assert sent["tones"] == ["star", "tone0", "a", "pound"]
    assert sent["delayBetweenTonesMs"] == 0


def test_a_phone_is_not_called_in_nobody_s_name() -> None:
    with pytest.raises(Refused, match="resource account"):
        encode(PlaceCall("e1", Target("phone", "+46701740605")), NEW, NOW)
    who = body("call a phone")["source"]["identity"]
    assert list(who) == ["@odata.type", "applicationInstance"]
    assert "source" not in body("call a user")


def test_a_new_leg_is_told_about_at_its_own_address() -> None:
    for name in ("call a user", "join by link", "join by number"):
        assert requested(name).path == "/communications/calls"
        assert body(name)["callbackUri"] == CALLBACK


def test_a_meeting_lasts_from_now_on() -> None:
    assert body("create a meeting") == {
        "startDateTime": "2023-11-14T22:13:20Z",
        "endDateTime": "2023-11-14T22:43:20Z",
        "subject": "Claim 7",
    }
    assert "subject" not in sent_by(CreateMeeting("e1", SOMEBODY), NEW)


def test_a_link_joins_the_meeting_that_organizer_and_chat_join() -> None:
    assert body("join by link") == body("join by organizer")


def test_organizer_and_chat_go_before_a_number_and_a_number_before_a_link() -> None:
    every = Meeting(LINK, "23456789012", "aB3", SOMEBODY, THREAD)
    assert sent_by(JoinMeeting("e1", every), NEW) == body("join by organizer")
    numbered = structs.replace(every, organizer="")
    assert sent_by(JoinMeeting("e1", numbered), NEW) == body("join by number")


def test_a_meeting_of_another_tenant_is_not_joined_with_this_tenant_s_token() -> None:
    meeting = Meeting(link=LINK)
    for tenant in (TENANT.upper(), TENANT.replace("-", ""), "contoso.onmicrosoft.com", ""):
        encode(JoinMeeting("e1", meeting), structs.replace(NEW, tenant=tenant), NOW)
    with pytest.raises(Refused, match="another tenant"):
        encode(JoinMeeting("e1", meeting), structs.replace(NEW, tenant=SOMEBODY), NOW)


@pytest.mark.parametrize(
    "meeting",
    [
        Meeting(),
        Meeting(link="https://teams.microsoft.com/meet/2345678901234?p=hush"),
        Meeting(link=LINK.replace("https", "http")),
        Meeting(number="23456789012345678901234"),
        Meeting(number="hush"),
        Meeting(organizer=SOMEBODY),
        Meeting(chat=THREAD),
    ],
)
def test_a_meeting_that_cannot_be_found_is_refused_in_words(meeting: Meeting) -> None:
    with pytest.raises(Refused, match=r"number") as refused:
        encode(JoinMeeting("e1", meeting), NEW, NOW)
    assert "hush" not in str(refused.value)


def test_only_the_first_who_is_invited_leaves_another_call() -> None:
    two = (Target("user", SOMEBODY), Target("user", GUEST))
    first, second = sent_by(InviteParticipants("e1", two, AGENT_CALL.upper()))["participants"]
    assert first["replacesCallId"] == AGENT_CALL
    assert "replacesCallId" not in second


def test_hold_music_is_the_service_s_own_unless_there_is_some() -> None:
    assert "customPrompt" not in body("hold")
    assert body("hold with music")["customPrompt"]["mediaInfo"]["resourceId"] == "sha-a"
