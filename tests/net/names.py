"""A name service for tests: what a name leads to, under the guard of our own resolvers."""

from __future__ import annotations

import socket

from aiohttp.abc import AbstractResolver, ResolveResult

from ivr.net.egress import GuardedResolver


class Names(AbstractResolver):
    """A name service in which one name has these addresses, and changes its mind when told."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self.addresses
        ]

    async def close(self) -> None:
        pass


def guarding(names: Names, kind: type[GuardedResolver]) -> type[GuardedResolver]:
    """The guard over these names."""

    class Guard(kind):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            super().__init__(names)

    return Guard
