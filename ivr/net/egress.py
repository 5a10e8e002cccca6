"""Addresses to which nothing must ever be sent, whatever name leads there.

Two rules. Requests of flows may go to private networks, as business systems live there, but never
to what hands out credentials to whoever asks from inside: link-local addresses, the metadata
services of clouds, and ranges that no service has an honest address in. What a notification or a
document from outside names may lead to public addresses only.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from ivr.net.addresses import is_loopback, split_url

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192",
        "fd00:ec2::254", "fd20:ce::254", "fd00:c1::a9fe:a9fe",
    )
)  # fmt: skip
"""The metadata services of the large clouds, and Azure's wire server."""

_NOBODYS = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "192.0.0.0/24", "224.0.0.0/4",
        "240.0.0.0/4", "::/128", "100::/64", "64:ff9b:1::/48", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
"""This network, carriers' NAT, link-local, protocol assignments, multicast, reserved and broadcast;
unspecified, discard, local NAT64, link-local, site-local and multicast (IANA's registries)."""

_WRAPPING = tuple(ipaddress.IPv6Network(text) for text in ("64:ff9b::/96", "::ffff:0:0:0/96"))
"""NAT64 and SIIT: an IPv4 address is in the last 32 bits."""
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})
_LAST = 0xFFFFFFFF


def is_forbidden(text: str) -> bool:
    """Whether `text` is an address that may not be asked by anybody; a name is no address."""
    return any(_nobodys(each) for each in _addresses(text))


def is_not_public(text: str) -> bool:
    """Whether `text` is an address outside the public network; a name is no address.

    An address that wraps another is not public, whatever it wraps: no service lives there.
    """
    found = _addresses(text)
    return len(found) > 1 or any(_nobodys(each) or not each.is_global for each in found)


class GuardedResolver(AbstractResolver):
    """Resolves names and refuses those of which any address is forbidden.

    The connection is made to the very addresses that were checked here, so a name that changes
    its mind in between gains nothing.
    """

    def __init__(self, inner: AbstractResolver | None = None) -> None:
        self._inner = inner or ThreadedResolver()

    @staticmethod
    def refuses(host: str) -> bool:
        """Whether a host that is an address may not be asked."""
        return is_forbidden(host)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name. Raises `OSError`."""
        found = await self._inner.resolve(host, port, family)
        if any(self.refuses(each["host"]) for each in found):
            raise OSError("the name leads to an address that may not be asked")
        return found

    async def close(self) -> None:
        """Let go of what finds addresses."""
        await self._inner.close()


class PublicResolver(GuardedResolver):
    """Resolves names and refuses those of which any address is not public."""

    @staticmethod
    def refuses(host: str) -> bool:
        """Whether a host that is an address is not public."""
        return is_not_public(host)


def resolver_beside(url: str) -> type[GuardedResolver] | None:
    """The resolver for what a service at `url` sends us to: anything, where it is on loopback."""
    parts = split_url(url)
    return None if parts is not None and is_loopback(parts.hostname) else PublicResolver


def _nobodys(address: Address) -> bool:
    return address in METADATA or any(address in network for network in _NOBODYS)


def _addresses(text: str) -> list[Address]:
    """The address in `text` and those that it wraps; none for a name."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return []
    return [address] if address.version == 4 else [address, *_wrapped(address)]


def _wrapped(address: ipaddress.IPv6Address) -> list[Address]:
    found: list[Address] = [*(address.teredo or ())]
    found += [each for each in (address.ipv4_mapped, address.sixtofour) if each is not None]
    number = int(address)
    compatible = address in _COMPATIBLE and number > 1
    isatap = number >> 32 & _LAST in _ISATAP
    if compatible or isatap or any(address in network for network in _WRAPPING):
        found.append(ipaddress.IPv4Address(number & _LAST))
    return found
