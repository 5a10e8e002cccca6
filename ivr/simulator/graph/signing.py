"""The keys with which notifications are signed, and where clients find them.

Claims, lifetime and the odd discovery document are those that the calling service publishes
(Teams: call-notifications page; the document's RSA256 and foreign issuer are its own mistakes).
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from ivr.simulator.faults.fault import Signed
from ivr.simulator.graph.errors import new_id
from ivr.simulator.graph.results import Body

LIVES = 3_900
REUSED_FOR = 300
FIRST_KEY = 0
SECRET_KEY = -1
"""Numbers of keys; that one is never published."""

FOREIGN = "https://sts.example.com/"
NO_TOKEN = "no-token"  # noqa: S105 - it is what a fault sends in place of a token


class Key(NamedTuple):
    """A key and its id."""

    private: rsa.RSAPrivateKey
    kid: str


class Signer:
    """Signs notification tokens for one bot."""

    def __init__(self, app_id: str, issuer: str) -> None:
        self._app_id = app_id
        self._issuer = issuer
        self._published = [FIRST_KEY]
        self._made: dict[str, tuple[int, str]] = {}

    def token(self, tenant: str, signed: Signed | None = None) -> str:
        """A token for the notifications of a tenant's calls, made afresh every few minutes.

        With `signed` it is made as that fault says; "" is none at all.
        """
        if signed:
            return self._odd(tenant, signed)
        now = int(time.time())
        made, token = self._made.get(tenant, (0, ""))
        if now - made > REUSED_FOR:
            token = _sign(self._claims(tenant), _key(self._published[0]))
            self._made = {**dict(list(self._made.items())[-99:]), tenant: (now, token)}
        return token

    def metadata(self, base: str) -> Body:
        """The OpenID document; `base` is our own address with its last slash."""
        return {
            "issuer": self._issuer,
            "authorization_endpoint": "https://invalid.botframework.com",
            "jwks_uri": f"{base}v1/keys",
            "id_token_signing_alg_values_supported": ["RSA256"],
            "token_endpoint_auth_methods_supported": ["private_key_post"],
        }

    def keys(self) -> Body:
        """The key set (RFC 7517)."""
        return {"keys": [_published(_key(number)) for number in self._published]}

    def _odd(self, tenant: str, signed: Signed) -> str:
        claims = self._claims(tenant)
        issuers = {
            "issuer_slash": f"{self._issuer}/",
            "graph_issuer": "https://graph.microsoft.com",
            "tenant_issuer": f"https://sts.windows.net/{tenant}/",
            "foreign_issuer": FOREIGN,
        }
        match signed:
            case "none":
                return ""
            case "garbage":
                return NO_TOKEN
            case "unsigned":
                return jwt.encode(claims, "", "none")
            case "new_key":
                return self._rotate(tenant)
            case "second_key":
                return _sign(claims, _key(self._second()))
            case "unknown_key":
                return _sign(claims, _key(SECRET_KEY))
            case "expired":
                changed: Body = {"iat": 0, "nbf": 0, "exp": LIVES}
            case "foreign_audience":
                changed = {"aud": new_id()}
            case "no_tenant":
                changed = {"tid": None}
            case _:
                changed = {"iss": issuers[signed]}
        return _sign({**claims, **changed}, _key(self._published[0]))

    def _rotate(self, tenant: str) -> str:
        """From now on there is another key, and the old ones are not published any more."""
        self._published = [max(self._published) + 1]
        self._made.clear()
        return self.token(tenant)

    def _second(self) -> int:
        if len(self._published) == 1:
            self._published.append(self._published[0] + 1)
        return self._published[1]

    def _claims(self, tenant: str) -> Body:
        now = int(time.time())
        return {
            "iss": self._issuer,
            "aud": self._app_id,
            "tid": tenant,
            "iat": now,
            "nbf": now,
            "exp": now + LIVES,
        }


def _sign(claims: Mapping[str, object], key: Key) -> str:
    said = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(said, key.private, "RS256", {"kid": key.kid, "x5t": key.kid})


def _published(key: Key) -> Body:
    public = key.private.public_key().public_numbers()
    return {
        "kty": "RSA",
        "use": "sig",
        "kid": key.kid,
        "x5t": key.kid,
        "n": _text(public.n.to_bytes(256, "big")),
        "e": _text(public.e.to_bytes(3, "big")),
        "endorsements": ["msteams"],
    }


@cache
def _key(number: int) -> Key:
    """The key of that number, once for a process: to make one takes a tenth of a second."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return Key(private, f"{number}-{new_id()}".replace("-", ""))


def _text(number: bytes) -> str:
    return base64.urlsafe_b64encode(number).rstrip(b"=").decode()
