"""An HTTP server on loopback that reads requests properly and answers as badly as it is told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Behaviour = Callable[["Talk"], Awaitable[None]]


class Talk:
    """One connection; `number` counts the requests that were read on it, from 1."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.number = 0
        self._writer = writer

    async def say(self, text: bytes) -> None:
        self._writer.write(text)
        await self._writer.drain()

    async def answer(self, status: str = "200 OK", body: bytes = b"", *headers: bytes) -> None:
        lines = [f"HTTP/1.1 {status}".encode(), b"Content-Length: %d" % len(body), *headers]
        await self.say(b"\r\n".join([*lines, b"", body]))

    def hang_up(self) -> None:
        """Close in good order."""
        self._writer.close()

    def reset(self) -> None:
        """Drop the connection as a crash would."""
        self._writer.transport.abort()


class RudeServer:
    """Keeps every request that it has read in full, and how many connections it has had."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.requests: list[bytes] = []
        self.connections = 0
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        talk = Talk(writer)
        try:
            while not writer.is_closing():
                self.requests.append(await _request(reader))
                talk.number += 1
                await self.behaviour(talk)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def stop(self, server: asyncio.Server) -> None:
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await server.wait_closed()


@asynccontextmanager
async def rude(
    behaviour: Behaviour, tls: ssl.SSLContext | None = None
) -> AsyncIterator[RudeServer]:
    """A server that behaves so while the block lasts."""
    rude_server = RudeServer(behaviour)
    server = await asyncio.start_server(rude_server.serve, "127.0.0.1", 0, ssl=tls)
    rude_server.port = server.sockets[0].getsockname()[1]
    try:
        yield rude_server
    finally:
        await rude_server.stop(server)


async def free_port() -> int:
    """A port on which nobody listens."""
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


def own_certificate(folder: Path) -> ssl.SSLContext:
    """TLS for 127.0.0.1 with a certificate that nobody else has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "rude")])
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=36_500))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "rude.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return head + await reader.readexactly(length)
