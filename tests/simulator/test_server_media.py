"""Integration: prompts, recordings and tones over Graph's wire."""

from __future__ import annotations

import io
import wave

import pytest
from msgspec.structs import replace

from tests.simulator.graph_world import (
    ANSWER,
    BOT,
    CALLS,
    FAST,
    HOSTED,
    SIM,
    got,
    prompt,
    result,
    wav,
    world,
)

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
    async with world(replace(FAST, clip_lives=3_000)) as w:
        call = await w.connect()
        body = {"clientContext": "r", "playBeep": True, "maxSilenceTimeoutInSeconds": 1}
        body["initialSilenceTimeoutInSeconds"] = 120
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
