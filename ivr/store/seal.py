"""Sealing: everything a caller said or is, encrypted before it reaches a disk or a URL.

Each call has a key of its own, stored wrapped under the master key (`IVR_SEAL_KEY`). Destroying
the wrapped key makes all that was sealed with it unreadable, in every copy and backup.
The algorithm is AES-256-GCM (NIST SP 800-38D) with random 96-bit nonces; the master key itself
is never used directly, only keys derived from it (RFC 5869, the expand step).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from ivr.errors import StoreUnavailable, UsageError

KEY_BYTES = 32
_NONCE_BYTES = 12
_CALLBACK_BYTES = 16
_CALL_KEY = b"call-key"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,2048}")


class Unreadable(StoreUnavailable):
    """What is stored cannot be read: it was changed, or sealed with another key."""


class Sealer:
    """Seals and opens bytes; holds the keys derived from the master key.

    `bound` is what the sealed bytes belong to (a call and a row). It is not stored, so bytes
    that were moved to another row do not open there.
    """

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_BYTES:
            raise UsageError(f"The seal key must have {KEY_BYTES} bytes.")
        self._wrapping = _derived(master, b"ivr wrap")
        self._tokens = _derived(master, b"ivr token")
        self._callbacks = _derived(master, b"ivr callback")

    def __repr__(self) -> str:
        return "Sealer(...)"

    def new_key(self) -> bytes:
        """A fresh key for one call."""
        return os.urandom(KEY_BYTES)

    def wrap(self, key: bytes) -> bytes:
        """A call's key as it may be stored."""
        return self.seal(self._wrapping, key, _CALL_KEY)

    def unwrap(self, wrapped: bytes) -> bytes:
        """The key that `wrap` was given. Raises `Unreadable`."""
        return self.open(self._wrapping, wrapped, _CALL_KEY)

    def seal(self, key: bytes, plain: bytes, bound: bytes) -> bytes:
        """The nonce, the encrypted bytes and the tag, in that order."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(key).encrypt(nonce, plain, bound)

    def open(self, key: bytes, sealed: bytes, bound: bytes) -> bytes:
        """The bytes that `seal` was given. Raises `Unreadable`."""
        try:
            return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound)
        except (InvalidTag, ValueError):
            raise Unreadable from None

    def token(self, kind: str, payload: bytes) -> str:
        """An opaque text that fits into one segment of a URL's path; `kind` says what it is for."""
        return _text(self.seal(self._tokens, payload, kind.encode()))

    def read_token(self, kind: str, text: str) -> bytes | None:
        """The payload, or None when the text is not a token of this kind that we made."""
        sealed = _bytes(text)
        if sealed is None:
            return None
        try:
            return self.open(self._tokens, sealed, kind.encode())
        except Unreadable:
            return None

    def callback_key(self, call_id: str) -> str:
        """The unguessable part of a call's own callback path: 32 lower-case hex digits."""
        # Keyed BLAKE2 (RFC 7693) is made for this, and takes a tenth of the time of an HMAC.
        mac = hashlib.blake2b(call_id.encode(), key=self._callbacks, digest_size=_CALLBACK_BYTES)
        return mac.hexdigest()

    def matches(self, call_id: str, key: str) -> bool:
        """Whether `key` is the call's callback key; every wrong key takes the same time."""
        given = key.encode(errors="backslashreplace")
        return hmac.compare_digest(self.callback_key(call_id).encode(), given)


def _derived(master: bytes, purpose: bytes) -> bytes:
    return HKDFExpand(SHA256(), KEY_BYTES, purpose).derive(master)


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes | None:
    """The reverse of `_text`; a second spelling of the same bytes is not accepted."""
    if not _TOKEN.fullmatch(text) or len(text) % 4 == 1:
        return None
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return raw if _text(raw) == text else None
