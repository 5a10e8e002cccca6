"""Legs that we place, meetings, and the people of a call: what Graph's answers come to."""

from __future__ import annotations

import pytest

from ivr.core.events import (
    AnyEvent,
    CallEnded,
    CallProgressed,
    EffectFailed,
    LegPlaced,
    MeetingCreated,
    OperationFinished,
    ParticipantsListed,
)
from ivr.core.values import Meeting, Participant
from ivr.errors import CallGone, OutcomeUnknown, Refused
from ivr.net.sender import Bounds
from tests.graph.effects_of_a_call import CALL, GUEST, LINK, REQUESTS, SOMEBODY, TENANT, THREAD
from tests.graph.golden_listing import EXAMPLES, documented
from tests.graph.graph_on_loopback import control_of, error, graph, outcome
from tests.graph.rude_server import Behaviour, Talk

QUICK = Bounds(total=0.4)
NEW_LEGS = ["call a user", "call a phone", "join by link", "join by number"]
PLACED = (LegPlaced("e1", CALL), CallProgressed("establishing", leg="e1"))


@pytest.mark.parametrize("name", NEW_LEGS)
@pytest.mark.parametrize(
    "call",
    [
        {"id": CALL, "state": "establishing", "mediaState": None, "toneInfo": None},
        {"id": CALL.replace("-", "").upper(), "state": "Establishing"},
        {"id": CALL},
        {"id": CALL, "state": "hold"},
    ],
)
async def test_a_leg_that_is_placed_is_known_by_its_id(name: str, call: object) -> None:
    placed, progressed, *more = await outcome(name, graph("201 Created", call))
    assert placed == LegPlaced("e1", CALL)
    assert isinstance(progressed, CallProgressed)
    assert (progressed.leg, more) == ("e1", [])


async def test_a_leg_may_be_up_before_the_answer_is_read() -> None:
    call = {"id": CALL, "state": "established", "mediaState": {"audio": "active"}}
    assert await outcome("call a user", graph("201 Created", call)) == (
        LegPlaced("e1", CALL),
        CallProgressed("established", audio=True, leg="e1"),
    )


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason=f"no published examples at {EXAMPLES}")
@pytest.mark.parametrize("example", [f"application-post-calls-{n}.json" for n in range(1, 6)])
async def test_a_published_answer_is_understood(example: str) -> None:
    found = documented("responses")[example]
    body = found["body"]
    assert isinstance(body, dict)
    assert await outcome("call a user", graph("201 Created", body)) == (
        LegPlaced("e1", body["id"].lower()),
        CallProgressed("establishing", leg="e1"),
    )


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"[]", b'{"id":7}', b'{"id":"../x"}'])
async def test_a_call_without_a_readable_id_may_ring_somewhere(body: bytes) -> None:
    for name in NEW_LEGS:
        with pytest.raises(OutcomeUnknown):
            await outcome(name, graph("201 Created", body))


@pytest.mark.parametrize("body", [b"", b"{", b'{"id":null}'])
async def test_the_address_of_a_new_call_tells_its_id_too(body: bytes) -> None:
    at = f"Location: https://graph.example/v1.0/communications/calls/{CALL.upper()}".encode()
    assert await outcome("call a user", graph("201 Created", body, at)) == PLACED


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "/communications/calls/", "/communications/calls/a%2fb"]
)
async def test_an_odd_address_of_a_new_call_tells_nothing(place: str) -> None:
    with pytest.raises(OutcomeUnknown):
        await outcome("call a user", graph("201 Created", b"", f"Location: {place}".encode()))


async def cut_in_the_body(talk: Talk) -> None:
    await talk.say(b"HTTP/1.1 201 Created\r\nContent-Length: 999\r\n\r\n{")
    talk.hang_up()


async def gives_no_answer(talk: Talk) -> None:
    talk.hang_up()


@pytest.mark.parametrize("behaviour", [cut_in_the_body, gives_no_answer])
async def test_a_call_whose_answer_is_lost_is_placed_once(behaviour: Behaviour) -> None:
    async with control_of(behaviour, bounds=QUICK) as (control, server):
        with pytest.raises(OutcomeUnknown):
            await control.perform(*REQUESTS["call a user"])
        assert len(server.requests) == 1


@pytest.mark.parametrize("status", ["500 Oops", "502 Bad Gateway", "503 Later", "504 Late"])
async def test_a_fault_leaves_open_whether_it_rings(status: str) -> None:
    with pytest.raises(OutcomeUnknown):
        await outcome("call a user", graph(status, error("9999")))


@pytest.mark.parametrize("name", [*NEW_LEGS, "create a meeting"])
async def test_a_call_that_was_never_placed_is_not_over(name: str) -> None:
    with pytest.raises(Refused) as refused:
        await outcome(name, graph("404 Not Found", error("8522")))
    assert not isinstance(refused.value, CallGone)


async def test_a_leg_is_asked_about_as_a_leg() -> None:
    up = {"state": "established", "mediaState": {"audio": "active"}}
    assert await outcome("check", graph("200 OK", up), leg="e9") == (
        CallProgressed("established", audio=True, leg="e9"),
    )
    over = {"state": "terminated", "resultInfo": {"code": 603}}
    assert await outcome("check", graph("200 OK", over), leg="e9") == (
        CallEnded("declined", "603", "e9"),
    )
    assert await outcome("check", graph("404 Not Found"), leg="e9") == (
        CallEnded("failed", "404", "e9"),
    )


async def test_an_effect_that_failed_tells_its_leg() -> None:
    assert await outcome("listen", graph("200 OK", {"status": "failed"}), leg="e9") == (
        EffectFailed("e1", "listen_for_tones", leg="e9"),
    )


