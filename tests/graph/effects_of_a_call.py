"""One of every request that the engine can send, for the tests of encoding and of the client."""

from __future__ import annotations

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
    CheckCall,
    HangUp,
    KeepAlive,
    ListenForTones,
    PlayPrompts,
    RecordCaller,
    RedirectCall,
    RejectCall,
    StopMedia,
    TransferCall,
)
from ivr.core.values import Audio, Target
from ivr.ports import Line, Sound

CALL = "0a1b2c3d-1111-4222-8333-0123456789ab"
AGENT_CALL = "0a1b2c3d-9999-4222-8333-0123456789ab"
SOMEBODY = "0b7ec7ed-3333-4444-8555-0123456789ab"
TENANT = "7e4a47aa-2222-4333-8444-0123456789ab"
CALLBACK = "https://bot.example/api/calls/k1"

LINE = Line(CALL, TENANT, CALLBACK)
HEARD = Line(
    CALL,
    TENANT,
    CALLBACK,
    (Sound("https://bot.example/media/a.wav", "sha-a"), Sound("https://bot.example/media/b.wav")),
)
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
    "consult": (TransferCall("e1", Target("user", SOMEBODY), AGENT_CALL.upper()), LINE),
    "keep alive": (KeepAlive("e1"), LINE),
    "check": (CheckCall("e1"), LINE),
    "hang up": (HangUp("e1"), LINE),
}
