"""Integration: participants and online meetings over Graph's wire."""

from __future__ import annotations

from tests.simulator.graph_world import (
    CALLS,
    RECEPTION,
    USER,
    Json,
    World,
    error,
    outgoing,
    target,
    world,
)


async def people(w: World, call: str) -> list[Json]:
    """Who is on the call."""
    listed = await w.client.get(f"{CALLS}/{call}/participants")
    found: list[Json] = listed.json()["value"]
    return found


async def grouped(w: World, **asked: object) -> tuple[str, str]:
    """A call that somebody has joined, and that participant's id."""
    call = await w.connect(called=RECEPTION, **asked)
    him = (await w.sim(f"calls/{call}/join", {"id": USER, "name": "Sam"}, 201))["id"]
    return call, str(him)


def rosters(w: World) -> list[object]:
    """The rosters that the bot was told."""
    return [n["resourceData"] for n in w.bot.notices if n["resourceUrl"].endswith("/participants")]


# 13: people


async def test_somebody_is_invited_held_and_removed() -> None:
    async with world() as w:
        call = await w.connect(called=RECEPTION)
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
        everybody = await people(w, call)
        assert len(everybody) == 3
        third = everybody[2]["id"]
        one = await w.client.get(f"{CALLS}/{call}/participants/{third}")
        assert one.json()["info"]["identity"]["phone"]["id"] == "+442079460102"
        held = await w.act(call, f"participants/{third}/startHoldMusic")
        assert held.status_code == 202
        taken = await w.act(call, f"participants/{everybody[0]['id']}/startHoldMusic")
        assert taken.status_code == 409
        assert (await w.ended(held.json()["id"]))["status"] == "completed"
        assert (await w.act(call, f"participants/{third}/stopHoldMusic")).status_code == 202
        gone = await w.client.delete(f"{CALLS}/{call}/participants/{third}")
        assert gone.status_code == 204
        assert len(await people(w, call)) == 2


async def test_an_invitation_that_is_declined_fails() -> None:
    async with world() as w:
        call = await w.connect(invite={"outcome": "declined", "after_ms": 100})
        body = {"participants": [target()]}
        operation = (await w.act(call, "participants/invite", body)).json()
        assert (await w.ended(operation["id"]))["status"] == "failed"


async def test_a_tester_decides_an_invitation_while_it_rings() -> None:
    async with world() as w:
        call = await w.connect(invite={"outcome": "undecided"})
        operation = (await w.act(call, "participants/invite", {"participants": [target()]})).json()
        await w.sim(f"calls/{call}/invite", {"outcome": "busy"})
        end = await w.ended(operation["id"])
        assert (end["status"], end["resultInfo"]["subcode"]) == ("failed", 8539)
        assert (await w.sim(f"calls/{call}"))["invitations"][0]["outcome"] == "busy"


async def test_telephones_are_reached_only_from_a_line_of_ours() -> None:
    async with world() as w:
        call = await w.connect()
        number = target("phone", "+442079460102")
        invited = await w.act(call, "participants/invite", {"participants": [number]})
        handed_on = await w.act(call, "transfer", {"transferTarget": number})
        assert error(invited) == error(handed_on) == (403, "7507")


async def test_people_come_and_go_and_the_bot_is_told() -> None:
    async with world() as w:
        call, him = await grouped(w)
        await w.bot.until(lambda: rosters(w))
        assert [one["id"] for one in rosters(w)[-1]][2] == him  # type: ignore[attr-defined]
        await w.sim(f"calls/{call}/leave", {"participant": him.upper()})
        await w.bot.until(lambda: len(rosters(w)) == 2)
        await w.sim(f"calls/{call}/leave", {"participant": him}, 409)
        assert len(await people(w, call)) == 2
        await w.sim(f"calls/{call}/hangup", {})
        assert (await w.down(call))["resultInfo"]["subcode"] == 5002


async def test_one_who_waits_in_the_lobby_is_let_in() -> None:
    async with world() as w:
        call = await w.connect()
        guest = {"id": USER, "in_lobby": True}
        him = (await w.sim(f"calls/{call}/join", guest, 201))["id"]
        assert (await people(w, call))[2]["isInLobby"]
        await w.sim(f"calls/{call}/admit", {"participant": him})
        assert not (await people(w, call))[2]["isInLobby"]
        await w.sim(f"calls/{call}/admit", {"participant": him}, 409)
        await w.sim(f"calls/{call}/admit", {}, 409)


async def test_nobody_joins_a_call_that_rings() -> None:
    async with world() as w:
        call = await w.ring()
        await w.sim(f"calls/{call}/join", {"id": USER}, 409)


async def test_one_is_muted_and_one_who_is_not_there_is_not() -> None:
    async with world() as w:
        call, him = await grouped(w)
        muted = await w.act(call, f"participants/{him}/mute", {"clientContext": "m"})
        assert muted.json()["status"] == "completed"
        assert [one["isMuted"] for one in await people(w, call)] == [False, False, True]
        for method, path in (("POST", "nobody/mute"), ("GET", "nobody"), ("DELETE", "nobody")):
            lost = await w.client.request(method, f"{CALLS}/{call}/participants/{path}")
            assert error(lost) == (404, "8558")


