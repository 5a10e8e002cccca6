"""One of every request that the engine can send, for the tests of encoding and of the client."""

from __future__ import annotations

from msgspec import structs

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
    CheckCall,
    CreateMeeting,
    HangUp,
    HoldParticipant,
    InviteParticipants,
    JoinMeeting,
    KeepAlive,
    ListenForTones,
    ListParticipants,
    MuteParticipant,
    PlaceCall,
    PlayPrompts,
    RecordCaller,
    RedirectCall,
    RejectCall,
    RemoveParticipant,
    ResumeParticipant,
    RouteAudio,
    SendTones,
    SetRecordingStatus,
    ShareScreen,
    StopMedia,
    TransferCall,
    UnmuteSelf,
)
from ivr.core.values import Audio, Meeting, Target
from ivr.graph.encode import encode
from ivr.graph.request import Request
from ivr.ports import Line, Sound

CALL = "0a1b2c3d-1111-4222-8333-0123456789ab"
AGENT_CALL = "0a1b2c3d-9999-4222-8333-0123456789ab"
SOMEBODY = "0b7ec7ed-3333-4444-8555-0123456789ab"
TENANT = "7e4a47aa-2222-4333-8444-0123456789ab"
ACCOUNT = "acc0acc0-5555-4666-8777-0123456789ab"
GUEST, OTHER_GUEST = (
    "9a57e111-6666-4777-8888-0123456789ab",
    "9a57e222-6666-4777-8888-0123456789ab",
)
THREAD = "19:meeting_Nm9uZSBvZiB5b3VyIGJ1c2luZXNz@thread.v2"
LINK = (
    "https://teams.microsoft.com/l/meetup-join/19%3ameeting_Nm9uZSBvZiB5b3VyIGJ1c2luZXNz"
    "%40thread.v2/0?context=%7b%22Tid%22%3a%22" + TENANT + "%22%2c%22Oid%22%3a%22" + SOMEBODY
    + "%22%7d"
)  # fmt: skip
NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT
CALLBACK = "https://bot.example/api/calls/k1"

LINE = Line(CALL, TENANT, CALLBACK)
HEARD = Line(
    CALL,
    TENANT,
    CALLBACK,
    (Sound("https://bot.example/media/a.wav", "sha-a"), Sound("https://bot.example/media/b.wav")),
)
NEW = structs.replace(LINE, call_id="")
CONSULTING = structs.replace(LINE, replaces=AGENT_CALL.upper())
AUDIO = (Audio("hello"), Audio("bye"))

REQUESTS: dict[str, tuple[AnyEffect, Line]] = {
    "answer": (AnswerCall("e1"), LINE),
    "answer with audio": (AnswerCall("e1", ("a", "b")), HEARD),
    "reject": (RejectCall("e1", "busy"), LINE),
    "redirect": (RedirectCall("e1", (Target("user", SOMEBODY, TENANT),), 30_000), LINE),
    "redirect to several": (
        RedirectCall("e1", (Target("app", SOMEBODY), Target("phone", "+46701740605")), 1),
        LINE,
    ),
    "listen": (ListenForTones("e1"), LINE),
    "play": (PlayPrompts("e1", AUDIO), HEARD),
    "stop": (StopMedia("e1"), LINE),
    "record": (RecordCaller("e1", 30_000, 5_000, 2_001, end_key="#", audio=AUDIO[0]), HEARD),
    "record at once": (RecordCaller("e1", 1, 0, 999_999, beep=False), LINE),
    "transfer": (TransferCall("e1", Target("user", SOMEBODY, TENANT)), LINE),
    "transfer to a phone": (TransferCall("e1", Target("phone", "+46701740605")), LINE),
    "transfer to an instance": (TransferCall("e1", Target("instance", SOMEBODY)), LINE),
    "transfer to an app": (TransferCall("e1", Target("app", SOMEBODY)), LINE),
    "consult": (TransferCall("e1", Target("user", SOMEBODY), "e0"), CONSULTING),
    "transfer from a group": (
        TransferCall("e1", Target("user", SOMEBODY), transferee=GUEST.upper()),
        LINE,
    ),
    "call a user": (PlaceCall("e1", Target("user", SOMEBODY)), NEW),
    "call a phone": (PlaceCall("e1", Target("phone", "+46701740605"), ACCOUNT), NEW),
    "join by organizer": (JoinMeeting("e1", Meeting(organizer=SOMEBODY, chat=THREAD)), NEW),
    "join by link": (JoinMeeting("e1", Meeting(link=LINK)), NEW),
    "join by number": (JoinMeeting("e1", Meeting(number="234 567 890 12", passcode="aB3")), NEW),
    "join without a passcode": (JoinMeeting("e1", Meeting(number="23456789012"), ACCOUNT), NEW),
    "create a meeting": (CreateMeeting("e1", SOMEBODY, "Claim 7", 1_800_000), NEW),
    "invite": (InviteParticipants("e1", (Target("user", SOMEBODY),)), LINE),
    "invite several": (
        InviteParticipants("e1", (Target("user", SOMEBODY), Target("phone", "+46701740605"))),
        LINE,
    ),
    "invite from another call": (
        InviteParticipants("e1", (Target("user", SOMEBODY),), AGENT_CALL),
        LINE,
    ),
    "list": (ListParticipants("e1"), LINE),
    "remove": (RemoveParticipant("e1", GUEST.upper()), LINE),
    "mute us": (MuteParticipant("e1"), LINE),
    "mute": (MuteParticipant("e1", GUEST), LINE),
    "unmute us": (UnmuteSelf("e1"), LINE),
    "hold": (HoldParticipant("e1", GUEST), LINE),
    "hold with music": (HoldParticipant("e1", GUEST, AUDIO[0]), HEARD),
    "resume": (ResumeParticipant("e1", GUEST), LINE),
    "send tones": (SendTones("e1", "1*#aD", 500), LINE),
    "share": (ShareScreen("e1", "sharer"), LINE),
    "stop sharing": (ShareScreen("e1", "viewer"), LINE),
    "recording notice": (SetRecordingStatus("e1", True), LINE),
    "no recording any more": (SetRecordingStatus("e1", False), LINE),
    "whisper": (RouteAudio("e1", (GUEST,), (OTHER_GUEST,)), LINE),
    "tell several": (RouteAudio("e1", (GUEST,), (OTHER_GUEST, SOMEBODY)), LINE),
    "keep alive": (KeepAlive("e1"), LINE),
    "check": (CheckCall("e1"), LINE),
    "hang up": (HangUp("e1"), LINE),
}


def requested(name: str) -> Request:
    """The request of that name."""
    return encode(*REQUESTS[name], NOW)
