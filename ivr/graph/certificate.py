"""A certificate in place of a secret: checked at the start, and watched as its end comes near."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ivr.errors import UsageError

WARN_DAYS = (30, 14, 7, 1, 0)
"""Days before its end at which a certificate is worth a warning; 0 when it is over."""

_THUMBPRINT = re.compile(r"[0-9A-F]{40}")
_CERTIFICATE = re.compile(
    r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----", re.ASCII
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?P<kind>[A-Z ]*PRIVATE KEY)-----[A-Za-z0-9+/=\s]+-----END (?P=kind)-----",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """An RSA private key (PEM) and what names its certificate.

    That is the certificate itself, in the same PEM text as the key: then Microsoft knows it by its
    SHA-256 digest. Otherwise it is the SHA-1 `thumbprint` (hex) that the portal shows.
    """

    private_key: str = field(repr=False)
    thumbprint: str = ""

    def for_msal(self) -> dict[str, str]:
        """The credential in msal's form. Raises `UsageError` for one that cannot work."""
        key = _PRIVATE_KEY.search(self.private_key)
        pem = key[0] if key else self.private_key
        loaded = _rsa_key(pem)
        if loaded is None:
            raise UsageError(
                "The certificate's private key cannot be read: give an RSA key in PEM form without "
                "a passphrase."
            )
        public = self._public()
        if public is None:
            return {"private_key": pem, "thumbprint": self._thumbprint()}
        certificate, text = public
        if certificate.public_key() != loaded.public_key():
            raise UsageError("The certificate is not that of the private key: give both together.")
        return {"private_key": pem, "public_certificate": text}

    def days_left(self, now: float) -> float | None:
        """Days until the certificate ends, negative afterwards; None where only the key is known.

        `now` is in seconds since 1970. Raises `UsageError` for a certificate that cannot be read.
        """
        public = self._public()
        if public is None:
            return None
        return (public[0].not_valid_after_utc.timestamp() - now) / 86_400

    def _public(self) -> tuple[x509.Certificate, str] | None:
        """The certificate of the key comes first in a chain."""
        found = _CERTIFICATE.search(self.private_key)
        if found is None:
            return None
        try:
            return x509.load_pem_x509_certificate(found[0].encode()), found[0]
        except ValueError:
            raise UsageError("The certificate cannot be read: give it in PEM form.") from None

    def _thumbprint(self) -> str:
        found = re.sub("[: ]", "", self.thumbprint).upper()
        if _THUMBPRINT.fullmatch(found) is None:
            raise UsageError(
                "The certificate's thumbprint is not SHA-1: give 40 hexadecimal digits, or put the "
                "certificate into the file of the key."
            )
        return found


def warning_level(days: float) -> int | None:
    """The last of `WARN_DAYS` that has been reached, to be told once; None while there is time."""
    reached = [level for level in WARN_DAYS if days <= level]
    return reached[-1] if reached else None


def _rsa_key(pem: str) -> RSAPrivateKey | None:
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPrivateKey) else None
