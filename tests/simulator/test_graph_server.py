"""Integration: calls over Graph's wire, from ring to end (FACTS section 13)."""

from __future__ import annotations

import jwt

from tests.simulator.graph_world import (
    ANSWER,
    APP_ID,
    CALLS,
    RECEPTION,
    SIM,
    TENANT,
    USER,
    got,
    prompt,
    result,
    target,
    wav,
    world,
)

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
        call = await w.ring(called=RECEPTION)
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
    async with world(keep_alive_within=60_000) as w:
        call = await w.connect()
        response = await w.act(call, "keepAlive")
        assert (response.status_code, response.content) == (200, b"")
        assert got(await w.down(call)) == result(408, 8537)


# The same call by its other names


async def test_old_and_qualified_addresses_are_the_same_call() -> None:
    async with world() as w:
        w.bot.media = {"hello": wav(0.1)}
        call = await w.connect()
        odd = call.replace("-", "").upper()
        url = f"/v1.0/app/calls/{odd}/microsoft.graph.playPrompt"
        response = await w.client.post(url, json={"prompts": [prompt("hello")]})
        assert got(await w.ended(response.json()["id"])) == result(200, 0)
