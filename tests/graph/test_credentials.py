"""How the app proves itself: by a certificate, and by either of two secrets while they change."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from ivr.errors import Refused, Temporary, UsageError
from ivr.graph.certificate import Certificate
from ivr.graph.login import GRAPH_SCOPE, OF_THE_CREDENTIAL, Credential, Login
from tests.graph.certificates import certificate_pem, key_pem
from tests.graph.login_server import LIFE, LoginServer, Reply
from tests.graph.signing import APP, TENANT, VirtualClock, private_key

SECRET = "s3cret~of.the-app"
CLOUD = "https://login.microsoftonline.com"
TRACE = "Trace ID: 6f1b2c Correlation ID: 77aa Timestamp: 2026-11-02"


@pytest.fixture
def server() -> Iterator[LoginServer]:
    server = LoginServer()
    yield server
    server.close()


def login_at(url: str, credential: Credential) -> Login:
    return Login(APP, credential, url, VirtualClock(), scope=GRAPH_SCOPE, limit=5.0)


def test_a_certificate_proves_the_app_without_a_secret(server: LoginServer) -> None:
    certificate = Certificate(key_pem(), "AB:CD" + "0" * 36)
    login_at(server.url, certificate).acquire(TENANT)
    assertion = server.forms[0]["client_assertion"]
    audience = f"https://{urlsplit(server.url).netloc}/{TENANT}/oauth2/v2.0/token"
    public = private_key("certificate").public_key()
    claims = jwt.decode(assertion, public, ["RS256"], audience=audience)
    assert (claims["iss"], claims["sub"]) == (APP, APP)
    assert jwt.get_unverified_header(assertion)["x5t"].startswith("q80A")
    assert "client_secret" not in server.forms[0]
    assert "PRIVATE" not in repr(certificate)


@pytest.mark.parametrize(
    ("credential", "words"),
    [
        ("", "IVR_APP_SECRET"),
        (Certificate("no key", "0" * 40), "PEM"),
        (Certificate(key_pem(), "0" * 39), "40 hexadecimal"),
        (Certificate(key_pem(), "g" * 40), "40 hexadecimal"),
    ],
)
def test_a_credential_that_cannot_work_is_refused_at_the_start(
    credential: str | Certificate, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        login_at(CLOUD, credential)


def test_a_certificate_is_named_by_its_sha_256_digest(server: LoginServer) -> None:
    public = certificate_pem()
    login_at(server.url, Certificate(key_pem() + public)).acquire(TENANT)
    assertion = server.forms[0]["client_assertion"]
    header = jwt.get_unverified_header(assertion)
    digest = x509.load_pem_x509_certificate(public.encode()).fingerprint(SHA256())
    assert header["alg"] == "PS256"
    assert base64.urlsafe_b64decode(header["x5t#S256"]) == digest
    assert "x5t" not in header
    audience = f"https://{urlsplit(server.url).netloc}/{TENANT}/oauth2/v2.0/token"
    jwt.decode(assertion, private_key("certificate").public_key(), ["PS256"], audience=audience)


NEXT = "n3xt~secret.of-the-app"


def knows_only(server: LoginServer, *secrets: str, code: str = "AADSTS7000222") -> None:
    """Have the endpoint refuse every other secret."""
    good = server.grant

    def judge(tenant: str) -> Reply:
        if server.forms[-1].get("client_secret") in secrets:
            return good(tenant)
        refusal = {"error": "invalid_client", "error_description": f"{code}: no. {TRACE}"}
        return 401, {}, json.dumps(refusal).encode()

    server.grant = judge


def used(server: LoginServer) -> list[str]:
    return [form["client_secret"] for form in server.forms]


def changing(server: LoginServer) -> Login:
    clock = VirtualClock()
    return Login(APP, SECRET, server.url, clock, scope=GRAPH_SCOPE, limit=5.0, next_credential=NEXT)


@pytest.mark.parametrize("code", sorted(OF_THE_CREDENTIAL - {""}))
@pytest.mark.problem("P51", fault="login_refused")
def test_a_refused_secret_makes_way_for_the_next_one(
    code: str, server: LoginServer, caplog: pytest.LogCaptureFixture
) -> None:
    knows_only(server, NEXT, code=code)
    login = changing(server)
    for _ in range(3):
        login.acquire(TENANT)
    assert used(server) == [SECRET, NEXT, NEXT, NEXT]
    assert f"first credential of the app is refused ({code}), the next one is used" in caplog.text
    assert len(caplog.records) == 1
    assert not any(secret in caplog.text for secret in (SECRET, NEXT))


def test_while_both_secrets_work_the_first_is_used(server: LoginServer) -> None:
    knows_only(server, SECRET, NEXT)
    login = changing(server)
    login.acquire(TENANT)
    login.acquire(TENANT)
    assert used(server) == [SECRET, SECRET]


def test_the_first_secret_is_used_again_when_the_next_one_is_refused(server: LoginServer) -> None:
    good = server.grant
    knows_only(server, NEXT)
    login = changing(server)
    login.acquire(TENANT)
    server.grant = good
    knows_only(server, SECRET)
    login.acquire(TENANT)
    login.acquire(TENANT)
    assert used(server) == [SECRET, NEXT, NEXT, SECRET, SECRET]


def test_when_both_secrets_are_refused_the_first_refusal_is_told(server: LoginServer) -> None:
    codes = {SECRET: "AADSTS7000222", NEXT: "AADSTS7000215"}

    def refuses(_tenant: str) -> Reply:
        said = {"error": "invalid_client", "error_description": codes[used(server)[-1]]}
        return 401, {}, json.dumps(said).encode()

    server.grant = refuses
    with pytest.raises(Refused, match="AADSTS7000222"):
        changing(server).acquire(TENANT)
    assert used(server) == [SECRET, NEXT]


@pytest.mark.parametrize("code", ["AADSTS90002", "AADSTS53003", "AADSTS500011"])
def test_what_no_secret_can_mend_is_not_tried_with_another(code: str, server: LoginServer) -> None:
    knows_only(server, "another", code=code)
    with pytest.raises(Refused, match=code):
        changing(server).acquire(TENANT)
    assert used(server) == [SECRET]


def test_an_outage_is_no_refusal(server: LoginServer) -> None:
    server.fail(503)
    with pytest.raises(Temporary):
        changing(server).acquire(TENANT)
    assert used(server) == [SECRET]


def test_a_secret_may_give_way_to_a_certificate(server: LoginServer) -> None:
    good = server.grant

    def judge(tenant: str) -> Reply:
        if "client_assertion" in server.forms[-1]:
            return good(tenant)
        return 401, {}, b'{"error":"invalid_client","error_description":"AADSTS7000215: no."}'

    server.grant = judge
    certificate = Certificate(key_pem() + certificate_pem())
    login = Login(
        APP, SECRET, server.url, VirtualClock(),
        scope=GRAPH_SCOPE, limit=5.0, next_credential=certificate,
    )  # fmt: skip
    assert login.acquire(TENANT).life == LIFE


def test_a_next_credential_that_cannot_work_is_refused_at_the_start() -> None:
    with pytest.raises(UsageError, match="IVR_APP_SECRET"):
        Login(APP, SECRET, CLOUD, VirtualClock(), scope="", limit=1.0, next_credential="")
