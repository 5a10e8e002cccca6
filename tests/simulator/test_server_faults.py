"""Integration: faults on demand, and notifications in odd spellings."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from ivr.simulator.graph.app import Spelling
from tests.simulator.graph_world import ANSWER, FAST, TENANT, World, prompt, wav, world

# Faults


async def test_a_request_answers_an_error_as_often_as_asked() -> None:
    async with world() as w:
        call = await w.ring()
        respond = {"status": 429, "retry_after": 2.128}
        await w.sim("faults", {"target": "answer", "times": 2, "respond": respond}, 201)
        for _ in range(2):
            refused = await w.act(call, "answer", ANSWER)
            assert refused.status_code == 429
            assert refused.headers["retry-after"] == "2.128"
            assert refused.json()["error"]["code"] == "TooManyRequests"
        assert (await w.act(call, "answer", ANSWER)).status_code == 202
        assert (await w.sim("faults"))["faults"] == []


async def test_a_fault_may_be_for_one_call_and_be_taken_back() -> None:
    async with world() as w:
        one, other = await w.ring(), await w.ring()
        fault = {"target": "*", "call": one.upper(), "respond": {"status": 500, "code": "9999"}}
        await w.sim("faults", {**fault, "times": 9}, 201)
        assert (await w.act(other, "answer", ANSWER)).status_code == 202
        failed = await w.act(one, "answer", ANSWER)
        assert (failed.status_code, failed.json()["error"]["code"]) == (500, "9999")
        assert (await w.client.delete("/sim/faults")).status_code == 204
        assert (await w.act(one, "answer", ANSWER)).status_code == 202


async def test_the_login_fails_in_its_own_words() -> None:
    async with world() as w:
        respond = {"status": 503, "code": "temporarily_unavailable"}
        await w.sim("faults", {"target": "token", "respond": respond}, 201)
        response = await w.client.post(f"/{TENANT}/oauth2/v2.0/token", data={})
        assert (response.status_code, response.json()["error"]) == (503, "temporarily_unavailable")


@pytest.mark.parametrize("what", [{"drop": True}, {"respond": {"status": 500}}])
async def test_a_prompt_that_is_not_delivered_fails(what: dict[str, object]) -> None:
    async with world() as w:
        w.bot.media = {"hello": wav(0.1)}
        call = await w.connect()
        await w.sim("faults", {"target": "prompt", **what}, 201)
        played = await w.act(call, "playPrompt", {"prompts": [prompt("hello")]})
        assert (await w.ended(played.json()["id"]))["resultInfo"]["subcode"] == 8536
        assert w.bot.fetched == []


async def tones(w: World, call: str, keys: str, told: list[str]) -> None:
    """Press keys and wait until the bot was told of these."""
    await w.act(call, "subscribeToTone")
    await w.sim(f"calls/{call}/press", {"keys": keys})

    def heard() -> list[str]:
        return [one["toneInfo"]["tone"][-1] for one in w.bot.calls() if one.get("toneInfo")]

    await w.bot.until(lambda: len(heard()) >= len(told))
    assert heard() == told


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ({"duplicate": True}, ["1", "1", "2", "3"]),
        ({"drop": True}, ["2", "3"]),
        ({"drop": True, "times": 2}, ["3"]),
        ({"reorder": True}, ["2", "1", "3"]),
        ({"delay_ms": 5}, ["1", "2", "3"]),
    ],
)
async def test_notifications_go_wrong_on_demand(what: dict[str, object], told: list[str]) -> None:
    async with world() as w:
        call = await w.connect()
        await w.sim("faults", {"target": "notification", **what}, 201)
        await tones(w, call, "123", told)


async def test_the_last_notification_is_never_held_back() -> None:
    async with world() as w:
        call = await w.connect()
        await w.sim("faults", {"target": "notification", "reorder": True}, 201)
        await w.sim(f"calls/{call}/hangup", {})
        assert (await w.down(call))["state"] == "terminated"


async def test_a_dropped_notification_stands_in_the_log() -> None:
    async with world() as w:
        await w.sim("faults", {"target": "notification", "drop": True}, 201)
        call = str((await w.sim("calls", {}, 201))["id"])
        lost = (await w.sim(f"calls/{call}"))["wire"][0]
        assert (lost["operation"], lost["status"], lost["note"]) == ("incoming", 0, "dropped")


async def test_a_bot_that_fails_is_told_again_and_one_that_refuses_is_not() -> None:
    async with world() as w:
        w.bot.replies = [500, 503, 202]
        await w.ring()
        await w.bot.until(lambda: len(w.bot.posts) == 3)
        ids = [headers["x-microsoft-skype-message-id"] for _, headers, _ in w.bot.posts]
        assert len(set(ids)) == 1
        assert "x-microsoft-skype-original-message-id" in w.bot.posts[1][1]
        w.bot.replies = [403]
        call = await w.ring()
        await w.sim(f"calls/{call}/hangup", {})
        await w.down(call)
        assert len(w.bot.posts) == 5


# Spelling


async def spelt(**how: bool) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
    """The notifications of a short call with a prompt, spelt in that way."""
    async with world(replace(FAST, spelling=Spelling(**how))) as w:
        w.bot.media = {"hello": wav(0.1)}
        call = str((await w.sim("calls", {}, 201))["id"])
        await w.bot.until(lambda: w.bot.posts)
        await w.act(call, "answer", ANSWER)
        await w.bot.until(lambda: len(w.bot.posts) == 4)
        played = await w.act(call, "playPrompt", {"prompts": [prompt("hello")]})
        assert played.status_code == 200
        await w.bot.until(lambda: len(w.bot.posts) == 5)
        return call, dict(w.bot.posts[0][1]), w.bot.notices


async def test_ids_in_upper_case_without_hyphens() -> None:
    call, _, told = await spelt(upper_case_ids=True)
    odd = call.replace("-", "").upper()
    assert told[0]["resourceUrl"] == f"/communications/calls/{odd}"
    assert told[0]["resource"] == f"/app/calls/{odd}"
    assert told[0]["resourceData"]["@odata.id"] == f"/communications/calls/{odd}"
    assert told[0]["resourceData"]["id"] == call


async def test_other_oddities_of_spelling() -> None:
    call, headers, told = await spelt(
        resource_only=True,
        no_leading_slash=True,
        numbers_as_text=True,
        capital_states=True,
        without_ids=True,
        unknown_members=True,
        windows_charset=True,
    )
    assert headers["content-type"] == "application/json; charset=Windows-1252"
    assert "resourceUrl" not in told[0]
    assert told[0]["resource"] == f"app/calls/{call}"
    assert told[0]["resourceData"]["state"] == "Incoming"
    assert "id" not in told[0]["resourceData"]
    assert told[3]["resourceData"]["mediaState"]["audio"] == "Active"
    ended = told[4]["resourceData"]
    assert (ended["status"], ended["resultInfo"]["code"]) == ("Completed", "200")
    assert ended["resultInfo"]["subcode"] == "0"
