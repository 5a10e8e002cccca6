"""Addresses to which a flow must never send a request, whatever name leads there.

Private networks are where business systems live, so they are allowed. Link-local addresses
and the metadata services of clouds hand out credentials to whoever asks from inside: never.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "168.63.129.16", "100.100.100.200", "fd00:ec2::254")
)
"""The metadata services of the large clouds, and Azure's wire server."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


def is_forbidden(text: str) -> bool:
    """Whether `text` is an address that may not be asked; a name is not an address."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return False
    return any(_forbidden(each) for each in _inside(address))


class GuardedResolver(AbstractResolver):
    """Resolves names and refuses those of which any address is forbidden.

    The connection is made to the very addresses that were checked here, so a name that changes
    its mind in between gains nothing.
    """

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name. Raises `OSError`."""
        found = await self._inner.resolve(host, port, family)
        if any(is_forbidden(each["host"]) for each in found):
            raise OSError("the name leads to an address that may not be asked")
        return found

    async def close(self) -> None:
        """Nothing to let go of."""
        await self._inner.close()


def _forbidden(address: Address) -> bool:
    special = address.is_link_local or address.is_multicast or address.is_unspecified
    return special or address in METADATA


def _inside(address: Address) -> list[Address]:
    """The address, and the IPv4 address that it wraps."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    wrapped: list[Address] = [address]
    if address.teredo is not None:
        wrapped.append(address.teredo[1])
    wrapped += [each for each in (address.ipv4_mapped, address.sixtofour) if each is not None]
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        wrapped.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return wrapped
