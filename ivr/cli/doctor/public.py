"""The public address: whether its name, its port and its certificate are what Graph needs."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from urllib.parse import SplitResult

from ivr.cli.doctor.check import Finding, NotLooked, bad, good, warn
from ivr.cli.doctor.scene import Scene
from ivr.net.addresses import is_loopback, port_of, split_url

CHANGING = (
    ".ngrok-free.app", ".ngrok-free.dev", ".ngrok.io", ".trycloudflare.com", ".loca.lt",
    ".serveo.net", ".localhost.run", ".lhr.life",
)  # fmt: skip
"""Names of tunnels that are another one after every start, unless one has been reserved."""

DAYS_LEFT = 14
NOTHING_THERE = "No node answers at IVR_PUBLIC_URL: start `ivr serve`."
TLS_FIXES = {
    10: "Renew the certificate.",
    18: "Get a certificate from a public authority: Microsoft trusts no other.",
    19: "Get a certificate from a public authority: Microsoft trusts no other.",
    20: "Have the server send its whole chain, the intermediate certificates included.",
    21: "Have the server send its whole chain, the intermediate certificates included.",
    62: "Get a certificate for the name in IVR_PUBLIC_URL.",
    64: "Get a certificate for the address in IVR_PUBLIC_URL, or use its name.",
}
"""By OpenSSL's number of what is wrong (X509_V_ERR_...)."""


def parts_of(scene: Scene) -> SplitResult:
    """The public address. Raises `NotLooked` for one that cannot be used."""
    scene.need("public_url")
    parts = split_url(scene.settings.public_url)
    if parts is None or parts.hostname is None:
        raise NotLooked("IVR_PUBLIC_URL is neither https nor on loopback.")
    return parts


async def name(scene: Scene) -> Finding:
    """Whether the name is one that stays (P62), and one that others can reach at all."""
    host = parts_of(scene).hostname or ""
    if is_loopback(host):
        return warn(
            "IVR_PUBLIC_URL is on this machine: only the simulator can reach it.",
            "Set it to the https address under which Graph reaches this service.",
        )
    if f".{host}".endswith(CHANGING):
        return warn(
            "IVR_PUBLIC_URL is the name of a tunnel, which may change when it is started again.",
            "Reserve a name, or set IVR_PUBLIC_URL and the bot's calling webhook each time.",
        )
    return good(f"{host} is a name that stays.")


async def address(scene: Scene) -> Finding:
    """Whether the name leads to addresses in public, and somebody listens there."""
    parts = parts_of(scene)
    host, port = parts.hostname or "", port_of(parts)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return bad(f"The name {host} leads nowhere.", "Make a DNS record, or correct the name.")
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    local = is_loopback(host)
    hidden = [each for each in addresses if not ipaddress.ip_address(each).is_global]
    if hidden and not local:
        return bad(
            f"{host} leads to {hidden[0]}, which Microsoft cannot reach.",
            "Have the public DNS record lead to a public address.",
        )
    silent = [each for each in addresses if not await _listens(each, port)]
    if len(silent) == len(addresses):
        if local:
            raise NotLooked(f"Nothing listens on port {port}: start `ivr serve`.")
        return bad(f"Nobody answers on port {port} of {host}.", "Open the port, start the proxy.")
    if silent:
        return warn(f"{silent[0]} of {host} does not answer.", "Remove it from DNS, or open it.")
    return good(f"{host} is reached at {', '.join(addresses[:3])}, port {port}.")


async def certificate(scene: Scene) -> Finding:
    """Whether clients that trust only public authorities would connect, by TLS 1.2 or later."""
    parts = parts_of(scene)
    if parts.scheme != "https":
        raise NotLooked("Plain http on loopback has no certificate.")
    try:
        version, days = await _handshake(scene, parts)
    except ssl.SSLCertVerificationError as error:
        fix = TLS_FIXES.get(error.verify_code, "Correct the certificate of the proxy.")
        return bad(f"The certificate is not good: {error.verify_message}.", fix)
    except ssl.SSLError:
        return bad("No TLS connection came about.", "Have the proxy speak TLS 1.2 or later.")
    except (OSError, asyncio.IncompleteReadError):
        raise NotLooked(NOTHING_THERE) from None
    said = f"{version}, and a certificate that is good for {days:.0f} days."
    return warn(said, "Renew the certificate now.") if days < DAYS_LEFT else good(said)


async def _listens(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(4):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def _handshake(scene: Scene, parts: SplitResult) -> tuple[str, float]:
    """The version of TLS, and for how many days the certificate is good."""
    _, writer = await asyncio.open_connection(parts.hostname, port_of(parts), ssl=scene.trust)
    try:
        tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
        found = tls.getpeercert() or {}
        ends = ssl.cert_time_to_seconds(str(found["notAfter"]))
        return tls.version() or "TLS", (ends - scene.clock()) / 86_400
    finally:
        writer.close()
