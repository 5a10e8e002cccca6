"""Integration: what the simulated Graph refuses, and how it says so (FACTS 5 and 9.3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.graph_world import (
    ANSWER,
    BOT,
    CALLS,
    HOSTED,
    TENANT,
    USER,
    error,
    prompt,
    target,
    wav,
    without,
    world,
)

LONG = "x" * 257
NEW_CALL = {
    "@odata.type": "#microsoft.graph.call",
    "callbackUri": f"{BOT}/cb",
    "requestedModalities": ["audio"],
    "mediaConfig": HOSTED,
    "targets": [target()],
}
MEETING = {
    "@odata.type": "#microsoft.graph.organizerMeetingInfo",
    "organizer": {"user": {"id": USER}},
}


# Bodies

BAD_ANSWERS = {
    "unknown member": {**ANSWER, "callback": "x"},
    "no media": without(ANSWER, "mediaConfig"),
    "no modalities": without(ANSWER, "acceptedModalities"),
    "empty modalities": {**ANSWER, "acceptedModalities": []},
    "no audio": {**ANSWER, "acceptedModalities": ["video"]},
    "wrong case": {**ANSWER, "acceptedModalities": ["Audio"]},
    "null callback": {**ANSWER, "callbackUri": None},
    "plain http callback": {**ANSWER, "callbackUri": "http://bot.example/cb"},
    "relative callback": {**ANSWER, "callbackUri": "/cb"},
    "media of the application": {
        **ANSWER,
        "mediaConfig": {"@odata.type": "#microsoft.graph.appHostedMediaConfig", "blob": "b"},
    },
    "untyped media": {**ANSWER, "mediaConfig": {}},
    "plain http media": {
        **ANSWER,
        "mediaConfig": {**HOSTED, "preFetchMedia": [{"uri": "http://cdn.example/a.wav"}]},
    },
    "artefacts of a serialiser": {**ANSWER, "$id": "1"},
}


@pytest.mark.parametrize("body", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
async def test_an_answer_must_be_right_in_every_member(body: dict[str, Any]) -> None:
    async with world() as w:
        call = await w.ring()
        response = await w.act(call, "answer", body)
        assert response.status_code == 400, response.text
        assert error(response)[1] in ("BadRequest", "8523")
        assert (await w.act(call, "answer", ANSWER)).status_code == 202, "nothing has changed"


PROMPTS = [prompt("hello")]
BAD_ACTIONS: dict[str, list[dict[str, Any]]] = {
    "reject": [{"reason": "Busy"}, {"reason": "because"}, {"why": "busy"}],
    "redirect": [
        {},
        {"targets": []},
        {"targets": [target()] * 26},
        {"targets": [target()], "timeout": 14},
        {"targets": [target()], "timeout": 91},
        {"targets": [target("phone", "07700900123")]},
        {"targets": [{"identity": {}}]},
        {"targets": [{"identity": {"user": {"id": "u"}, "phone": {"id": "+442079460100"}}}]},
    ],
    "playPrompt": [
        {},
        {"prompts": []},
        {"prompts": PROMPTS * 21},
        {"prompts": PROMPTS, "clientContext": LONG},
        {"prompts": PROMPTS, "loop": True},
        {"prompts": [{"mediaInfo": {"uri": f"{BOT}/a.wav"}}]},
        {"prompts": [{**PROMPTS[0], "@odata.type": "#Microsoft.Graph.MediaPrompt"}]},
        {"prompts": [{**PROMPTS[0], "mediaInfo": {"resourceId": "r"}}]},
        {"prompts": [{**PROMPTS[0], "mediaInfo": {"uri": "http://cdn.example/a.wav"}}]},
        {"prompts": [{**PROMPTS[0], "mediaInfo": {"uri": "https://cdn.example/"}}]},
        {"prompts": [{**PROMPTS[0], "mediaInfo": {"uri": "ftp://cdn.example/a.wav"}}]},
    ],
    "recordResponse": [
        {"prompts": PROMPTS * 2},
        {"maxRecordDurationInSeconds": 0},
        {"maxRecordDurationInSeconds": 121},
        {"initialSilenceTimeoutInSeconds": 121},
        {"maxSilenceTimeoutInSeconds": -1},
        {"maxSilenceTimeoutInSeconds": 1.5},
        {"stopTones": ["pound"]},
        {"stopTones": "#"},
        {"playBeep": "yes"},
        {"clientContext": LONG},
        {"maxSilenceTimeout": 5},
    ],
    "subscribeToTone": [{"clientContext": LONG}, {"context": "c"}, {"clientContext": 1}],
    "cancelMediaProcessing": [{"clientContext": LONG}, {"operationId": "o"}],
    "sendDtmfTones": [{}, {"tones": []}, {"tones": ["1"]}, {"tones": [{"tone": "tone1"}]}],
    "transfer": [
        {},
        {"transferTarget": {}},
        {"transferTarget": target("guest", "g")},
        {"transferTarget": target("phone", "2079460100")},
        {"transferTarget": target(), "timeout": 20},
        {"transferTarget": target(replacesCallId="00000000-0000-4000-8000-000000000000")},
    ],
    "updateRecordingStatus": [{}, {"status": "Recording"}],
    "keepAlive": [{"clientContext": "c"}],
}
CASES = [(action, body) for action, bodies in BAD_ACTIONS.items() for body in bodies]


async def test_actions_must_be_right_in_every_member() -> None:
    async with world() as w:
        fresh, call = await w.ring(), await w.connect()
        for action, body in CASES:
            leg = fresh if action in ("reject", "redirect") else call
            response = await w.act(leg, action, body)
            assert response.status_code in (400, 404), (action, body, response.text)
            assert error(response)[1] in ("BadRequest", "8523", "8522"), (action, body)
        assert (await w.sim(f"calls/{call}"))["heard"] == []
        assert (await w.sim(f"calls/{fresh}"))["state"] == "incoming"


BAD_CALLS = {
    "untyped": without(NEW_CALL, "@odata.type"),
    "no callback": without(NEW_CALL, "callbackUri"),
    "no modalities": without(NEW_CALL, "requestedModalities"),
    "nobody": without(NEW_CALL, "targets"),
    "nobody and no meeting": {**NEW_CALL, "targets": []},
    "six": {**NEW_CALL, "targets": [target()] * 6},
    "somebody and a meeting": {**NEW_CALL, "meetingInfo": MEETING, "tenantId": TENANT},
    "meeting without tenant": {
        **without(NEW_CALL, "targets"),
        "meetingInfo": MEETING,
        "chatInfo": {"threadId": "19:x@thread.v2"},
    },
    "meeting without chat": {
        **without(NEW_CALL, "targets"),
        "meetingInfo": MEETING,
        "tenantId": TENANT,
    },
    "meeting of no kind": {
        **without(NEW_CALL, "targets"),
        "meetingInfo": without(MEETING, "@odata.type"),
        "tenantId": TENANT,
    },
    "incoming": {**NEW_CALL, "direction": "incoming"},
    "read-only member": {**NEW_CALL, "state": "established"},
}


@pytest.mark.parametrize("body", BAD_CALLS.values(), ids=BAD_CALLS)
async def test_a_new_call_must_be_right_in_every_member(body: dict[str, Any]) -> None:
    async with world() as w:
        response = await w.client.post(CALLS, json=body)
        assert error(response) == (400, "BadRequest")
        assert (await w.sim("calls"))["calls"] == []


async def test_a_phone_is_called_from_an_instance_only() -> None:
    async with world() as w:
        body = {**NEW_CALL, "targets": [target("phone", "+442079460100")], "tenantId": TENANT}
        assert error(await w.client.post(CALLS, json=body)) == (403, "7507")
        source = {"identity": {"applicationInstance": {"id": "i1"}}}
        assert (await w.client.post(CALLS, json={**body, "source": source})).status_code == 201


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"\xff\xfe", b"null", b'{"reason":', b"[" * 9000]
)
async def test_a_body_that_is_no_json_object_is_refused(raw: bytes) -> None:
    async with world() as w:
        call = await w.ring()
        response = await w.client.post(
            f"{CALLS}/{call}/answer", content=raw, headers={"Content-Type": "application/json"}
        )
        assert error(response) == (400, "BadRequest")


async def test_a_body_must_be_called_json_and_have_an_end() -> None:
    async with world() as w:
        call = await w.ring()
        url = f"{CALLS}/{call}/answer"
        plain = await w.client.post(url, content=b"{}", headers={"Content-Type": "text/plain"})
        assert error(plain) == (415, "UnsupportedMediaType")
        huge = await w.client.post(url, content=b" " * 1_100_000)
        assert error(huge)[0] == 413


# States


async def test_media_waits_for_established_and_audio() -> None:
    async with world(established=10_000, audio=600_000) as w:
        call = await w.ring()
        play = {"prompts": PROMPTS}
        assert error(await w.act(call, "playPrompt", play)) == (400, "8501")
        await w.act(call, "answer", ANSWER)
        assert error(await w.act(call, "recordResponse", {})) == (400, "8501")
        await w.bot.until(lambda: w.bot.calls(state="established"))
        assert error(await w.act(call, "playPrompt", play)) == (400, "8503")
        assert error(await w.act(call, "cancelMediaProcessing")) == (400, "8503")


async def test_what_a_state_does_not_allow_is_refused() -> None:
    async with world(transfer_rings=60_000) as w:
        call = await w.connect()
        assert error(await w.act(call, "answer", ANSWER)) == (400, "8585")
        assert error(await w.act(call, "reject", {"reason": "busy"})) == (400, "8585")
        assert error(await w.act(call, "mute")) == (400, "8548")
        moved = {"transferTarget": target(), "transferee": target()}
        assert error(await w.act(call, "transfer", moved)) == (400, "8548")
        assert error(await w.act(call, "changeScreenSharingRole", {"role": "sharer"}))[0] == 400
        await w.act(call, "transfer", {"transferTarget": target()})
        assert error(await w.act(call, "playPrompt", {"prompts": PROMPTS})) == (400, "8585")
        assert error(await w.act(call, "transfer", {"transferTarget": target()})) == (409, "8519")


async def test_a_call_that_never_was_is_not_found() -> None:
    async with world() as w:
        nobody = "00000000-0000-4000-8000-000000000000"
        for action in ("answer", "playPrompt", "keepAlive"):
            assert error(await w.act(nobody, action)) == (404, "8522")
        assert error(await w.client.get(f"{CALLS}/{nobody}")) == (404, "8522")
        assert error(await w.client.delete(f"{CALLS}/{nobody}")) == (404, "8522")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", CALLS),
        ("PATCH", f"{CALLS}/x"),
        ("POST", f"{CALLS}/x/playprompt"),
        ("POST", f"{CALLS}/x/record"),
        ("GET", "/beta/communications/calls/x"),
        ("GET", "/v1.0/me"),
    ],
)
async def test_an_unknown_address_is_no_resource(method: str, path: str) -> None:
    async with world() as w:
        response = await w.client.request(method, path)
        assert response.json()["error"]["code"] == "UnknownError"
        assert response.status_code == 404


async def test_ids_of_requests_are_echoed() -> None:
    async with world() as w:
        call = await w.ring()
        mine = {"client-request-id": "11111111-1111-4111-8111-111111111111"}
        for action in ("answer", "mute"):
            response = await w.client.post(f"{CALLS}/{call}/{action}", json=ANSWER, headers=mine)
            assert response.headers["client-request-id"] == mine["client-request-id"]
            assert response.headers["request-id"]


async def test_nothing_is_fetched_for_a_refused_request() -> None:
    async with world() as w:
        w.bot.media = {"hello": wav(0.1)}
        call = await w.ring()
        await w.act(call, "playPrompt", {"prompts": PROMPTS})
        await w.connect()
        assert w.bot.fetched == []
