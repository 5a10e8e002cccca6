"""`ivr doctor` on Microsoft: token, permissions, registration, keys, and when secrets expire."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ivr.cli.doctor.needs import claims_of
from ivr.server.settings import Settings
from tests.cli.certificates import Authority
from tests.cli.doctor_site import Microsoft, find, jwt
from tests.e2e.processes import free_port

# -- Microsoft -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"aud": "https://management.azure.com/"}, "another service"),
        ({"tid": "00000000-0000-4000-8000-000000000000"}, "another tenant"),
        ({"appid": "00000000-0000-4000-8000-000000000000"}, "another app"),
    ],
)
async def test_a_token_of_somebody_else_is_told(
    settings: Settings, microsoft: Microsoft, claims: dict[str, str], told: str
) -> None:
    assert (await find(settings, "token")).verdict == "ok"
    microsoft.claims = {**(microsoft.claims or {}), **claims}
    found = await find(settings, "token")
    assert (found.verdict, told in found.said) == ("failed", True)


@pytest.mark.problem("P51", fault="login_refused")
async def test_a_secret_that_is_refused_is_told_with_its_reason(
    settings: Settings, microsoft: Microsoft
) -> None:
    microsoft.refused = {"first-secret": 7000222}
    found = await find(settings, "token")
    assert (found.verdict, "expired" in found.said) == ("failed", True)
    assert (await find(settings, "permissions")).verdict == "skipped"
    assert (await find(settings, "registration")).verdict == "skipped"


@pytest.mark.problem("P51", fault="login_refused")
async def test_a_second_secret_helps_while_the_first_is_changed(
    settings: Settings, microsoft: Microsoft
) -> None:
    both = replace(settings, app_secret_next="second-secret")
    assert (await find(both, "token")).verdict == "ok"
    microsoft.refused = {"first-secret": 7000222}
    found = await find(both, "token")
    assert (found.verdict, "IVR_APP_SECRET_NEXT" in found.fix) == ("warning", True)
    assert (await find(both, "registration")).verdict == "ok"
    microsoft.refused["second-secret"] = 7000215
    assert (await find(both, "token")).verdict == "failed"


@pytest.mark.parametrize(
    ("roles", "verdict", "named"),
    [
        (["Calls.AccessMedia.All", "Calls.Initiate.All"], "ok", "Calls.AccessMedia.All"),
        (["Calls.AccessMedia.All"], "failed", "Calls.Initiate.All, which transfer in greet"),
        (["Calls.Initiate.All"], "failed", "Calls.AccessMedia.All, which"),
        ([], "failed", "1 more"),
        (None, "failed", "1 more"),
        ("Calls.AccessMedia.All Calls.Initiate.All", "failed", "lacks"),
    ],
)
@pytest.mark.problem("P48", fault="consent_missing")
async def test_a_permission_that_the_flows_need_is_named(
    settings: Settings, microsoft: Microsoft, roles: object, verdict: str, named: str
) -> None:
    microsoft.claims = {**(microsoft.claims or {}), "roles": roles}
    found = await find(settings, "permissions")
    assert (found.verdict, named in found.said) == (verdict, True)
    if verdict == "failed":
        assert "Grant admin consent" in found.fix


FLOW = """
schema: 1
flow: only
start: bye
states: { bye: { type: hangup, result: left } }
"""


async def test_flows_without_needs_need_a_permission_to_know_their_callers(
    settings: Settings, microsoft: Microsoft, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "flows")
    (tmp_path / "flows" / "only").mkdir(parents=True)
    (tmp_path / "flows" / "only" / "flow.yaml").write_text(FLOW)
    microsoft.claims = {**(microsoft.claims or {}), "roles": []}
    found = await find(settings, "permissions")
    assert (found.verdict, "anonymous" in found.said) == ("warning", True)


async def test_a_token_that_cannot_be_looked_into_is_no_fault(
    settings: Settings, microsoft: Microsoft
) -> None:
    microsoft.claims = None
    assert (await find(settings, "token")).verdict == "ok"
    assert (await find(settings, "permissions")).verdict == "skipped"


@pytest.mark.parametrize(
    "token",
    ["", "a.b", "a.b.c", "a.b.c.d", "..", "a.W10.c", "a.bnVsbA.c", "é.é.é", "a." + "W" * 99],
)
def test_no_token_is_too_odd_to_be_looked_into(token: str) -> None:
    assert claims_of(token) is None
    assert claims_of(jwt({"roles": 1, "exp": "x", "aud": None})) is not None


@pytest.mark.parametrize(
    ("answer", "verdict", "told"),
    [
        ((404, {"error": {"code": "8522"}}), "ok", "Graph"),
        ((403, {"error": {"code": "7503"}}), "failed", "Enable calling"),
        ((403, {"error": {"code": "7504"}}), "failed", "consent"),
        ((403, {"error": {"code": "7505"}}), "failed", "IVR_TENANTS"),
        ((401, {"error": {"code": "InvalidAuthenticationToken"}}), "failed", "cloud"),
        ((403, {"error": {"code": "12345"}}), "failed", "docs"),
        ((400, "nonsense"), "failed", "docs"),
        ((429, {}), "warning", "later"),
        ((503, {}), "warning", "later"),
    ],
)
@pytest.mark.problem("P47", fault="not_registered")
@pytest.mark.problem("P48", fault="consent_missing")
@pytest.mark.problem("P49", fault="wrong_tenant")
async def test_what_graph_says_of_the_registration_is_explained(
    settings: Settings, microsoft: Microsoft, answer: tuple[int, Any], verdict: str, told: str
) -> None:
    microsoft.call = answer
    found = await find(settings, "registration")
    assert (found.verdict, told in f"{found.said} {found.fix}") == (verdict, True)
    assert re.fullmatch(r"[0-9a-f-]{36}", microsoft.asked[0])


@pytest.mark.problem("P06", fault="keys_empty")
async def test_keys_that_are_not_there_are_told(settings: Settings, microsoft: Microsoft) -> None:
    assert (await find(settings, "keys")).verdict == "ok"
    gone = f"http://127.0.0.1:{free_port()}/keys"
    one_of_two = replace(settings, webhook_metadata_urls=[*settings.webhook_metadata_urls, gone])
    assert (await find(one_of_two, "keys")).verdict == "warning"
    microsoft.keys = []
    found = await find(settings, "keys")
    assert (found.verdict, "IVR_WEBHOOK_METADATA_URLS" in found.fix) == ("failed", True)


@pytest.mark.parametrize(("days", "verdict"), [(-1, "failed"), (10, "warning"), (142, "ok")])
async def test_a_secret_that_expires_is_told_where_graph_tells_it(
    settings: Settings, microsoft: Microsoft, days: int, verdict: str
) -> None:
    assert (await find(settings, "expiry")).verdict == "skipped"
    ends = [time.time() + each * 86_400 for each in (days, -400)]
    dates = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(each)) for each in ends]
    microsoft.app = (200, {"passwordCredentials": [{"endDateTime": each} for each in dates]})
    assert (await find(settings, "expiry")).verdict == verdict


async def test_a_certificate_beside_its_key_tells_when_it_expires(settings: Settings) -> None:
    chain, key = Authority("ours").issue(days=7)
    by_key = replace(settings, app_key=(key + chain).decode(), app_thumbprint="0" * 40)
    found = await find(by_key, "expiry")
    assert (found.verdict, "certificate" in found.said) == ("warning", True)


@pytest.mark.parametrize("name", ["token", "registration", "keys", "clock"])
async def test_without_a_network_every_check_says_so(settings: Settings, name: str) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    alone = replace(
        settings, login_url=nobody, graph_url=f"{nobody}/v1.0", webhook_metadata_urls=[nobody]
    )
    expected = {"token": "failed", "keys": "failed", "registration": "skipped", "clock": "skipped"}
    assert (await find(alone, name)).verdict == expected[name]
