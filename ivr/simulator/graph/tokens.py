"""The login endpoint of the simulator: access tokens by client credentials, for any client.

Tokens are opaque here, as they are to a client of the real thing. Errors have the form and the
AADSTS numbers of the identity platform.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from starlette.responses import Response

from ivr.simulator.graph.errors import GraphError, json_response, new_id
from ivr.simulator.graph.results import Body

GRANT = "client_credentials"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Tokens:
    """Access tokens that were issued, each for one tenant and for a while (real seconds)."""

    def __init__(self, lives: int, most: int) -> None:
        self._lives = lives
        self._most = most
        self._issued: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def grant(self, tenant: str, form: bytes) -> Response:
        """Answer a request for a token."""
        asked = dict(parse_qsl(form.decode("utf-8", "replace")))
        wrong = _wrong(asked)
        if wrong:
            return _refusal(*wrong)
        token = secrets.token_urlsafe(48)
        self._issued[token] = (tenant, time.monotonic() + self._lives)
        while len(self._issued) > self._most:
            self._issued.popitem(last=False)
        body = {
            "token_type": "Bearer",
            "expires_in": self._lives,
            "ext_expires_in": self._lives,
            "access_token": token,
        }
        return json_response(body, headers={"Cache-Control": "no-store"})

    def tenant_of(self, authorization: str) -> str:
        """The tenant of the token in an Authorization header.

        Raises `GraphError` with status 401 without one that was issued here and still lives.
        """
        scheme, _, token = authorization.partition(" ")
        tenant, until = self._issued.get(token.strip(), ("", 0.0))
        if scheme.lower() != "bearer" or not token.strip():
            raise _unauthorised("Access token is empty.")
        if not tenant:
            raise _unauthorised("CompactToken parsing failed.")
        if until <= time.monotonic():
            raise _unauthorised("Lifetime validation failed, the token is expired.")
        return tenant


def discovery(base: str, tenant: str) -> Body:
    """A tenant's OpenID configuration. Its addresses are https: msal takes no others."""
    home = f"{_https(base)}{tenant}"
    return {
        "issuer": f"{home}/v2.0",
        "token_endpoint": f"{home}/oauth2/v2.0/token",
        "authorization_endpoint": f"{home}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{home}/oauth2/v2.0/devicecode",
        "jwks_uri": f"{home}/discovery/v2.0/keys",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "response_types_supported": ["token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }


def instances(base: str, host: str) -> Body:
    """The instance discovery document: this host is an authority of its own."""
    alias = {"preferred_network": host, "preferred_cache": host, "aliases": [host]}
    return {
        "tenant_discovery_endpoint": f"{_https(base)}common/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [alias],
    }


def login_error(status: int, code: str, message: str) -> Response:
    """An error of the login endpoint that a tester asked for."""
    return _refusal(status, code or "server_error", 90033, message or "A transient error occurred.")


def _https(base: str) -> str:
    return f"https://{base.partition('://')[2]}"


def _unauthorised(message: str) -> GraphError:
    return GraphError(401, "InvalidAuthenticationToken", message)


def _wrong(asked: dict[str, str]) -> tuple[int, str, int, str] | None:
    for member in ("grant_type", "client_id", "scope"):
        if not asked.get(member):
            text = f"The request body must contain the following parameter: '{member}'."
            return 400, "invalid_request", 900144, text
    if asked["grant_type"] != GRANT:
        return 400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type."
    if not asked["scope"].endswith("/.default"):
        return 400, "invalid_scope", 1002012, "The scope of client credentials ends in /.default."
    by_certificate = asked.get("client_assertion_type") == ASSERTION
    if not asked.get("client_assertion" if by_certificate else "client_secret"):
        text = "The request body must contain 'client_assertion' or 'client_secret'."
        return 401, "invalid_client", 7000218, text
    return None


def _refusal(status: int, error: str, number: int, text: str) -> Response:
    trace, correlation = new_id(), new_id()
    now = datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    body = {
        "error": error,
        "error_description": f"AADSTS{number}: {text} Trace ID: {trace} Timestamp: {now}",
        "error_codes": [number],
        "timestamp": now,
        "trace_id": trace,
        "correlation_id": correlation,
    }
    return json_response(body, status)
