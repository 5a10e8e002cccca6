"""What an OpenID metadata document and a JSON Web Key Set (RFC 7517) say, checked before use.

Pure functions from bytes to RSA keys, and the rules for addresses: which may be used at all, and
to which host a document may send us. Only `jwks_uri` is read of the metadata: its `issuer` does not
match its own address and its list of algorithms holds a name that does not exist, so the usual
discovery checks would refuse it (FACTS.md, section 7).
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from urllib.parse import SplitResult, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from ivr.errors import UsageError

MAX_DOCUMENT = 256 * 1024
MAX_KEYS = 100
KEY_BITS = range(2048, 8192 + 1)
SHARED_DOMAINS = ("skype.com", "botframework.com", "botframework.azure.us")
"""Domains in which Microsoft alone names hosts, so one host may point to another."""

_USUAL_PORTS = {"http": 80, "https": 443}
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_PLAIN_URL = re.compile(r"[!-\[\]-~]{1,2048}")  # no space, control character or backslash


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
        named = _rsa_key(jwk)
        if named is not None:
            found.setdefault(*named)
    if not found:
        raise UnusableError("none of the keys is an RSA key for signatures")
    return found


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


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine's loopback interface."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def safe_url(url: str, setting: str) -> SplitResult:
    """Split an address that is https, or http on loopback, without a user name or fragment.

    Raises `UsageError`, naming `setting`, for any other.
    """
    parts = split_url(url)
    if parts is None:
        raise UsageError(f"{setting} needs an https address; plain http works on loopback only.")
    return parts


def same_origin(one: SplitResult, other: SplitResult) -> bool:
    """Whether two addresses share scheme, host and port; all names of loopback count as one."""
    if (one.scheme, _port(one)) != (other.scheme, _port(other)):
        return False
    both_loopback = is_loopback(one.hostname) and is_loopback(other.hostname)
    return both_loopback or one.hostname == other.hostname


def split_url(url: str) -> SplitResult | None:
    """Split an address as `safe_url` does; None for one that may not be used."""
    if _PLAIN_URL.fullmatch(url) is None:
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  reading it is what checks it
    except ValueError:
        return None
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    plain = bool(parts.hostname) and "@" not in parts.netloc and not parts.fragment
    return parts if secure and plain else None


def _port(parts: SplitResult) -> int:
    return parts.port or _USUAL_PORTS[parts.scheme]


def _shared_domain(parts: SplitResult) -> str | None:
    if (parts.scheme, _port(parts)) != ("https", 443):
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


def _rsa_key(jwk: object) -> tuple[str, RSAPublicKey] | None:
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
