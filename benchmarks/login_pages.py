"""What a bot asks before its first call: login endpoint, signing keys, and a token to check."""

from __future__ import annotations

import base64
import json
import time

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from benchmarks import graph_wire as wire

APP = "00000000-0000-4000-8000-0000000000dd"
ISSUER = "https://api.botframework.com"
METADATA = "/.well-known/OpenIdConfiguration"
TOKEN_LENGTH = 1500
"""Bytes of an access token; Microsoft's are about as long."""


class LoginPages:
    """One signing key. `token` goes with notifications, `access_token` with commands."""

    def __init__(self) -> None:
        self._key = generate_private_key(65537, 2048)
        self.access_token = "x" * TOKEN_LENGTH
        self.token = self._signed()

    def pages(self, port: int) -> dict[bytes, bytes]:
        """Answers by path, for a server on that port of loopback."""
        tenant = wire.TENANT.decode()
        login = f"https://127.0.0.1:{port}/{tenant}"
        return {
            f"/{tenant}/v2.0/.well-known/openid-configuration".encode(): _page(
                {
                    "issuer": f"{login}/v2.0",
                    "authorization_endpoint": f"{login}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{login}/oauth2/v2.0/token",
                }
            ),
            f"/{tenant}/oauth2/v2.0/token".encode(): _page(
                {"token_type": "Bearer", "expires_in": 3600, "access_token": self.access_token}
            ),
            METADATA.encode(): _page({"jwks_uri": f"http://127.0.0.1:{port}/keys"}),
            b"/keys": _page({"keys": [self._jwk()]}),
        }

    def _jwk(self) -> dict[str, str]:
        numbers = self._key.public_key().public_numbers()
        modulus, exponent = (
            _base64(number.to_bytes((number.bit_length() + 7) // 8))
            for number in (numbers.n, numbers.e)
        )
        return {"kty": "RSA", "use": "sig", "kid": "bench", "n": modulus, "e": exponent}

    def _signed(self) -> bytes:
        now = int(time.time())
        times = {"iat": now, "nbf": now, "exp": now + 3900}
        claims = {"iss": ISSUER, "aud": APP, "tid": wire.TENANT.decode(), **times}
        parts = [_base64(json.dumps(part).encode()) for part in (
            {"alg": "RS256", "typ": "JWT", "kid": "bench"}, claims,
        )]  # fmt: skip
        signed = ".".join(parts).encode()
        signature = self._key.sign(signed, PKCS1v15(), SHA256())
        return signed + b"." + _base64(signature).encode()


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _page(document: object) -> bytes:
    return wire.reply(b"200 OK", json.dumps(document).encode())
