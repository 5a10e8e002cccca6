"""Certificates for a server on loopback: right ones, for another name, and out of date."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ALWAYS = (datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=36_500))
PAST = (datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=1))


def certificate(
    folder: Path, address: str = "127.0.0.1", valid: tuple[datetime, timedelta] = ALWAYS
) -> Path:
    """A file with a key and a certificate that it has signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop")])
    begin, length = valid
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = (
        builder.not_valid_before(begin)
        .not_valid_after(begin + length)
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "shop.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def serving(path: Path) -> ssl.SSLContext:
    """What a server needs to show a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def serving_old_tls(path: Path) -> ssl.SSLContext:
    """The same, with a version of TLS that nobody should speak any more."""
    context = serving(path)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def trusting(path: Path) -> ssl.SSLContext:
    """What a client needs to believe in a certificate of a file."""
    return ssl.create_default_context(cafile=str(path))
