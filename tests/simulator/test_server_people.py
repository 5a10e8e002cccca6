"""Integration: participants and online meetings over Graph's wire."""

from __future__ import annotations

from tests.simulator.graph_world import CALLS, USER, target, world

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


# Meetings


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
