"""What an OpenID metadata document and a JSON Web Key Set (RFC 7517) say, checked before use.

Pure functions from bytes to RSA keys, and the rules for addresses: which may be used at all, and
to which host a document may send us. Only `jwks_uri` is read of the metadata: its `issuer` does not
match its own address and its list of algorithms holds a name that does not exist, so the usual
discovery checks would refuse it (FACTS.md, section 7).
"""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import SplitResult

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from ivr.net.addresses import port_of, same_origin, split_url

MAX_DOCUMENT = 256 * 1024
MAX_KEYS = 100
KEY_BITS = range(2048, 8192 + 1)
SHARED_DOMAINS = ("skype.com", "botframework.com", "botframework.azure.us")
"""Domains in which Microsoft alone names hosts, so one host may point to another."""

_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class UnusableError(Exception):
    """A document that does not lead to keys; the text says why and holds nothing of it."""


def keys_url(metadata_url: str, metadata: bytes) -> str:
    """The address of the keys that a metadata document names, if it may send us there.

    It may name its own host and port, or, over https and the usual port, another host of the same
    one of `SHARED_DOMAINS`: a document that was tampered with cannot point us into our own network.
    Raises `UnusableError`.
    """
    found = _json_object(metadata).get("jwks_uri")
    parts = split_url(found) if isinstance(found, str) else None
    home = split_url(metadata_url)
    if not isinstance(found, str) or parts is None or home is None:
        raise UnusableError("jwks_uri is missing or not an https address")
    if same_origin(parts, home):
        return found
    shared = _shared_domain(parts)
    if shared is None or shared != _shared_domain(home):
        raise UnusableError("jwks_uri is on a foreign host")
    return found


def rsa_keys(document: bytes) -> dict[str, RSAPublicKey]:
    """The RSA signature keys of a key set by key id, never empty; others are passed over.

    Of two keys with one id the first counts. Raises `UnusableError`.
    """
    listed = _json_object(document).get("keys")
    if not isinstance(listed, list):
        raise UnusableError("the document lists no keys")
    found: dict[str, RSAPublicKey] = {}
    for jwk in listed[:MAX_KEYS]:
        named = rsa_key(jwk)
        if named is not None:
            found.setdefault(*named)
    if not found:
        raise UnusableError("none of the keys is an RSA key for signatures")
    return found


def rsa_key(jwk: object) -> tuple[str, RSAPublicKey] | None:
    """A key with its id; None for a key of another kind, use or size (RFC 7518, 6.3.1)."""
    if not isinstance(jwk, dict) or jwk.get("kty") != "RSA" or jwk.get("use", "sig") != "sig":
        return None
    kid, n, e = jwk.get("kid"), jwk.get("n"), jwk.get("e")
    if not (isinstance(kid, str) and isinstance(n, str) and isinstance(e, str) and is_key_id(kid)):
        return None
    try:
        modulus, exponent = (int.from_bytes(decode_base64url(number)) for number in (n, e))
        if modulus.bit_length() not in KEY_BITS:
            return None
        return kid, RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError:
        return None


def jwk_of(kid: str, key: RSAPublicKey) -> dict[str, str]:
    """The JSON Web Key that `rsa_key` reads as this key."""
    numbers = key.public_numbers()
    return {
        "kty": "RSA",
        "use": "sig",
        "kid": kid,
        "n": _number(numbers.n),
        "e": _number(numbers.e),
    }


def is_key_id(text: str) -> bool:
    """Whether `text` may be a key id: up to 64 letters, digits, dots, dashes and underscores."""
    return _KEY_ID.fullmatch(text) is not None


def decode_base64url(text: str) -> bytes:
    """Decode base64url as RFC 7515 writes it: no padding, no white space, one spelling per value.

    Raises ValueError for everything else.
    """
    if _BASE64URL.fullmatch(text) is None:
        raise ValueError("not base64url")
    decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != text:
        raise ValueError("not the one spelling of its value")
    return decoded


def _shared_domain(parts: SplitResult) -> str | None:
    if (parts.scheme, port_of(parts)) != ("https", 443):
        return None
    host = f".{parts.hostname}"
    return next((domain for domain in SHARED_DOMAINS if host.endswith(f".{domain}")), None)


def _json_object(document: bytes) -> dict[str, object]:
    if len(document) > MAX_DOCUMENT:
        raise UnusableError("the document is too long")
    try:
        found = json.loads(document.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise UnusableError("the document is not JSON") from None
    if not isinstance(found, dict):
        raise UnusableError("the document is not a JSON object")
    return found


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
