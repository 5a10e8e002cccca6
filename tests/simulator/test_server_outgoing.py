"""Integration: calls that the bot places and meetings that it joins, over Graph's wire."""

from __future__ import annotations

import pytest

from tests.simulator.graph_world import CALLS, SIM, TENANT, USER, outgoing, target, world

# 2: outgoing


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


async def test_a_tester_decides_while_it_rings() -> None:
    async with world() as w:
        await w.sim("callee", {"outcome": "undecided"})
        call = (await w.client.post(CALLS, json=outgoing())).json()["id"]
        await w.bot.until(lambda: w.bot.calls(state="establishing"))
        await w.sim(f"calls/{call}/callee", {"outcome": "answered"})
        await w.bot.until(lambda: w.audible(call))
        await w.sim(f"calls/{call}/callee", {"outcome": "busy"}, 409)


async def test_a_call_that_the_bot_gives_up_while_it_rings_ends() -> None:
    async with world() as w:
        await w.sim("callee", {"outcome": "undecided"})
        call = (await w.client.post(CALLS, json=outgoing())).json()["id"]
        assert (await w.client.delete(f"{CALLS}/{call}")).status_code == 204
        assert (await w.down(call))["resultInfo"]["subcode"] == 7000


async def test_a_callee_with_a_phone_hangs_up_as_phones_do() -> None:
    async with world() as w:
        source = {"identity": {"applicationInstance": {"id": USER}}}
        number = [target("phone", "+442079460102")]
        body = outgoing(source=source, targets=number, tenantId=TENANT)
        call = (await w.client.post(CALLS, json=body)).json()["id"]
        await w.bot.until(lambda: w.audible(call))
        await w.sim(f"calls/{call}/hangup", {})
        assert (await w.down(call))["resultInfo"]["subcode"] == 560000


async def test_several_are_called_as_a_group_and_phones_are_not() -> None:
    async with world() as w:
        both = [target(), target("user", TENANT)]
        call = (await w.client.post(CALLS, json=outgoing(targets=both))).json()["id"]
        await w.bot.until(lambda: w.audible(call))
        people = (await w.client.get(f"{CALLS}/{call}/participants")).json()["value"]
        assert len(people) == 3
        source = {"identity": {"applicationInstance": {"id": USER}}}
        body = outgoing(targets=[target(), target("phone", "+442079460102")], source=source)
        refused = await w.client.post(CALLS, json={**body, "tenantId": TENANT})
        assert refused.status_code == 400


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
