"""Integration: whole calls over Graph's wire, from ring to end (FACTS section 13)."""

from __future__ import annotations

import io
import wave

import jwt
import pytest
from graph_world import (
    ANSWER,
    APP_ID,
    BOT,
    CALLS,
    HOSTED,
    SIM,
    TENANT,
    USER,
    prompt,
    target,
    wav,
    world,
)

from ivr.simulator.graph_server import Options

RESULT = "#microsoft.graph.resultInfo"


def result(code: int, subcode: int) -> dict[str, object]:
    return {"code": code, "subcode": subcode}


def got(resource: dict[str, object]) -> dict[str, object]:
    info = resource["resultInfo"]
    assert isinstance(info, dict)
    assert info["@odata.type"] == RESULT
    return {"code": info["code"], "subcode": info["subcode"]}


# 1: incoming


async def test_an_incoming_call_is_announced_as_graph_does() -> None:
    async with world() as w:
        caller = {"kind": "user", "id": USER, "name": "Ana", "language": "en-GB"}
        call = await w.ring(caller=caller, called={"kind": "instance", "id": "i1"})
        path, headers, body = w.bot.posts[0]
        assert path == "/api/calls"
        assert headers["content-type"] == "application/json"
        assert headers["user-agent"].startswith("Microsoft-Skype/")
        assert body["@odata.type"] == "#microsoft.graph.commsNotifications"
        told = body["value"][0]
        assert (told["changeType"], told["resourceUrl"]) == (
            "created",
            f"/communications/calls/{call}",
        )
        assert told["resource"] == f"/app/calls/{call}"
        data = told["resourceData"]
        assert data["@odata.type"] == "#microsoft.graph.call"
        assert (data["state"], data["direction"], data["tenantId"]) == (
            "incoming",
            "incoming",
            TENANT,
        )
        user = data["source"]["identity"]["user"]
        assert (user["id"], user["displayName"]) == (USER, "Ana")
        assert data["source"]["languageId"] == "en-GB"
        assert data["targets"][0]["identity"]["applicationInstance"]["id"] == "i1"


