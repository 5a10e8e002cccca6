"""Asks Microsoft's login endpoint for an access token with msal, which blocks: run it in a thread.

msal gets a fresh application for every token. Its own token cache would hand back the very token
that Graph has just refused, and its throttle answers from memory by a clock of its own; the cache
in `tokens.py` sees to both.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlsplit

import msal

from ivr.errors import IvrError, Refused, UsageError
from ivr.graph.certificate import Certificate
from ivr.graph.login_http import LoginHttp, odd_answer
from ivr.net.addresses import is_loopback, safe_url

GRAPH_SCOPE = "https://graph.microsoft.com/.default"
MAX_LIFE = 24 * 3600.0

Credential: TypeAlias = str | Certificate
"""How the app proves itself: a secret, or a certificate."""

OF_THE_CREDENTIAL = frozenset(
    {"AADSTS7000215", "AADSTS7000222", "AADSTS7000218", "AADSTS700016", "AADSTS700027"}
    | {"AADSTS700030", "AADSTS50012", ""}
)
"""Refusals that another credential may get past: a wrong or expired secret, a certificate that is
not the app's or not valid, an app that the tenant does not know yet; and those without a code."""

_NAMES = ("first", "next")
_log = logging.getLogger(__name__)
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,127}")
_NO_TENANT = frozenset({"common", "organizations", "consumers"})
"""Authorities of no one tenant: Graph refuses their tokens for a call with code 7505."""
_TOKEN = re.compile(r"[!-~]+")


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

    With a `next_credential` either is as good as the other: a secret can be changed without a
    moment at which neither works. `clock` gives epoch seconds; `limit` is how many seconds to wait
    for the endpoint. Raises `UsageError` for a login address or a credential that cannot be used.
    """

    def __init__(
        self,
        app_id: str,
        credential: Credential,
        login_url: str,
        clock: Callable[[], float],
        *,
        scope: str,
        limit: float,
        next_credential: Credential | None = None,
    ) -> None:
        self._app_id = app_id
        given = [credential] if next_credential is None else [credential, next_credential]
        self._credentials = [_msal_credential(each) for each in given]
        self._working = 0
        self._home = safe_url(login_url, "IVR_LOGIN_URL")
        if self._home.path not in ("", "/") or self._home.query:
            raise UsageError("IVR_LOGIN_URL is scheme and host only; the tenant is added to it.")
        self._scope = scope
        self._clock = clock
        self._limit = limit

    def acquire(self, tenant: str) -> Grant:
        """A new token for that tenant. Blocks; raises `Temporary` or `Refused`.

        A credential that is refused as such makes way for the other one, which is then the first.
        """
        if _TENANT.fullmatch(tenant) is None or tenant in _NO_TENANT:
            raise Refused("A Graph token is asked for one tenant: give its id or domain.")
        first = self._working
        try:
            return self._acquire(tenant, first)
        except Refused as refused:
            other = 1 - first
            if other >= len(self._credentials) or refused.code not in OF_THE_CREDENTIAL:
                raise
            return self._acquire_otherwise(tenant, other, refused)

    def _acquire_otherwise(self, tenant: str, other: int, refused: Refused) -> Grant:
        """Try the other credential; where that is refused too, the first refusal is told."""
        try:
            grant = self._acquire(tenant, other)
        except Refused:
            raise refused from None
        self._working = other
        _log.warning(
            "the %s credential of the app is refused (%s), the %s one is used from now on",
            _NAMES[1 - other], refused.code, _NAMES[other],
        )  # fmt: skip
        return grant

    def _acquire(self, tenant: str, which: int) -> Grant:
        http = LoginHttp(self._home, self._clock, self._limit)
        try:
            return _grant(self._ask(tenant, http, self._credentials[which]))
        except IvrError:
            raise
        except Exception:  # msal meets an answer it did not expect in many ways
            raise odd_answer() from None
        finally:
            http.close()

    def _ask(
        self, tenant: str, http: LoginHttp, credential: str | dict[str, str]
    ) -> Mapping[str, object]:
        app = msal.ConfidentialClientApplication(
            self._app_id,
            client_credential=credential,
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


def _msal_credential(credential: Credential) -> str | dict[str, str]:
    if isinstance(credential, Certificate):
        return credential.for_msal()
    if not credential:
        raise UsageError("IVR_APP_SECRET is empty: set it, or give a certificate.")
    return credential
