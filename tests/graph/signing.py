"""Support for the tests of notification tokens: keys, tokens good and bad, and a key publisher.

Tokens are put together by hand, so that a test can write one that no library would.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

APP = "0f2c7c1e-5a0d-4a7f-9a3b-6f6f0a4d2b11"
TENANT = "9d1f6e1a-3c1b-4d6e-8f43-1f2f3a4b5c6d"
ISSUERS = ("https://api.botframework.com", "https://graph.microsoft.com")
METADATA = "https://api.aps.skype.com/v1/.well-known/OpenIdConfiguration"
NOW = 1_790_000_000
"""Epoch seconds of the virtual clock's start."""


class VirtualClock:
    """A clock that a test moves."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@functools.cache
def private_key(name: str, bits: int = 2048) -> RSAPrivateKey:
    """One key per name for the whole test run: making one takes a tenth of a second."""
    return generate_private_key(65537, bits)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def b64_number(number: int) -> str:
    return b64(number.to_bytes((number.bit_length() + 7) // 8))


@dataclass(frozen=True)
class Signer:
    """Holds the private half of one key: makes tokens and its entry in a key set."""

    kid: str = "key-1"
    bits: int = 2048

    @property
    def key(self) -> RSAPrivateKey:
        return private_key(self.kid, self.bits)

    def jwk(self, **changes: object) -> dict[str, object]:
        numbers = self.key.public_key().public_numbers()
        entry: dict[str, object] = {"kty": "RSA", "use": "sig", "kid": self.kid, "x5t": self.kid}
        entry |= {"n": b64_number(numbers.n), "e": b64_number(numbers.e)}
        return entry | changes

    def sign(self, signed: bytes) -> bytes:
        return self.key.sign(signed, PKCS1v15(), SHA256())

    def header(self, **changes: object) -> dict[str, object]:
        return {"alg": "RS256", "typ": "JWT", "kid": self.kid, "x5t": self.kid} | changes

    def token(self, header: Mapping[str, object] | None = None, /, **claims: object) -> str:
        """A token with Microsoft's claims, changed as told; a claim set to `...` is left out."""
        return raw_token(
            json.dumps(self.header(**(header or {}))), json.dumps(good_claims(**claims)), self.sign
        )


def good_claims(**changes: object) -> dict[str, object]:
    claims: dict[str, object] = {"iss": ISSUERS[0], "aud": APP, "tid": TENANT}
    claims |= {"iat": NOW, "nbf": NOW, "exp": NOW + 3900}
    return {name: value for name, value in (claims | changes).items() if value is not ...}


def raw_token(header: str, payload: str, sign: Callable[[bytes], bytes]) -> str:
    """A token of exactly that text, signed with whatever `sign` does."""
    signed = f"{b64(header.encode())}.{b64(payload.encode())}"
    return f"{signed}.{b64(sign(signed.encode()))}"


def key_set(*signers: Signer) -> bytes:
    return json.dumps({"keys": [signer.jwk() for signer in signers]}).encode()


@dataclass
class Publisher:
    """Plays the hosts of metadata documents and key sets.

    `pages` holds what each address answers, bytes or an exception; an address that is not there
    answers like a host that is down. `asked` lists the addresses in order. While `hold` is set to
    an event, every answer waits for it.
    """

    pages: dict[str, bytes | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    hold: asyncio.Event | None = None

    async def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if self.hold is not None:
            await self.hold.wait()
        page = self.pages.get(url, ConnectionError("nobody listens"))
        if isinstance(page, Exception):
            raise page
        return page

    def publish(self, *signers: Signer, at: str = METADATA) -> None:
        """Serve a metadata document at `at` that leads to the keys of these signers."""
        keys_at = at.rsplit("/", 2)[0] + "/keys"
        metadata = {"issuer": "https://elsewhere.example", "jwks_uri": keys_at}
        self.pages[at] = json.dumps(metadata).encode()
        self.pages[keys_at] = key_set(*signers)

    def go_down(self) -> None:
        self.pages.clear()

    def refreshes(self, at: str = METADATA) -> int:
        """How often the metadata document was asked for: once in every refresh."""
        return self.asked.count(at)


def publisher_of(signers: Sequence[Signer]) -> Publisher:
    publisher = Publisher()
    publisher.publish(*signers)
    return publisher