async def test_the_signature_of_a_notification_can_be_verified_with_the_published_keys() -> None:
    async with world() as w:
        await w.ring()
        metadata = (await w.client.get("/v1/.well-known/OpenIdConfiguration")).json()
        assert metadata["jwks_uri"] == f"{SIM}/v1/keys"
        keys = jwt.PyJWKSet.from_dict((await w.client.get(metadata["jwks_uri"])).json())
        token = w.bot.posts[0][1]["authorization"].removeprefix("Bearer ")
        key = keys[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(token, key, ["RS256"], audience=APP_ID, issuer=metadata["issuer"])
        assert claims["tid"] == TENANT
        assert claims["exp"] - claims["iat"] == 3_900


async def test_a_call_from_answer_to_the_callers_hang_up() -> None:
    async with world() as w:
        call = await w.connect()
        assert [one.get("state") for one in w.bot.calls()] == [
            "incoming",
            "establishing",
            "established",
            "established",
        ]
        assert {path for path, _, _ in w.bot.posts[1:]} == {"/cb/k1"}
        shown = (await w.client.get(f"{CALLS}/{call}")).json()
        assert (shown["id"], shown["state"]) == (call, "established")
        assert shown["mediaState"]["audio"] == "active"
        assert "id" not in w.bot.calls(state="established")[0]
        await w.sim(f"calls/{call}/hangup", {})
        end = await w.down(call)
        assert end["state"] == "terminated"
        assert got(end) == result(200, 560000)
        late = await w.act(call, "keepAlive")
        assert (late.status_code, late.json()["error"]["code"]) == (404, "8522")


async def test_a_user_hangs_up_with_another_number_than_a_phone() -> None:
    async with world() as w:
        call = await w.connect(caller={"kind": "user", "id": USER})
        await w.sim(f"calls/{call}/hangup", {})
        assert got(await w.down(call)) == result(200, 4521)


async def test_nobody_answers() -> None:
    async with world(answer_within=500) as w:
        call = await w.ring()
        assert got(await w.down(call)) == result(408, 8587)
        assert (await w.act(call, "answer", ANSWER)).status_code == 404


async def test_rejecting_ends_without_a_state() -> None:
    async with world() as w:
        call = await w.ring()
        assert (await w.act(call, "reject", {"reason": "busy"})).status_code == 202
        end = await w.down(call)
        assert "state" not in end
        assert "resultInfo" not in end


async def test_redirecting_ends_with_the_whole_call() -> None:
    async with world() as w:
        call = await w.ring()
        body = {"targets": [target(), target("phone", "+442079460101")], "timeout": 20}
        assert (await w.act(call, "redirect", body)).status_code == 202
        end = await w.down(call)
        assert (end["state"], end["direction"]) == ("terminated", "incoming")
        assert [t["kind"] for t in (await w.sim(f"calls/{call}"))["redirected_to"]] == [
            "user",
            "phone",
        ]


async def test_a_bot_that_wants_graphs_format_says_204_to_the_old_one() -> None:
    async with world() as w:
        w.bot.replies = [204]
        call = await w.ring(legacy_first=True)
        first = w.bot.posts[0][2]
        assert (first["id"], first["callState"], first["isMultiparty"]) == (call, "incoming", False)
        assert "value" not in first
        assert len(w.bot.posts) == 2


async def test_a_bot_may_send_an_incoming_call_to_another_region() -> None:
    async with world() as w:
        w.bot.replies = [(302, "/elsewhere")]
        await w.ring()
        await w.bot.until(lambda: len(w.bot.posts) == 2)
        assert [path for path, _, _ in w.bot.posts] == ["/api/calls", "/elsewhere"]


# 2: outgoing


def outgoing(**more: object) -> dict[str, object]:
    return {
        "@odata.type": "#microsoft.graph.call",
        "callbackUri": f"{BOT}/cb/out",
        "requestedModalities": ["audio"],
        "mediaConfig": HOSTED,
        "targets": [target()],
        **more,
    }


async def test_the_bot_places_a_call() -> None:
    async with world() as w:
        response = await w.client.post(CALLS, json=outgoing())
        assert response.status_code == 201
        call = response.json()
        assert response.headers["location"] == f"{SIM}{CALLS}/{call['id']}"
        assert (call["state"], call["direction"]) == ("establishing", "outgoing")
        assert call["meetingInfo"] is None
        assert call["@odata.context"].endswith("$metadata#app/calls/$entity")
        await w.bot.until(lambda: w.audible(call["id"]))
        assert {path for path, _, _ in w.bot.posts} == {"/cb/out"}


@pytest.mark.parametrize(
    ("outcome", "code"), [("no_answer", 408), ("busy", 486), ("declined", 603), ("failed", 480)]
)
async def test_a_callee_who_does_not_take_the_call(outcome: str, code: int) -> None:
    async with world() as w:
        await w.sim("callee", {"outcome": outcome, "after_ms": 300})
        call = (await w.client.post(CALLS, json=outgoing())).json()["id"]
        end = await w.down(call)
        assert (end["state"], end["resultInfo"]["code"]) == ("terminated", code)


async def test_the_bot_joins_a_meeting() -> None:
    async with world() as w:
        body = outgoing(
            chatInfo={"threadId": "19:meeting_x@thread.v2", "messageId": "0"},
            meetingInfo={
                "@odata.type": "#microsoft.graph.organizerMeetingInfo",
                "organizer": {"user": {"id": USER, "tenantId": TENANT}},
                "allowConversationWithoutHost": True,
            },
            tenantId=TENANT,
        )
        del body["targets"]
        response = await w.client.post(CALLS, json=body)
        assert response.status_code == 201
        call = response.json()["id"]
        await w.bot.until(lambda: w.audible(call))
        told = w.bot.calls(state="established")[0]
        assert told["meetingInfo"]["organizer"]["user"]["id"] == USER
        rosters = [n["resourceData"] for n in w.bot.notices if n["resourceUrl"].endswith("ants")]
        assert len(rosters[0]) == 2
        muted = await w.act(call, "mute", {"clientContext": "m"})
        assert muted.json()["@odata.type"] == "#microsoft.graph.muteParticipantOperation"
        people = (await w.client.get(f"{CALLS}/{call}/participants")).json()["value"]
        assert [one["isMuted"] for one in people] == [True, False]


# 3, 4: prompts


async def test_a_prompt_is_fetched_played_and_reported() -> None:
    async with world() as w:
        w.bot.media = {"hello": wav(0.5), "menu": wav(1.5)}
        call = await w.connect()
        body = {"clientContext": "c1", "prompts": [prompt("hello"), prompt("menu")]}
        response = await w.act(call, "playPrompt", body)
        assert response.status_code == 200
        operation = response.json()
        assert (operation["status"], operation["clientContext"]) == ("running", "c1")
        where = response.headers["location"]
        assert where == f"{SIM}{CALLS}/{call}/operations/{operation['id']}"
        end = await w.ended(operation["id"])
        assert end["@odata.type"] == "#microsoft.graph.playPromptOperation"
        assert (end["status"], end["clientContext"]) == ("completed", "c1")
        assert got(end) == result(200, 0)
        assert "id" not in end, "as published: the id stands in the address"
        heard = (await w.sim(f"calls/{call}"))["heard"]
        assert [(h["name"], h["whole"], h["ended_ms"] - h["started_ms"]) for h in heard] == [
            ("hello", True, 500),
            ("menu", True, 1_500),
        ]
        assert heard[0]["url"] == f"{BOT}/media/hello.wav"
        assert (await w.client.get(where)).json()["status"] == "completed"


@pytest.mark.parametrize(
    ("name", "subcode"), [("not_wav", 8535), ("stereo", 8535), ("missing", 8536)]
)
async def test_a_prompt_that_cannot_be_played_fails(name: str, subcode: int) -> None:
    async with world() as w:
        w.bot.media = {"not_wav": b"no sound", "stereo": _stereo(), "good": wav(0.1)}
        call = await w.connect()
        response = await w.act(call, "playPrompt", {"prompts": [prompt("good"), prompt(name)]})
        assert response.status_code == 200
        end = await w.ended(response.json()["id"])
        assert end["status"] == "failed"
        assert got(end) == result(400, subcode)
        assert (await w.sim(f"calls/{call}"))["heard"] == []


def _stereo() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(b"\0\0\0\0" * 1_600)
    return file.getvalue()


async def test_a_resource_id_saves_the_second_fetch() -> None:
    async with world() as w:
        w.bot.media = {"hello": wav(0.1)}
        warm = {"preFetchMedia": [prompt("hello", "r1")["mediaInfo"]]}
        call = await w.ring()
        await w.act(call, "answer", {**ANSWER, "mediaConfig": {**HOSTED, **warm}})
        await w.bot.until(lambda: w.audible(call) and w.bot.fetched == ["hello"])
        for resource in ("r1", None):
            response = await w.act(call, "playPrompt", {"prompts": [prompt("hello", resource)]})
            await w.ended(response.json()["id"])
        assert w.bot.fetched == ["hello", "hello"]


async def test_prompts_wait_for_each_other() -> None:
    async with world() as w:
        w.bot.media = {"one": wav(1), "two": wav(1)}
        call = await w.connect()
        ids = [
            (await w.act(call, "playPrompt", {"prompts": [prompt(name)]})).json()["id"]
            for name in ("one", "two")
        ]
        await w.ended(ids[1])
        heard = (await w.sim(f"calls/{call}"))["heard"]
        assert [h["name"] for h in heard] == ["one", "two"]
        assert heard[0]["ended_ms"] <= heard[1]["started_ms"]


# 5: recording


async def test_a_recording_is_made_and_downloaded_with_its_token() -> None:
    async with world(Options(speed=100.0, clip_lives=3_000)) as w:
        call = await w.connect()
        body = {"clientContext": "r", "playBeep": True, "maxSilenceTimeoutInSeconds": 1}
        operation = (await w.act(call, "recordResponse", body)).json()
        assert operation["@odata.type"] == "#microsoft.graph.recordOperation"
        await w.sim(f"calls/{call}/speak", {"seconds": 2})
        end = await w.ended(operation["id"])
        assert (end["status"], end["clientContext"]) == ("completed", "r")
        assert got(end) == result(200, 8509)
        place, token = end["recordingLocation"], end["recordingAccessToken"]
        assert place.startswith(f"{SIM}/recordings/")
        assert (await w.client.get(place)).status_code == 401
        bearer = {"Authorization": f"Bearer {token}"}
        response = await w.client.get(place, headers=bearer)
        assert response.headers["content-type"] == "application/octet-stream"
        assert "content-length" not in response.headers
        with wave.open(io.BytesIO(response.content)) as clip:
            assert (clip.getnchannels(), clip.getframerate()) == (1, 16_000)
            seconds = clip.getnframes() / 16_000
            assert any(clip.readframes(16_000)), "a tone where the caller spoke"
        assert 2.0 <= seconds <= 4.0
        shown = (await w.sim(f"calls/{call}"))["clips"][0]
        assert (shown["seconds"], shown["stopped_by"]) == (seconds, "silence")
        await w.sim(f"calls/{call}/hangup", {})
        await w.down(call)
        while (await w.client.get(place, headers=bearer)).status_code == 200:
            await w.server.clock.sleep(200)
        assert (await w.client.get(place, headers=bearer)).status_code == 404


async def test_nothing_said_gives_empty_strings() -> None:
    async with world() as w:
        w.bot.media = {"ask": wav(0.2)}
        call = await w.connect()
        body = {"prompts": [prompt("ask")], "initialSilenceTimeoutInSeconds": 1}
        operation = (await w.act(call, "recordResponse", body)).json()
        end = await w.ended(operation["id"])
        assert end["status"] == "failed"
        assert got(end) == result(400, 8510)
        assert (end["recordingLocation"], end["recordingAccessToken"]) == ("", "")
        assert [h["name"] for h in (await w.sim(f"calls/{call}"))["heard"]] == ["ask", "beep"]


async def test_a_stop_tone_ends_the_recording() -> None:
    async with world(beep=0) as w:
        call = await w.connect()
        body = {"stopTones": ["#"], "maxRecordDurationInSeconds": 120, "playBeep": False}
        body["initialSilenceTimeoutInSeconds"] = 120
        operation = (await w.act(call, "recordResponse", body)).json()
        await w.sim(f"calls/{call}/press", {"keys": "#"})
        assert got(await w.ended(operation["id"])) == result(200, 8514)


async def test_a_recording_that_may_barge_in_cuts_the_prompt() -> None:
    async with world() as w:
        w.bot.media = {"long": wav(60)}
        call = await w.connect()
        played = (await w.act(call, "playPrompt", {"prompts": [prompt("long")]})).json()["id"]
        await w.bot.until(lambda: w.bot.fetched)
        body = {"bargeInAllowed": True, "initialSilenceTimeoutInSeconds": 1}
        recorded = (await w.act(call, "recordResponse", body)).json()["id"]
        assert got(await w.ended(played)) == result(400, 8508)
        assert got(await w.ended(recorded)) == result(400, 8510)


# 6, 7: tones and cancelling


async def test_tones_come_in_order_from_the_subscription_on() -> None:
    async with world() as w:
        call = await w.connect()
        await w.sim(f"calls/{call}/press", {"keys": "9"})
        response = await w.act(call, "subscribeToTone", {"clientContext": "t"})
        assert response.status_code == 200
        assert response.json()["status"] == "completed"
        await w.sim(f"calls/{call}/press", {"keys": "1*#A", "gap_ms": 50})

        def tones() -> list[tuple[int, str]]:
            told = [one["toneInfo"] for one in w.bot.calls() if one.get("toneInfo")]
            return [(one["sequenceId"], one["tone"]) for one in told]

        await w.bot.until(lambda: len(tones()) == 4)
        assert tones() == [(1, "tone1"), (2, "star"), (3, "pound"), (4, "a")]
        pressed = (await w.sim(f"calls/{call}"))["pressed"]
        assert (pressed[0]["key"], pressed[0]["told"]) == ("9", False)


async def test_cancelling_fails_what_runs_and_waits() -> None:
    async with world() as w:
        w.bot.media = {"long": wav(60)}
        call = await w.connect()
        ids = [
            (await w.act(call, "playPrompt", {"prompts": [prompt("long", "r")]})).json()["id"]
            for _ in range(2)
        ]
        await w.bot.until(lambda: w.bot.fetched)
        response = await w.act(call, "cancelMediaProcessing", {"clientContext": "x"})
        assert (response.status_code, response.json()["status"]) == (200, "completed")
        assert "location" in response.headers
        for operation in ids:
            end = await w.ended(operation)
            assert (end["status"], got(end)) == ("failed", result(400, 8508))
        again = await w.act(call, "cancelMediaProcessing")
        assert again.status_code == 200


async def test_tones_are_sent_into_the_call() -> None:
    async with world() as w:
        call = await w.connect()
        body = {"tones": ["tone1", "pound"], "delayBetweenTonesMs": 50}
        operation = (await w.act(call, "sendDtmfTones", body)).json()
        end = await w.ended(operation["id"])
        assert (end["status"], end["completionReason"]) == ("completed", "completedSuccessfully")
        heard = [h["name"] for h in (await w.sim(f"calls/{call}"))["heard"]]
        assert heard == ["tone 1", "tone #"]


# 8, 9: transfer


async def test_a_blind_transfer_that_is_answered() -> None:
    async with world() as w:
        call = await w.connect()
        response = await w.act(call, "transfer", {"transferTarget": target()})
        assert (response.status_code, response.content) == (202, b"")
        end = await w.down(call)
        assert got(end) == result(0, 7015)
        states = [one.get("state") for one in w.bot.calls()]
        assert states[-4:] == ["transferring", "transferAccepted", None, "terminated"]
        shown = (await w.sim(f"calls/{call}"))["transfers"][0]
        assert (shown["to"], shown["outcome"]) == (
            {"kind": "user", "id": USER, "tenant": None},
            "answered",
        )


@pytest.mark.parametrize(
    ("outcome", "code", "subcode"),
    [
        ("failed", 500, 7000),
        ("busy", 486, 8539),
        ("declined", 603, 8538),
        ("no_answer", 408, 10057),
    ],
)
async def test_a_transfer_that_fails_gives_the_call_back(
    outcome: str, code: int, subcode: int
) -> None:
    async with world() as w:
        w.bot.media = {"sorry": wav(0.1)}
        call = await w.connect(transfer={"outcome": outcome, "after_ms": 200})
        await w.act(call, "transfer", {"transferTarget": target()})
        await w.bot.until(lambda: [one for one in w.bot.calls() if one.get("resultInfo")])
        failed = [one for one in w.bot.calls() if one.get("resultInfo")]
        assert failed[0]["state"] == "established"
        info = failed[0]["resultInfo"]
        assert (info["code"], info["subCode"]) == (code, subcode)
        response = await w.act(call, "playPrompt", {"prompts": [prompt("sorry")]})
        assert got(await w.ended(response.json()["id"])) == result(200, 0)


async def test_a_tester_declines_while_it_rings() -> None:
    async with world() as w:
        call = await w.connect(transfer={"outcome": "undecided"})
        await w.act(call, "transfer", {"transferTarget": target()})
        await w.bot.until(lambda: w.bot.calls(state="transferring"))
        again = await w.act(call, "transfer", {"transferTarget": target()})
        assert (again.status_code, again.json()["error"]["code"]) == (409, "8519")
        await w.sim(f"calls/{call}/transfer", {"outcome": "declined"})
        await w.bot.until(lambda: [one for one in w.bot.calls() if one.get("resultInfo")])


async def test_a_consultative_transfer_ends_both_calls() -> None:
    async with world() as w:
        caller = await w.connect()
        agent = (await w.client.post(CALLS, json=outgoing())).json()["id"]
        await w.bot.until(lambda: w.audible(agent))
        body = {"transferTarget": target(replacesCallId=agent.upper().replace("-", ""))}
        assert (await w.act(caller, "transfer", body)).status_code == 202
        end = await w.down(caller)
        assert end["terminationReason"] == "AppTransferred"
        assert "resultInfo" not in end
        assert (await w.down(agent))["state"] == "terminated"


# 10, 12: the bot ends it, or forgets it


async def test_the_bot_hangs_up() -> None:
    async with world() as w:
        call = await w.connect()
        assert (await w.client.delete(f"{CALLS}/{call}")).status_code == 204
        assert got(await w.down(call)) == result(200, 7000)
        assert w.bot.calls(state="terminating")
        assert (await w.client.delete(f"{CALLS}/{call}")).status_code == 404
        assert (await w.client.get(f"{CALLS}/{call}")).status_code == 404


async def test_a_call_without_keep_alive_is_ended() -> None:
    async with world(keep_alive_within=2_000) as w:
        call = await w.connect()
        response = await w.act(call, "keepAlive")
        assert (response.status_code, response.content) == (200, b"")
        assert got(await w.down(call)) == result(408, 8537)


# 13: people


async def test_somebody_is_invited_held_and_removed() -> None:
    async with world() as w:
        call = await w.connect()
        empty = (await w.client.get(f"{CALLS}/{call}/participants")).json()
        assert empty == {"value": []}
        two = {"participants": [target(), target()]}
        refused = await w.act(call, "participants/invite", two)
        assert refused.json()["error"]["code"] == "8548"
        body = {"participants": [target("phone", "+442079460102")], "clientContext": "i"}
        operation = (await w.act(call, "participants/invite", body)).json()
        assert operation["status"] == "Running"
        end = await w.ended(operation["id"])
        assert end["status"] == "completed"
        assert end["participants"][0]["identity"]["phone"]["id"] == "+442079460102"
        people = (await w.client.get(f"{CALLS}/{call}/participants")).json()["value"]
        assert len(people) == 3
        third = people[2]["id"]
        one = await w.client.get(f"{CALLS}/{call}/participants/{third}")
        assert one.json()["info"]["identity"]["phone"]["id"] == "+442079460102"
        held = await w.act(call, f"participants/{third}/startHoldMusic")
        assert held.status_code == 202
        taken = await w.act(call, f"participants/{people[0]['id']}/startHoldMusic")
        assert taken.status_code == 409
        assert (await w.act(call, f"participants/{third}/stopHoldMusic")).status_code == 202
        assert (await w.ended(held.json()["id"]))["status"] == "completed"
        gone = await w.client.delete(f"{CALLS}/{call}/participants/{third}")
        assert gone.status_code == 204
        left = (await w.client.get(f"{CALLS}/{call}/participants")).json()["value"]
        assert len(left) == 2


async def test_an_invitation_that_is_declined_fails() -> None:
    async with world() as w:
        call = await w.connect(invite={"outcome": "declined", "after_ms": 100})
        body = {"participants": [target()]}
        operation = (await w.act(call, "participants/invite", body)).json()
        assert (await w.ended(operation["id"]))["status"] == "failed"


# The same call by its other names


async def test_old_and_qualified_addresses_are_the_same_call() -> None:
    async with world() as w:
        w.bot.media = {"hello": wav(0.1)}
        call = await w.connect()
        odd = call.replace("-", "").upper()
        url = f"/v1.0/app/calls/{odd}/microsoft.graph.playPrompt"
        response = await w.client.post(url, json={"prompts": [prompt("hello")]})
        assert got(await w.ended(response.json()["id"])) == result(200, 0)


async def test_meetings_are_made_found_and_deleted() -> None:
    async with world() as w:
        url = f"/v1.0/users/{USER}/onlineMeetings"
        made = await w.client.post(url, json={"subject": "Standup"})
        assert made.status_code == 201
        meeting = made.json()
        number = meeting["joinMeetingIdSettings"]["joinMeetingId"]
        by_number = {"$filter": f"joinMeetingIdSettings/joinMeetingId eq '{number}'"}
        by_address = {"$filter": f"JoinWebUrl eq '{meeting['joinWebUrl']}'"}
        for query in (by_number, by_address):
            found = (await w.client.get(url, params=query)).json()["value"]
            assert [one["id"] for one in found] == [meeting["id"]]
        body = {"externalId": "weekly"}
        first = await w.client.post(f"{url}/createOrGet", json=body)
        second = await w.client.post(f"{url}/createOrGet", json=body)
        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json()["id"] == second.json()["id"]
        changed = await w.client.patch(f"{url}/{meeting['id']}", json={"subject": "Later"})
        assert changed.json()["subject"] == "Later"
        assert (await w.client.delete(f"{url}/{meeting['id']}")).status_code == 204
        assert (await w.client.get(f"{url}/{meeting['id']}")).status_code == 404
