"""The key with which notifications are signed, and where clients find it.

Claims, lifetime and the odd discovery document are those that the calling service publishes
(Teams: call-notifications page; the document's RSA256 and foreign issuer are its own mistakes).
"""

from __future__ import annotations

import base64
import time
from functools import cache

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from ivr.simulator.graph.errors import new_id
from ivr.simulator.graph.results import Body

LIVES = 3_900
REUSED_FOR = 300


class Signer:
    """Signs notification tokens for one bot."""

    def __init__(self, app_id: str, issuer: str) -> None:
        self._app_id = app_id
        self._issuer = issuer
        self._key, self._kid = _made_at_start()
        self._header = {"kid": self._kid, "x5t": self._kid}
        self._made: dict[str, tuple[int, str]] = {}

    def token(self, tenant: str) -> str:
        """A token for the notifications of a tenant's calls, made afresh every few minutes."""
        now = int(time.time())
        made, token = self._made.get(tenant, (0, ""))
        if now - made > REUSED_FOR:
            token = jwt.encode(self._claims(tenant, now), self._key, "RS256", self._header)
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
        public = self._key.public_key().public_numbers()
        key = {
            "kty": "RSA",
            "use": "sig",
            "kid": self._kid,
            "x5t": self._kid,
            "n": _text(public.n.to_bytes(256, "big")),
            "e": _text(public.e.to_bytes(3, "big")),
            "endorsements": ["msteams"],
        }
        return {"keys": [key]}

    def _claims(self, tenant: str, now: int) -> Body:
        return {
            "iss": self._issuer,
            "aud": self._app_id,
            "tid": tenant,
            "iat": now,
            "nbf": now,
            "exp": now + LIVES,
        }


@cache
def _made_at_start() -> tuple[rsa.RSAPrivateKey, str]:
    """The key and its id, once for a process: to make one takes a tenth of a second."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key, new_id().replace("-", "")


def _text(number: bytes) -> str:
    return base64.urlsafe_b64encode(number).rstrip(b"=").decode()
