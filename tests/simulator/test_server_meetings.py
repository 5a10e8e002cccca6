"""Integration: online meetings over Graph's wire, and joining them."""

from __future__ import annotations

import pytest

from ivr.graph.join_link import read_join_link
from tests.simulator.graph_world import (
    CALLS,
    TENANT,
    USER,
    Json,
    World,
    error,
    outgoing,
    target,
    without,
    world,
)


def joining(**info: object) -> Json:
    """The body with which the bot joins a meeting."""
    return {**without(outgoing(), "targets"), "tenantId": TENANT, "meetingInfo": info}


async def made(w: World) -> Json:
    """A meeting of somebody's."""
    meeting = await w.client.post(f"/v1.0/users/{USER}/onlineMeetings", json={})
    found: Json = meeting.json()
    return found


async def test_a_meeting_that_was_made_is_joined_by_its_number() -> None:
    async with world() as w:
        settings = (await made(w))["joinMeetingIdSettings"]
        kind = "#microsoft.graph.joinMeetingIdMeetingInfo"
        number = {"@odata.type": kind, "joinMeetingId": settings["joinMeetingId"]}
        wrong = await w.client.post(CALLS, json=joining(**number, passcode="no"))
        assert error(wrong) == (400, "8561")
        right = joining(**number, passcode=settings["passcode"])
        call = (await w.client.post(CALLS, json=right)).json()["id"]
        await w.bot.until(lambda: w.audible(call))


async def test_a_meeting_that_was_made_is_joined_by_its_link() -> None:
    async with world() as w:
        link = read_join_link((await made(w))["joinWebUrl"])
        assert link is not None
        chat = {"threadId": link.thread, "messageId": link.message}
        for organizer, status in ((link.organizer, 201), (TENANT, 400)):
            info = {
                "@odata.type": "#microsoft.graph.organizerMeetingInfo",
                "organizer": {"user": {"id": organizer, "tenantId": link.tenant}},
            }
            joined = await w.client.post(CALLS, json={**joining(**info), "chatInfo": chat})
            assert joined.status_code == status


@pytest.mark.parametrize("lobby_is_established", [False, True])
async def test_the_bot_waits_in_the_lobby_until_it_is_let_in(lobby_is_established: bool) -> None:
    async with world(lobby_is_established=lobby_is_established) as w:
        await w.sim("lobby", {"waits": True})
        token = joining(**{"@odata.type": "#microsoft.graph.tokenMeetingInfo", "token": "t"})
        call = (await w.client.post(CALLS, json=token)).json()["id"]
        await w.bot.until(lambda: w.bot.calls(state="establishing"))
        assert (await w.sim(f"calls/{call}"))["in_lobby"]
        await w.sim(f"calls/{call}/admit", {})
        await w.bot.until(lambda: w.audible(call))
        number = {"participants": [target("phone", "+442079460102")]}
        assert error(await w.act(call, "participants/invite", number)) == (403, "7507")


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