FINISHED = OperationFinished("e1")
AT_ONCE = ["mute us", "mute", "unmute us", "resume", "recording notice", "send tones", "invite"]


@pytest.mark.parametrize("name", [*AT_ONCE, "hold"])
async def test_an_operation_on_people_tells_its_end_when_it_has_one(name: str) -> None:
    assert await outcome(name, graph("200 OK", {"status": "Completed"})) == (FINISHED,)
    for status in ("running", "Running", "notStarted", None, "active"):
        assert await outcome(name, graph("202 Accepted", {"status": status})) == ()


@pytest.mark.parametrize(
    ("name", "operation", "expected"),
    [
        ("mute", {"status": "failed"}, OperationFinished("e1", "failed")),
        (
            "recording notice",
            {"status": "failed", "resultInfo": {"code": 408, "subcode": 0}},
            OperationFinished("e1", "failed"),
        ),
        (
            "invite",
            {"status": "failed", "resultInfo": {"code": 408, "subcode": 0}},
            OperationFinished("e1", "no_answer"),
        ),
        (
            "send tones",
            {"status": "completed", "completionReason": "mediaOperationCanceled"},
            OperationFinished("e1", "failed"),
        ),
    ],
)
async def test_an_operation_that_failed_at_once_says_why(
    name: str, operation: object, expected: AnyEvent
) -> None:
    assert await outcome(name, graph("200 OK", operation)) == (expected,)


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("share", "202 Accepted", None),
        ("stop sharing", "202 Accepted", b""),
        ("remove", "204 No Content", None),
        ("whisper", "200 OK", {"id": "oneToOne", "routingMode": "oneToOne"}),
        ("whisper", "201 Created", b"<html>"),
    ],
)
async def test_what_has_no_operation_is_done_when_it_is_answered(
    name: str, status: str, body: object
) -> None:
    assert await outcome(name, graph(status, body)) == (FINISHED,)


@pytest.mark.parametrize("name", ["remove", "mute", "hold", "resume"])
@pytest.mark.parametrize("code", ["", "8522", "8558"])
async def test_a_participant_who_has_left_is_not_a_call_that_is_over(name: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        await outcome(name, graph("404 Not Found", error(code)))
    assert not isinstance(refused.value, CallGone)


async def test_the_end_of_the_call_is_told_of_a_participant_too() -> None:
    for code in ("8528", "8543"):
        with pytest.raises(CallGone):
            await outcome("mute", graph("400 Bad Request", error(code)))
    with pytest.raises(CallGone):
        await outcome("list", graph("404 Not Found", error("8522")))


async def test_who_is_on_the_call_is_listed() -> None:
    people = [
        {"id": GUEST, "info": {"identity": {"user": {"id": SOMEBODY, "displayName": "Ann"}}}},
        {"id": None, "info": {"identity": {"user": {"id": SOMEBODY}}}},
        7,
        {"id": "p2", "isMuted": True, "isInLobby": True, "removedState": None},
        {"id": "p3", "removedState": {"reason": "left"}},
    ]
    assert await outcome("list", graph("200 OK", {"value": people})) == (
        ParticipantsListed(
            "e1",
            (
                Participant(GUEST, "user", SOMEBODY, "Ann"),
                Participant("p2", muted=True, in_lobby=True),
            ),
        ),
    )
    assert await outcome("list", graph("200 OK", {"value": []})) == (ParticipantsListed("e1"),)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"value":7}', b"[]", b"<html>"])
async def test_a_list_that_cannot_be_read_is_no_empty_list(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        await outcome("list", graph("200 OK", body))


async def test_a_meeting_that_was_made_can_be_joined() -> None:
    body = {
        "@odata.context": "https://graph.example/$metadata#users('x')/onlineMeetings/$entity",
        "id": "MSo1N2Y5ZGFjYy0",
        "joinWebUrl": LINK,
        "chatInfo": {"threadId": THREAD, "messageId": "0", "replyChainMessageId": "0"},
        "participants": {
            "organizer": {"identity": {"user": {"id": SOMEBODY.upper(), "tenantId": TENANT}}},
            "attendees": [],
        },
        "joinMeetingIdSettings": {"joinMeetingId": "23456789012", "passcode": "aB3"},
    }
    assert await outcome("create a meeting", graph("201 Created", body)) == (
        MeetingCreated("e1", Meeting(LINK, "23456789012", "aB3", SOMEBODY, THREAD)),
    )


async def test_a_meeting_is_made_though_only_its_link_is_told() -> None:
    for rest in ({}, {"chatInfo": None, "participants": None, "joinMeetingIdSettings": 7}):
        body = {"joinWebUrl": LINK, **rest}
        assert await outcome("create a meeting", graph("201 Created", body)) == (
            MeetingCreated("e1", Meeting(LINK)),
        )


@pytest.mark.parametrize("body", [b"", b"{}", b'{"joinWebUrl":7}', b'{"joinWebUrl":""}'])
async def test_a_meeting_that_nobody_can_find_is_an_unknown_outcome(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        await outcome("create a meeting", graph("201 Created", body))


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason=f"no published examples at {EXAMPLES}")
async def test_the_published_answer_about_a_meeting_is_understood() -> None:
    body = documented("responses")["application-post-onlinemeetings-1.json"]["body"]
    found = await outcome("create a meeting", graph("201 Created", body))
    assert isinstance(found[0], MeetingCreated)
    meeting = found[0].meeting
    assert meeting.link.startswith("https://teams.microsoft.com/l/meetup-join/")
    assert meeting.chat.startswith("19:meeting_")
    assert meeting.organizer
