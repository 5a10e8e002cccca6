"""Integration: requests that go wrong by the faults of the catalogue."""

from __future__ import annotations

import asyncio
import email.utils
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from ivr.simulator.graph.app import create_app
from tests.simulator.graph_world import (
    ANSWER,
    APP_ID,
    CALLS,
    FAST,
    TENANT,
    World,
    error,
    outgoing,
    prompt,
    wav,
    world,
)
from tests.simulator.on_loopback import served

FORM = {
    "grant_type": "client_credentials",
    "client_id": APP_ID,
    "client_secret": "s",
    "scope": "https://graph.microsoft.com/.default",
}


async def inject(w: World, name: str, **more: object) -> None:
    """Put a fault of the catalogue in force."""
    await w.sim("faults", {"name": name, **more}, 201)


# Refused and throttled


@pytest.mark.parametrize(
    ("name", "action", "status", "code"),
    [
        ("answer_403", "answer", 403, "7504"),
        ("answer_gone", "answer", 404, "8522"),
        ("not_registered", "answer", 403, "7503"),
        ("wrong_tenant", "keepAlive", 403, "7505"),
        ("keep_alives_fail", "keepAlive", 503, "ServiceUnavailable"),
        ("tones_refused", "subscribeToTone", 500, "9999"),
        ("invite_500", "participants/invite", 500, "UnknownError"),
        ("transfer_hop_limit", "transfer", 400, "8521"),
        ("conflict", "playPrompt", 409, "8519"),
    ],
)
async def test_a_request_is_refused(name: str, action: str, status: int, code: str) -> None:
    async with world() as w:
        call = await w.ring()
        await inject(w, name)
        assert error(await w.act(call, action, {})) == (status, code)


@pytest.mark.parametrize(
    ("form", "header"),
    [
        ("seconds", "2"),
        ("fraction", "2.128"),
        ("missing", None),
        ("absurd", "1e+09"),
        ("negative", "-5"),
        ("not_a_number", "NaN"),
        ("garbage", "soon"),
    ],
)
async def test_throttling_says_when_in_each_form(form: str, header: str | None) -> None:
    async with world() as w:
        call = await w.ring()
        await inject(w, f"throttled_{form}")
        answer = await w.act(call, "answer", ANSWER)
        assert (answer.status_code, answer.headers.get("retry-after")) == (429, header)


async def test_throttling_gives_a_date() -> None:
    async with world() as w:
        call = await w.ring()
        await inject(w, "throttled_date")
        when = (await w.act(call, "answer", ANSWER)).headers["retry-after"]
        assert 0 < email.utils.parsedate_to_datetime(when).timestamp() - time.time() < 3


async def test_the_concurrent_limit_is_not_the_monthly_one() -> None:
    async with world() as w:
        for name, code in (("concurrent_limit", "8530"), ("monthly_limit", "8529")):
            await inject(w, name)
            assert error(await w.client.post(CALLS, json=outgoing())) == (429, code)


# Carried out or not


@pytest.mark.parametrize(
    ("name", "placed"),
    [("create_500", 0), ("create_500_placed", 1)],
)
async def test_a_call_is_placed_or_not_whatever_the_answer_says(name: str, placed: int) -> None:
    async with world() as w:
        await inject(w, name)
        assert error(await w.client.post(CALLS, json=outgoing())) == (500, "9999")
        assert len((await w.sim("calls"))["calls"]) == placed


async def test_a_request_is_carried_out_twice() -> None:
    async with world() as w:
        await inject(w, "request_twice")
        await w.client.post(CALLS, json=outgoing())
        assert len((await w.sim("calls"))["calls"]) == 2


async def test_a_prompt_has_ended_before_its_request_is_answered() -> None:
    async with world() as w:
        w.bot.media = {"hello": wav(0.1)}
        call = await w.connect()
        fault = {"target": "playPrompt", "answer_late_ms": 200}
        await w.sim("faults", fault, 201)
        playing = asyncio.create_task(w.act(call, "playPrompt", {"prompts": [prompt("hello")]}))
        await w.bot.until(lambda: "/operations/" in w.bot.notices[-1]["resourceUrl"])
        assert not playing.done()
        assert (await playing).status_code == 200


async def test_requests_for_one_call_that_overlap_are_refused() -> None:
    async with world() as w:
        one, other = await w.connect(), await w.connect()
        await w.sim("faults", {"target": "keepAlive", "delay_ms": 200}, 201)
        await inject(w, "conflict_on_overlap")
        slow = asyncio.create_task(w.act(one, "keepAlive"))
        await asyncio.sleep(0)
        await w.bot.until(lambda: w.server.live(one).busy)
        assert error(await w.act(one, "subscribeToTone")) == (409, "8519")
        assert (await w.act(other, "subscribeToTone")).status_code == 200
        assert (await slow).status_code == 200
        assert (await w.act(one, "subscribeToTone")).status_code == 200


