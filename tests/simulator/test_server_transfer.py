"""Integration: transfers over Graph's wire."""

from __future__ import annotations

import pytest

from tests.simulator.graph_world import (
    CALLS,
    USER,
    got,
    outgoing,
    prompt,
    result,
    target,
    wav,
    world,
)

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
