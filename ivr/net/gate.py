"""Which requests may go out now: shares of the connections, and a breaker for each host.

Three rules. A host that hangs takes no more than its share, so the others go on. What is urgent (a
keep-alive, a hang-up) waits for nobody: some connections are kept for it alone, and a breaker that
is open does not hold it back. And what may not go now was never sent, which is said with the time
after which it may.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from ivr.errors import NotSent
from ivr.net.breaker import Breaker

MAX_HOSTS = 256
"""Hosts whose state is kept; flows name few, but hosts of recordings come from outside."""

Origin = tuple[str, str]
"""Scheme and host, with its port."""


class _Host:
    """One host: its breaker, its share of the connections, and how many requests it has."""

    def __init__(self, share: int, clock: Callable[[], float]) -> None:
        self.breaker = Breaker(clock)
        self.share = asyncio.Semaphore(share)
        self.users = 0


class Passage:
    """The right of one request to go; it must be given back."""

    __slots__ = ("_began", "_gate", "_host", "_urgent")

    def __init__(self, gate: Gate, host: _Host, began: float, urgent: bool) -> None:
        self._gate, self._host, self._began, self._urgent = gate, host, began, urgent

    def leave(self, ok: bool | None) -> None:
        """Give it back, with how the host did; None when nobody can tell."""
        if ok is None:
            self._host.breaker.abandon(self._began)
        else:
            self._host.breaker.report(self._began, ok=ok)
        self._host.users -= 1
        if not self._urgent:
            self._gate.give_back(self._host)


class Gate:
    """Admits requests to `most` connections, of which `reserved` are for what is urgent.

    `home` is the host that the connections are for: it may take all the others. Any other host may
    take a quarter of them. `clock` gives seconds.
    """

    def __init__(
        self, most: int, reserved: int, home: Origin | None, clock: Callable[[], float]
    ) -> None:
        self._free = asyncio.Semaphore(most - reserved)
        self._most, self._share, self._home = most - reserved, most // 4, home
        self._clock = clock
        self._hosts: OrderedDict[Origin, _Host] = OrderedDict()

    @property
    def hosts(self) -> int:
        """How many hosts are remembered."""
        return len(self._hosts)

    async def enter(self, origin: Origin, patience: float, *, urgent: bool) -> Passage:
        """Wait for a connection to `origin`, at most `patience` seconds. Raises `NotSent`."""
        host = self._hosts.get(origin) or self._new(origin)
        host.users += 1
        try:
            if not urgent:
                await self._wait(host, patience)
        except BaseException:
            host.users -= 1
            raise
        return Passage(self, host, self._clock(), urgent)

    async def _wait(self, host: _Host, patience: float) -> None:
        """Look at the breaker before a place is waited for, and ask it when there is one.

        Only whoever has a place may be the probe, and a service may have failed in the meantime.
        """
        _turned_away(host.breaker.open_for())
        await self._place(host, patience)
        try:
            _turned_away(host.breaker.admit())
        except NotSent:
            self.give_back(host)
            raise

    def give_back(self, host: _Host) -> None:
        """A connection is free again."""
        self._free.release()
        host.share.release()

    async def _place(self, host: _Host, patience: float) -> None:
        if not (host.share.locked() or self._free.locked()):
            await host.share.acquire()  # neither of them waits
            await self._free.acquire()
            return
        try:
            async with asyncio.timeout(patience):
                await host.share.acquire()
                try:
                    await self._free.acquire()
                except BaseException:
                    host.share.release()
                    raise
        except TimeoutError:
            raise NotSent(
                "All connections to the service are taken; nothing was sent.", late=True
            ) from None

    def _new(self, origin: Origin) -> _Host:
        if len(self._hosts) >= MAX_HOSTS:
            idle = (name for name, host in self._hosts.items() if not host.users)
            self._hosts.pop(next(idle, origin), None)
        share = self._most if origin == self._home else self._share
        self._hosts[origin] = host = _Host(share, self._clock)
        return host


def _turned_away(pause: float) -> None:
    if pause:
        raise NotSent(
            "The service failed too often just now and is left in peace; nothing was sent.", pause
        )