async def test_an_answer_is_changed() -> None:
    async with world() as w:
        await inject(w, "keys_empty", times=1)
        await inject(w, "metadata_names_another_issuer")
        assert (await w.client.get("/v1/keys")).json() == {"keys": []}
        assert (await w.client.get("/v1/keys")).json()["keys"]
        document = await w.client.get("/v1/.well-known/OpenIdConfiguration")
        assert document.json()["issuer"] == "https://elsewhere.example"
        assert document.json()["jwks_uri"].endswith("/v1/keys")
        await inject(w, "nobody_listed")
        call = await w.connect()
        await w.sim(f"calls/{call}/join", {"id": TENANT}, 201)
        assert (await w.client.get(f"{CALLS}/{call}/participants")).json()["value"] == []


async def test_the_login_fails_in_its_own_words() -> None:
    async with world() as w:
        await inject(w, "login_refused", times=1)
        refused = await w.client.post(f"/{TENANT}/oauth2/v2.0/token", data=FORM)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        assert await w.token()


@pytest.mark.parametrize(
    ("name", "subcode"), [("prompt_is_a_web_page", 8535), ("prompt_not_reachable", 8536)]
)
async def test_a_prompt_that_is_no_audio_cannot_be_played(name: str, subcode: int) -> None:
    async with world() as w:
        w.bot.media = {"hello": wav(0.1)}
        call = await w.connect()
        await inject(w, name)
        played = (await w.act(call, "playPrompt", {"prompts": [prompt("hello")]})).json()
        assert (await w.ended(played["id"]))["resultInfo"]["subcode"] == subcode


# Answers that cannot be used, over a real connection


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    with served(create_app("http://127.0.0.1:1/api/calls", APP_ID, TENANT, options=FAST)) as url:
        yield url


@pytest.fixture
async def client(simulator: str) -> AsyncIterator[httpx.AsyncClient]:
    limit = httpx.Timeout(5.0, read=0.4)
    async with httpx.AsyncClient(base_url=simulator, timeout=limit, trust_env=False) as found:
        token = await found.post(f"/{TENANT}/oauth2/v2.0/token", data=FORM)
        found.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
        yield found
        await found.delete("/sim/faults")


async def spoil(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.post("/sim/faults", json={"name": name})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("name", ["host_reset", "host_truncated"])
async def test_an_answer_breaks_off(client: httpx.AsyncClient, name: str) -> None:
    await spoil(client, name)
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post(CALLS, json=outgoing())


@pytest.mark.parametrize(("name", "placed"), [("host_hang", 0), ("lost_answer_create", 1)])
async def test_nobody_knows_whether_it_was_done(
    client: httpx.AsyncClient, name: str, placed: int
) -> None:
    before = len((await client.get("/sim/calls")).json()["calls"])
    await spoil(client, name)
    with pytest.raises((httpx.ReadTimeout, httpx.RemoteProtocolError)):
        await client.post(CALLS, json=outgoing())
    assert len((await client.get("/sim/calls")).json()["calls"]) == before + placed


async def test_an_answer_dribbles(client: httpx.AsyncClient) -> None:
    await spoil(client, "host_slow")
    with pytest.raises(httpx.ReadTimeout):
        await client.post(CALLS, json=outgoing())


@pytest.mark.parametrize(
    ("name", "kind", "start"),
    [
        ("host_garbage", "application/json", b'{"error":\x00'),
        ("host_html", "text/html; charset=utf-8", b"<!DOCTYPE"),
        ("host_empty", None, b""),
    ],
)
async def test_an_answer_is_something_else(
    client: httpx.AsyncClient, name: str, kind: str | None, start: bytes
) -> None:
    await spoil(client, name)
    answer = await client.post(CALLS, json=outgoing())
    assert (answer.status_code, answer.headers.get("content-type")) == (200, kind)
    assert answer.content.startswith(start)


async def test_a_recording_breaks_off(client: httpx.AsyncClient) -> None:
    call = (await client.post(CALLS, json=outgoing())).json()["id"]
    ends = time.monotonic() + 5
    while (await client.get(f"/sim/calls/{call}")).json()["audio"] is False:
        assert time.monotonic() < ends
    body = {"maxRecordDurationInSeconds": 2, "initialSilenceTimeoutInSeconds": 120}
    made = (await client.post(f"{CALLS}/{call}/recordResponse", json=body)).json()
    where = f"{CALLS}/{call}/operations/{made['id']}"
    while not (clip := (await client.get(where)).json()).get("recordingLocation"):
        assert time.monotonic() < ends
    await spoil(client, "recording_truncated")
    token = {"Authorization": f"Bearer {clip['recordingAccessToken']}"}
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get(clip["recordingLocation"], headers=token)
    assert (await client.get(clip["recordingLocation"], headers=token)).content.startswith(b"RIFF")
