"""This node's right to act: a lease in the store, renewed each second.

Whoever was stopped, asleep or cut off from the store for longer than the lease may have been
replaced by others. It finds out here, before it sends anything: the lease counts from the moment
before the renewal was asked for, so it is over here before it is over in the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog

from ivr.core.values import Millis
from ivr.errors import Fenced, StoreUnavailable
from ivr.ports import CallStore, Clock
from ivr.runtime.clock import steady

LENGTH: Millis = 5_000
RENEW_EVERY: Millis = 1_000

log = structlog.get_logger()


class Holding(Protocol):
    """A lease, as those see it who act under it."""

    @property
    def fresh(self) -> bool:
        """Whether this node may act at this moment."""
        ...

    async def held(self) -> None:
        """Return as soon as the lease is fresh."""
        ...

    async def confirm(self) -> None:
        """Ask the store whether the lease is still ours: somebody may have our name by now.

        Raises `Fenced` and `StoreUnavailable`.
        """
        ...

    def lose(self) -> None:
        """The store says that the lease is over."""
        ...


class Alone:
    """The lease of a node that shares its store with nobody, and never will."""

    fresh = True

    async def held(self) -> None:
        """See `Holding`."""

    async def confirm(self) -> None:
        """See `Holding`."""

    def lose(self) -> None:
        """See `Holding`."""


class Lease:
    """The lease of one node under a name. `lost` is called when it is over, before anything else.

    A lease that was lost is not taken again under the same name: that may be another's by now, such
    as our own successor's. `timer` counts milliseconds and is set by nobody.
    """

    def __init__(
        self,
        store: CallStore,
        clock: Clock,
        node: str,
        lost: Callable[[], None],
        timer: Callable[[], Millis] = steady,
    ) -> None:
        self._store = store
        self._clock = clock
        self._node = node
        self._lost = lost
        self._timer = timer
        self._until: Millis | None = None
        self._renewed = asyncio.Event()
        self._times_lost = 0

    @property
    def fresh(self) -> bool:
        """See `Holding`."""
        return self._until is not None and self._timer() < self._until

    async def held(self) -> None:
        """See `Holding`."""
        while not self.fresh:
            self._renewed.clear()
            await self._renewed.wait()

    async def confirm(self) -> None:
        """See `Holding`."""
        try:
            await self._store.renew()
        except Fenced:
            self.lose()
            raise

    def lose(self) -> None:
        """See `Holding`."""
        if self._until is not None:
            self._until = None
            self._times_lost += 1
            log.error("lease_lost", node=self._node)
            self._lost()

    async def begin(self) -> None:
        """Take the lease. Raises `StoreUnavailable`."""
        name = f"{self._node}.{self._times_lost}" if self._times_lost else self._node
        asked = self._timer()
        await self._store.enlist(name, LENGTH)
        self._extend(asked)

    async def run(self) -> None:
        """Renew the lease until cancelled, and take a new one when it is lost."""
        while True:
            await self._clock.sleep(RENEW_EVERY)
            try:
                await self._renew()
            except StoreUnavailable as error:
                log.warning("lease_not_renewed", reason=str(error))

    async def end(self) -> None:
        """Give the lease up, so that others take over at once what is left."""
        self._until = None
        try:
            await self._store.resign()
        except StoreUnavailable as error:
            log.warning("lease_not_given_up", reason=str(error))

    async def _renew(self) -> None:
        asked, losses = self._timer(), self._times_lost
        try:
            if self._until is not None:
                await self._store.renew()
                # What was lost meanwhile is lost, whatever was answered before.
                if self._times_lost == losses:
                    self._extend(asked)
        except Fenced:
            self.lose()
        if self._until is None:
            await self.begin()

    def _extend(self, asked: Millis) -> None:
        self._until = asked + LENGTH
        self._renewed.set()
