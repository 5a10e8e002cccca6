"""Whether a calling notification really comes from Microsoft: its bearer token, verified.

The token (a JWT, RFC 7519, signed as RFC 7515 says) vouches for the sender and the tenant, not for
the body (FACTS.md, section 7). The rules are few and fixed: RS256 only, the key from our own cache
by its id and never from the token, every claim required and of its exact type. What is verified is
what was parsed here, once; no second parser may read the token differently.

A verdict is a value: nothing that arrives can raise. Microsoft sends one token with every
notification for about an hour, so verdicts on good tokens are remembered by their digest.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from ivr.graph.jwks import decode_base64url, is_key_id

MAX_HEADER = 8 * 1024
"""Characters of an Authorization header; Microsoft's are about 1,500 long."""
SKEW = 300
"""Seconds by which Microsoft's clock and ours may differ."""
MAX_LIFETIME = 24 * 3600
"""Seconds between issue and expiry; Microsoft's tokens live about 65 minutes."""
REMEMBERED = 1024

Reason = Literal[
    "no_header",
    "several_headers",
    "too_long",
    "malformed",
    "algorithm",
    "extension",
    "key_id",
    "claims",
    "expired",
    "not_yet_valid",
    "lifetime",
    "audience",
    "tenant",
    "issuer",
    "unknown_key",
    "signature",
]
"""Why a token was rejected: few and fixed, so they may label a counter."""

