"""An authority of our own, and servers on loopback that show what it has signed."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class Authority:
    """Signs certificates; `parent` has signed its own, itself where there is none."""

    def __init__(self, name: str, parent: Authority | None = None) -> None:
        self.key = generate_private_key(SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signer = parent or self
        builder = _builder(self.name, signer.name, self.key, 3650).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.pem = builder.sign(signer.key, SHA256()).public_bytes(Encoding.PEM)

    def issue(self, days: float, host: str = "127.0.0.1") -> tuple[bytes, bytes]:
        """A certificate for an address, good for `days` from now, and its key; both PEM."""
        key = generate_private_key(SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
        builder = _builder(name, self.name, key, days).add_extension(names, critical=False)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return builder.sign(self.key, SHA256()).public_bytes(Encoding.PEM), private

    def trust(self) -> ssl.SSLContext:
        """A client that trusts this authority and no other."""
        return ssl.create_default_context(cadata=self.pem.decode())


@asynccontextmanager
async def tls_server(folder: Path, chain: bytes, key: bytes) -> AsyncIterator[int]:
    """A port on which TLS is spoken with these certificates, and nothing after."""
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    async with plain_server(context) as port:
        yield port


@asynccontextmanager
async def plain_server(context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A port on which nothing is said."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0, ssl=context)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, days: float
) -> x509.CertificateBuilder:
    # OpenSSL judges certificates by the machine's clock, so a virtual one is of no use here.
    now = datetime.fromtimestamp(time.time(), UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
    )
