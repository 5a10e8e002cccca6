"""Asks Microsoft's login endpoint for an access token with msal, which blocks: run it in a thread.

msal gets a fresh application for every token. Its own token cache would hand back the very token
that Graph has just refused, and its throttle answers from memory by a clock of its own; the cache
in `tokens.py` sees to both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import msal
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ivr.errors import IvrError, Refused, UsageError
from ivr.graph.login_http import LoginHttp, odd_answer
from ivr.net.addresses import is_loopback, safe_url

GRAPH_SCOPE = "https://graph.microsoft.com/.default"
MAX_LIFE = 24 * 3600.0

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,127}")
_NO_TENANT = frozenset({"common", "organizations", "consumers"})
"""Authorities of no one tenant: Graph refuses their tokens for a call with code 7505."""
_THUMBPRINT = re.compile(r"[0-9A-F]{40}")
_TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate in place of a secret: RSA private key (PEM) and SHA-1 thumbprint (hex)."""

    private_key: str = field(repr=False)
    thumbprint: str


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token and the seconds it lives from when it was asked for."""

    token: str = field(repr=False)
    life: float


def scope_for(graph_url: str) -> str:
    """The scope of a Graph root: its own host, as sovereign clouds need; the usual on loopback."""
    parts = urlsplit(graph_url)
    return GRAPH_SCOPE if is_loopback(parts.hostname) else f"https://{parts.netloc}/.default"


class Login:
    """The client credentials grant (RFC 6749 4.4; FACTS.md 1.2) at one login endpoint.

    `clock` gives epoch seconds; `limit` is how many seconds to wait for the endpoint. Raises
    `UsageError` for a login address or a credential that cannot be used.
    """

    def __init__(
        self,
        app_id: str,
        credential: str | Certificate,
        login_url: str,
        clock: Callable[[], float],
        *,
        scope: str,
        limit: float,
    ) -> None:
        self._app_id = app_id
        self._credential = _msal_credential(credential)
        self._home = safe_url(login_url, "IVR_LOGIN_URL")
        if self._home.path not in ("", "/") or self._home.query:
            raise UsageError("IVR_LOGIN_URL is scheme and host only; the tenant is added to it.")
        self._scope = scope
        self._clock = clock
        self._limit = limit

    def acquire(self, tenant: str) -> Grant:
        """A new token for that tenant. Blocks; raises `Temporary` or `Refused`."""
        if _TENANT.fullmatch(tenant) is None or tenant in _NO_TENANT:
            raise Refused("A Graph token is asked for one tenant: give its id or domain.")
        http = LoginHttp(self._home, self._clock, self._limit)
        try:
            return _grant(self._ask(tenant, http))
        except IvrError:
            raise
        except Exception:  # msal meets an answer it did not expect in many ways
            raise odd_answer() from None
        finally:
            http.close()

    def _ask(self, tenant: str, http: LoginHttp) -> Mapping[str, object]:
        app = msal.ConfidentialClientApplication(
            self._app_id,
            client_credential=self._credential,
            authority=f"https://{self._home.netloc}/{tenant}",
            instance_discovery=False,  # the operator named the endpoint; no other is asked about it
            azure_region=False,
            http_client=http,
        )
        answer: Mapping[str, object] = app.acquire_token_for_client([self._scope])
        return answer


def _grant(answer: Mapping[str, object]) -> Grant:
    token, life = answer.get("access_token"), float(str(answer.get("expires_in")))
    if not isinstance(token, str) or _TOKEN.fullmatch(token) is None or not life > 0:
        raise ValueError("no token")
    return Grant(token, min(life, MAX_LIFE))


def _msal_credential(credential: str | Certificate) -> str | dict[str, str]:
    if isinstance(credential, str):
        if not credential:
            raise UsageError("IVR_APP_SECRET is empty: set it, or give a certificate.")
        return credential
    thumbprint = re.sub("[: ]", "", credential.thumbprint).upper()
    if _THUMBPRINT.fullmatch(thumbprint) is None:
        raise UsageError("The certificate's thumbprint is not SHA-1: give 40 hexadecimal digits.")
    if not _is_rsa_key(credential.private_key):
        raise UsageError(
            "The certificate's private key cannot be read: give an RSA key in PEM form without a "
            "passphrase."
        )
    return {"private_key": credential.private_key, "thumbprint": thumbprint}


def _is_rsa_key(pem: str) -> bool:
    try:
        return isinstance(load_pem_private_key(pem.encode(), None), RSAPrivateKey)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
