"""Asking for one token: the request, the credential, refusals, and what must not get out."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from ivr.errors import Refused, Temporary, UsageError
from ivr.graph.certificate import Certificate
from ivr.graph.login import GRAPH_SCOPE, Grant, Login, scope_for
from tests.graph.login_server import LIFE, LoginServer, Reply
from tests.graph.signing import APP, TENANT, VirtualClock

SECRET = "s3cret~of.the-app"
CLOUD = "https://login.microsoftonline.com"
TRACE = "Trace ID: 6f1b2c Correlation ID: 77aa Timestamp: 2026-11-02"


@pytest.fixture
def server() -> Iterator[LoginServer]:
    server = LoginServer()
    yield server
    server.close()


def login_at(
    url: str,
    credential: str | Certificate = SECRET,
    clock: VirtualClock | None = None,
    *,
    scope: str = GRAPH_SCOPE,
    limit: float = 5.0,
) -> Login:
    return Login(APP, credential, url, clock or VirtualClock(), scope=scope, limit=limit)


def test_a_token_is_asked_for_the_tenant_of_the_call(server: LoginServer) -> None:
    assert login_at(server.url).acquire(TENANT) == Grant(f"token-1-{TENANT[:4]}", LIFE)
    assert server.paths == [
        f"GET /{TENANT}/v2.0/.well-known/openid-configuration",
        f"POST /{TENANT}/oauth2/v2.0/token",
    ]
    asked = {"grant_type": "client_credentials", "scope": GRAPH_SCOPE}
    assert asked.items() <= server.forms[0].items()
    assert (server.forms[0]["client_id"], server.forms[0]["client_secret"]) == (APP, SECRET)


def test_every_request_for_a_token_reaches_the_endpoint(server: LoginServer) -> None:
    login = login_at(server.url)
    assert login.acquire(TENANT) != login.acquire(TENANT)
    server.fail(503)
    for _ in range(2):
        with pytest.raises(Temporary):
            login.acquire(TENANT)
    assert len(server.forms) == 4


def test_the_scope_follows_a_sovereign_graph(server: LoginServer) -> None:
    scope = scope_for("https://graph.microsoft.us/v1.0")
    login_at(server.url, scope=scope).acquire(TENANT)
    assert server.forms[0]["scope"] == "https://graph.microsoft.us/.default"
    assert scope_for("https://graph.microsoft.com/v1.0") == GRAPH_SCOPE
    assert scope_for("http://127.0.0.1:8123/v1.0") == GRAPH_SCOPE


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_all_names_of_loopback_are_one(host: str, server: LoginServer) -> None:
    assert login_at(f"http://{host}:{server.port}/").acquire(TENANT).life == LIFE


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"token_endpoint":7}'])
def test_a_discovery_document_of_another_kind_is_an_outage(
    body: bytes, server: LoginServer
) -> None:
    server.discovery = lambda _tenant: (200, {}, body)
    with pytest.raises(Temporary):
        login_at(server.url).acquire(TENANT)
    assert server.forms == []


def test_an_answer_that_drips_is_given_up(server: LoginServer) -> None:
    clock = VirtualClock()

    def slow(_tenant: str) -> Reply:
        clock.advance(6)
        return 200, {}, b'{"access_token":"late","expires_in":3600}'

    server.grant = slow
    with pytest.raises(Temporary):
        login_at(server.url, clock=clock).acquire(TENANT)


def test_an_endpoint_that_never_answers_is_given_up(server: LoginServer) -> None:
    server.open.clear()
    with pytest.raises(Temporary):
        login_at(server.url, limit=0.05).acquire(TENANT)


@pytest.mark.parametrize(
    ("retry_after", "delay"),
    [("7", 7.0), ("2.128", 2.128), ("1000000000", 60.0), ("soon", None), ("-1", None)],
)
def test_a_retry_after_is_kept_within_reason(
    retry_after: str, delay: float | None, server: LoginServer
) -> None:
    server.fail(429, retry_after=retry_after)
    with pytest.raises(Temporary) as failed:
        login_at(server.url).acquire(TENANT)
    assert failed.value.delay == delay


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AADSTS7000215", "IVR_APP_SECRET"),
        ("AADSTS7000222", "expired"),
        ("AADSTS700016", "IVR_APP_ID"),
        ("AADSTS700027", "certificate"),
        ("AADSTS53003", "look the code up"),
    ],
)
def test_a_refusal_names_the_code_and_what_to_do(
    code: str, words: str, server: LoginServer
) -> None:
    server.refuse(f"{code}: Invalid client secret {SECRET} provided. {TRACE}")
    with pytest.raises(Refused, match=words) as refused:
        login_at(server.url).acquire(TENANT)
    assert (refused.value.code, refused.value.status) == (code, 401)
    text = str(refused.value)
    assert code in text
    assert not any(word in text for word in (SECRET, "Trace", "Correlation", "Invalid"))


def test_a_refusal_without_a_code_still_makes_sense(server: LoginServer) -> None:
    server.refuse("no", status=400)
    with pytest.raises(Refused, match="status 400 without a code"):
        login_at(server.url).acquire(TENANT)


def test_an_unknown_tenant_is_refused(server: LoginServer) -> None:
    body = {"error": "invalid_tenant", "error_description": f"AADSTS90002: Tenant. {TRACE}"}
    server.discovery = lambda _tenant: (400, {}, json.dumps(body).encode())
    with pytest.raises(Refused, match="AADSTS90002"):
        login_at(server.url).acquire(TENANT)


@pytest.mark.parametrize(
    "tenant", ["", "common", "organizations", "../x", "a/b", "a?b", "a\nb", "x" * 200, "ü"]
)
def test_what_is_no_tenant_is_never_asked_for(tenant: str, server: LoginServer) -> None:
    with pytest.raises(Refused):
        login_at(server.url).acquire(tenant)
    assert server.paths == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example/t/token",
        "https://127.0.0.1:1/t/token",
        "https://x@127.0.0.1/t/token",
        "http://127.0.0.1/t/token",
    ],
)
def test_the_secret_goes_to_the_configured_host_only(endpoint: str, server: LoginServer) -> None:
    document = {"authorization_endpoint": "https://127.0.0.1/t/a", "token_endpoint": endpoint}
    server.discovery = lambda _tenant: (200, {}, json.dumps(document).encode())
    with pytest.raises((Refused, Temporary), match="IVR_LOGIN_URL"):
        login_at(server.url).acquire(TENANT)
    assert server.forms == []


def test_a_redirect_is_not_followed_with_the_secret(server: LoginServer) -> None:
    server.fail(307, location=f"{server.url}/elsewhere")
    with pytest.raises(Temporary):
        login_at(server.url).acquire(TENANT)
    assert len(server.forms) == 1


def test_secrets_and_tokens_are_in_no_log(
    server: LoginServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="msal")  # whatever level another test has left
    login = login_at(server.url)
    grant = login.acquire(TENANT)
    server.fail(200, b'{"expires_in":3600,"access_token":"half-a-tok')
    with pytest.raises(Temporary):
        login.acquire(TENANT)
    assert TENANT in caplog.text
    assert not any(word in caplog.text for word in (SECRET, grant.token, "half-a-tok"))
    assert grant.token not in repr(grant)


@pytest.mark.parametrize(
    "url",
    [
        "http://login.microsoftonline.com",
        "https://login.microsoftonline.com/common",
        "https://login.microsoftonline.com?x=1",
        "https://login.microsoftonline.com#x",
        "https://user@login.microsoftonline.com",
        "login.microsoftonline.com",
        "http://10.0.0.1:80",
    ],
)
def test_a_login_address_that_is_not_safe_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(UsageError, match="IVR_LOGIN_URL"):
        login_at(url)
