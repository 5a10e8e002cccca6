"""Keys and certificates of an app, as PEM texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.graph.signing import private_key

END = datetime(2026, 12, 1, tzinfo=UTC)


def key_pem(name: str = "certificate") -> str:
    return (
        private_key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    )


def certificate_pem(name: str = "certificate", end: datetime = END) -> str:
    key = private_key(name)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ivr")])
    return (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(end - timedelta(days=365))
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
        .decode()
    )