async def test_one_who_may_not_be_put_out_stays() -> None:
    async with world(may_remove=False) as w:
        call, him = await grouped(w)
        refused = await w.client.delete(f"{CALLS}/{call}/participants/{him}")
        assert error(refused) == (403, "7504")
        assert len(await people(w, call)) == 3


async def test_the_bot_is_dropped_from_a_group_it_may_not_be_in() -> None:
    async with world(stays_in_group=False) as w:
        call, _ = await grouped(w)
        assert (await w.down(call))["resultInfo"]["subcode"] == 5000


async def test_a_participant_of_a_group_is_handed_on() -> None:
    async with world() as w:
        call, him = await grouped(w)
        assert error(await w.act(call, "transfer", {"transferTarget": target()})) == (400, "8523")
        anybody = {"identity": {"@odata.type": "#microsoft.graph.identitySet"}}
        for who in ({**anybody, "participantId": him}, {"identity": {"user": {"id": USER}}}):
            body = {"transferTarget": target(), "transferee": who}
            assert (await w.act(call, "transfer", body)).status_code == 202
            await w.bot.until(lambda: rosters(w) and len(rosters(w)[-1]) == 2)  # type: ignore[arg-type]
            him = (await w.sim(f"calls/{call}/join", {"id": USER}, 201))["id"]
            await w.bot.until(lambda: len(rosters(w)[-1]) == 3)  # type: ignore[arg-type]
        assert (await w.sim(f"calls/{call}"))["ended"] is None


async def test_one_who_is_on_another_call_of_ours_is_brought_in() -> None:
    async with world() as w:
        call = await w.connect()
        agent = (await w.client.post(CALLS, json=outgoing())).json()["id"]
        await w.bot.until(lambda: w.audible(agent))
        body = {"participants": [target(replacesCallId=agent)]}
        assert (await w.act(call, "participants/invite", body)).status_code == 200
        await w.down(agent)
        assert len(await people(w, call)) == 3


async def test_sound_takes_private_paths_in_a_group() -> None:
    async with world() as w:
        call, him = await grouped(w)
        url = f"{CALLS}/{call}/audioRoutingGroups"
        me = (await people(w, call))[0]["id"]
        body = {"routingMode": "oneToOne", "sources": [me], "receivers": [him]}
        made = await w.client.post(url, json=body)
        assert made.status_code == 200
        name = made.json()["id"]
        both = {"receivers": [him, (await people(w, call))[1]["id"]]}
        changed = await w.client.patch(f"{url}/{name}", json=both)
        assert changed.json()["routingMode"] == "multicast"
        assert (await w.client.get(url)).json()["value"] == [changed.json()]
        assert (await w.client.get(f"{url}/{name}")).json() == changed.json()
        nobody = await w.client.post(url, json={**body, "sources": ["nobody"]})
        assert error(nobody) == (404, "8558")
        assert (await w.client.delete(f"{url}/{name}")).status_code == 204
        assert error(await w.client.get(f"{url}/{name}"))[0] == 404


async def test_a_call_between_two_has_no_paths_and_shares_nothing() -> None:
    async with world() as w:
        call = await w.connect()
        body = {"routingMode": "oneToOne", "sources": ["a"], "receivers": ["b"]}
        assert error(await w.act(call, "audioRoutingGroups", body)) == (400, "8548")
        assert error(await w.act(call, "mute")) == (400, "8548")
        shared = await w.client.get(f"{CALLS}/{call}/contentSharingSessions")
        assert shared.json() == {"value": []}
        assert error(await w.act(call, "changeScreenSharingRole", {"role": "sharer"}))[0] == 400


async def test_everybody_is_shown_that_the_call_is_recorded() -> None:
    async with world() as w:
        call = await w.connect()
        done = await w.act(call, "updateRecordingStatus", {"status": "recording"})
        assert done.json()["status"] == "completed"
        await w.act(call, "updateRecordingStatus", {"status": "notRecording"})
        shown = (await w.sim(f"calls/{call}"))["announced"]
        assert [one["recording"] for one in shown] == [True, False]


async def test_a_bot_that_asks_for_changes_only_is_told_changes_only() -> None:
    async with world() as w:
        options = {
            "@odata.type": "#microsoft.graph.outgoingCallOptions",
            "isDeltaRosterEnabled": True,
        }
        call = (await w.client.post(CALLS, json=outgoing(callOptions=options))).json()["id"]
        await w.bot.until(lambda: w.audible(call))
        him = (await w.sim(f"calls/{call}/join", {"id": USER}, 201))["id"]
        await w.sim(f"calls/{call}/leave", {"participant": him})
        await w.bot.until(lambda: len(rosters(w)) == 2)
        first, second = rosters(w)
        assert isinstance(first, dict)
        assert isinstance(second, dict)
        assert (first["sequenceNumber"], len(first["participants"])) == (1, 3)
        assert second["participants"][0]["removedState"]["reason"] == "Removed"