_BEARER = re.compile(r"(?ai:bearer) +([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_CHANGES_THE_RULES = frozenset({"crit", "b64", "zip"})
_NOT_FOR_LOGS = re.compile(r"[^!-~]")


@dataclass(frozen=True, slots=True)
class Verified:
    """A good token: the tenant of the call, who issued it, and its expiry in epoch seconds."""

    tenant: str
    issuer: str
    expires: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A refused token; `kid` and `issuer` are its claims made safe for a log, where it has any."""

    reason: Reason
    kid: str = ""
    issuer: str = ""


class Keys(Protocol):
    """Where public keys come from; `ivr.graph.keys.KeyCache` in service."""

    async def find(self, kid: str, /) -> RSAPublicKey | None:
        """The key of that id, or None."""


class NotificationVerifier:
    """Verifies the Authorization header of calling notifications.

    `issuers` are accepted with and without one closing slash, as both are seen; `{tid}` in one
    stands for the token's own tenant. `tenants` are those whose calls are taken. Both, and
    `app_id`, are compared exactly, letter case included. `clock` gives epoch seconds.
    """

    def __init__(
        self,
        app_id: str,
        issuers: Collection[str],
        tenants: Collection[str],
        keys: Keys,
        clock: Callable[[], float],
    ) -> None:
        self._app_id = app_id
        self._issuers = {tenant: _spellings(issuers, tenant) for tenant in tenants}
        self._keys = keys
        self._clock = clock
        self._verified: OrderedDict[bytes, Verified] = OrderedDict()

    async def verify(self, authorization: Sequence[str]) -> Verified | Rejected:
        """Judge the values of all Authorization headers of a request; never raises."""
        if len(authorization) != 1:
            return Rejected("several_headers" if authorization else "no_header")
        header = authorization[0]
        if len(header) > MAX_HEADER:
            return Rejected("too_long")
        # A digest, so that no usable token lies about in memory.
        digest = hashlib.sha256(header.encode("utf-8", "surrogatepass")).digest()
        now = self._clock()
        verdict: Verified | Rejected | None = self._remembered(digest, now)
        if verdict is None:
            verdict = await self._judge(header, now)
            if isinstance(verdict, Verified):
                self._remember(digest, verdict)
        return verdict

    def _remembered(self, digest: bytes, now: float) -> Verified | None:
        verified = self._verified.get(digest)
        if verified is None or now >= verified.expires + SKEW:
            return None
        self._verified.move_to_end(digest)
        return verified

    def _remember(self, digest: bytes, verified: Verified) -> None:
        self._verified[digest] = verified
        if len(self._verified) > REMEMBERED:
            self._verified.popitem(last=False)

    async def _judge(self, header: str, now: float) -> Verified | Rejected:
        try:
            token = _parse(header)
        except _RejectedError as error:
            return Rejected(error.reason)
        try:
            kid = _key_id(token.header)
            verified = self._check_claims(token.claims, now)
            # The key comes last: only a token that is right otherwise may cause a fetch.
            _check_signature(token, await self._keys.find(kid))
        except _RejectedError as error:
            return Rejected(
                error.reason, _loggable(token.header.get("kid")), _loggable(token.claims.get("iss"))
            )
        return verified

    def _check_claims(self, claims: dict[str, object], now: float) -> Verified:
        expires = _check_times(claims, now)
        if claims.get("aud") != self._app_id:
            _reject("audience")
        tenant, issuer = claims.get("tid"), claims.get("iss")
        if not isinstance(tenant, str) or tenant not in self._issuers:
            _reject("tenant")
        if not isinstance(issuer, str) or issuer not in self._issuers[tenant]:
            _reject("issuer")
        return Verified(tenant, issuer, expires)


@dataclass(frozen=True, slots=True)
class _Token:
    header: dict[str, object]
    claims: dict[str, object]
    signed: bytes
    signature: bytes


class _RejectedError(Exception):
    def __init__(self, reason: Reason) -> None:
        self.reason: Reason = reason


def _reject(reason: Reason) -> NoReturn:
    raise _RejectedError(reason)


def _spellings(issuers: Collection[str], tenant: str) -> frozenset[str]:
    bare = {issuer.replace("{tid}", tenant).removesuffix("/") for issuer in issuers}
    return frozenset(bare | {f"{issuer}/" for issuer in bare})


def _parse(header: str) -> _Token:
    """Take a bearer token apart (RFC 6750 2.1; RFC 7515 7.1, in its strictest reading)."""
    match = _BEARER.fullmatch(header)
    if match is None:
        _reject("malformed")
    head, payload, signature = match.groups()
    try:
        return _Token(
            _json_object(decode_base64url(head)),
            _json_object(decode_base64url(payload)),
            f"{head}.{payload}".encode("ascii"),
            decode_base64url(signature),
        )
    except (ValueError, RecursionError):
        _reject("malformed")


def _json_object(text: bytes) -> dict[str, object]:
    found = json.loads(
        text.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_such_number
    )
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _unique(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a member stands twice")
    return found


def _no_such_number(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _key_id(header: dict[str, object]) -> str:
    """The key id of a header that asks for nothing but RS256 by a key of ours.

    `jku`, `jwk`, `x5u` and `x5c`, which offer a key, are never looked at.
    """
    if header.get("alg") != "RS256":
        _reject("algorithm")
    kind = header.get("typ", "JWT")
    if _CHANGES_THE_RULES & header.keys() or not isinstance(kind, str) or kind.upper() != "JWT":
        _reject("extension")
    kid = header.get("kid")
    if not isinstance(kid, str) or not is_key_id(kid):
        _reject("key_id")
    return kid


def _check_times(claims: dict[str, object], now: float) -> int:
    expires, begins, issued = (_instant(claims.get(name)) for name in ("exp", "nbf", "iat"))
    if now >= expires + SKEW:
        _reject("expired")
    if max(begins, issued) > now + SKEW:
        _reject("not_yet_valid")
    if expires - min(begins, issued) > MAX_LIFETIME:
        _reject("lifetime")
    return expires


def _instant(claim: object) -> int:
    """Epoch seconds as a whole JSON number; a range that no clock reaches also bars infinity."""
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        _reject("claims")
    if not 0 <= claim < 2**53 or claim != int(claim):
        _reject("claims")
    return int(claim)


def _check_signature(token: _Token, key: RSAPublicKey | None) -> None:
    if key is None:
        _reject("unknown_key")
    try:
        key.verify(token.signature, token.signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        _reject("signature")


def _loggable(claim: object) -> str:
    """A claim for a log line: printable ASCII, cut to 128 characters."""
    return _NOT_FOR_LOGS.sub("?", claim[:128]) if isinstance(claim, str) else ""
