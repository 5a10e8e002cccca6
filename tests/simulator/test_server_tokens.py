"""Integration: the simulator's login endpoint, and which tokens its Graph takes."""

from __future__ import annotations

import pytest
from httpx import Response
from msgspec.structs import replace

from tests.simulator.graph_world import (
    APP_ID,
    CALLS,
    FAST,
    OTHER_TENANT,
    TENANT,
    World,
    error,
    outgoing,
    without,
    world,
)

# Tokens


async def with_token(w: World, token: str) -> Response:
    call = (await w.sim("calls"))["calls"][0]["id"]
    return await w.client.get(f"{CALLS}/{call}", headers={"Authorization": token})


async def test_a_request_needs_a_token_of_ours_for_the_calls_tenant() -> None:
    async with world() as w:
        await w.ring()
        for wrong in ("", "Bearer", "Bearer x.y.z", f"Basic {await w.token()}"):
            assert error(await with_token(w, wrong)) == (401, "InvalidAuthenticationToken")
        other = await w.token(OTHER_TENANT)
        assert error(await with_token(w, f"Bearer {other}")) == (403, "7505")
        common = await w.token("common")
        assert error(await with_token(w, f"Bearer {common}")) == (403, "7505")
        right = await with_token(w, f"bearer {await w.token(TENANT.upper())}")
        assert right.status_code == 200


async def test_a_token_expires() -> None:
    async with world(replace(FAST, token_seconds=0)) as w:
        await w.ring()
        assert error(await with_token(w, f"Bearer {await w.token()}"))[0] == 401


async def test_a_call_is_placed_in_the_tenant_of_the_token() -> None:
    async with world() as w:
        body = outgoing(tenantId=OTHER_TENANT)
        assert error(await w.client.post(CALLS, json=body)) == (403, "7505")


GRANT = {
    "grant_type": "client_credentials",
    "client_id": APP_ID,
    "client_secret": "hush-hush",
    "scope": "https://graph.microsoft.com/.default",
}


@pytest.mark.parametrize(
    ("form", "status", "name", "number"),
    [
        ({**GRANT, "grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        (without(GRANT, "grant_type"), 400, "invalid_request", 900144),
        (without(GRANT, "client_id"), 400, "invalid_request", 900144),
        (without(GRANT, "client_secret"), 401, "invalid_client", 7000218),
        ({**GRANT, "scope": "User.Read"}, 400, "invalid_scope", 1002012),
    ],
)
async def test_a_token_is_refused_as_the_identity_platform_does(
    form: dict[str, str], status: int, name: str, number: int
) -> None:
    async with world() as w:
        response = await w.client.post(f"/{TENANT}/oauth2/v2.0/token", data=form)
        body = response.json()
        assert (response.status_code, body["error"], body["error_codes"]) == (
            status,
            name,
            [number],
        )
        assert body["error_description"].startswith(f"AADSTS{number}: ")
        assert {"timestamp", "trace_id", "correlation_id"} <= set(body)


async def test_a_token_is_granted_to_a_secret_or_a_certificate() -> None:
    async with world() as w:
        assertion = {
            **without(GRANT, "client_secret"),
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": "a.b.c",
        }
        for form in (GRANT, assertion):
            response = await w.client.post(f"/{TENANT}/oauth2/v2.0/token", data=form)
            body = response.json()
            assert (body["token_type"], body["expires_in"]) == ("Bearer", 3_599)
        log = (await w.client.get("/sim/log")).text
        assert "hush-hush" not in log
        assert "a.b.c" not in log
        assert body["access_token"] not in log
