"""Access tokens for Graph: one per tenant, fetched ahead of time, kept through an outage.

A token must be of the call's own tenant, or Graph refuses it (code 7505; FACTS.md 1.2). A new one
is asked for in the background at half of a token's life, so that the login endpoint may be down
for half an hour without any call noticing.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from ivr.errors import Refused, Temporary
from ivr.graph.login import GRAPH_SCOPE, Credential, Grant, Login

MARGIN = 60.0
"""Seconds before its expiry at which a token is no longer sent."""
BACKGROUND_GAP = 30.0
"""Seconds between attempts while the present token is still good."""
FOREGROUND_GAP = 2.0
"""Seconds after a failure during which calls without a token get the same failure at once."""

_log = logging.getLogger(__name__)
_Outcome = Grant | Temporary | Refused


@dataclass(slots=True)
class _Slot:
    """One tenant's token and how the last attempt to get one went."""

    token: str = field(default="", repr=False)
    refresh_at: float = -math.inf
    usable_until: float = -math.inf
    failure: Temporary | Refused | None = None
    failed_at: float = -math.inf
    asking: asyncio.Task[_Outcome] | None = None

    def keep(self, grant: Grant, asked_at: float) -> None:
        self.token = grant.token
        self.refresh_at = asked_at + grant.life / 2
        self.usable_until = asked_at + grant.life - MARGIN
        self.failure = None

    def drop(self) -> None:
        self.token = ""
        self.refresh_at = self.usable_until = -math.inf

    def recent_failure(self, now: float) -> Temporary | Refused | None:
        """The last attempt's failure, while it is too early for another attempt."""
        gap = BACKGROUND_GAP if now < self.usable_until else FOREGROUND_GAP
        if isinstance(self.failure, Temporary):
            gap = max(gap, self.failure.delay or 0.0)
        # A clock that was set back must not put off the next attempt.
        return self.failure if 0 <= now - self.failed_at < gap else None


class TokenSource:
    """Gives an access token for any tenant; belongs to one event loop.

    `credential` is the app's secret or a `Certificate`, `next_credential` another one that may take
    its place while secrets are changed; `login_url` may be plain http on loopback;
    `clock` gives epoch seconds and is read from threads too; `scope` follows the Graph root
    (`scope_for` in `ivr.graph.login`); `limit` is how many seconds to wait for the endpoint. Raises
    `UsageError` for an address or a credential that cannot be used.
    """

    def __init__(
        self,
        app_id: str,
        credential: Credential,
        login_url: str,
        clock: Callable[[], float],
        *,
        scope: str = GRAPH_SCOPE,
        limit: float = 5.0,
        next_credential: Credential | None = None,
    ) -> None:
        self._login = Login(
            app_id, credential, login_url, clock,
            scope=scope, limit=limit, next_credential=next_credential,
        )  # fmt: skip
        self._clock = clock
        self._slots: dict[str, _Slot] = {}

    async def token(self, tenant: str) -> str:
        """A token that Graph will take for a minute at least.

        Waits only when there is none. Raises `Temporary` when the login endpoint cannot be reached
        and `Refused`, with Microsoft's AADSTS code, when it gives this app no token.
        """
        slot = self._slots.setdefault(tenant, _Slot())
        now = self._clock()
        if now < slot.refresh_at:
            return slot.token
        usable = now < slot.usable_until
        failure = slot.recent_failure(now)
        if slot.asking is None and failure is not None:
            return slot.token if usable else _token_of(failure)
        asking = slot.asking or self._start_asking(tenant, slot)
        # Shielded: a call that gives up must not end the attempt of the others.
        return slot.token if usable else _token_of(await asyncio.shield(asking))

    def drop(self, tenant: str, token: str | None = None) -> None:
        """Forget the tenant's token, which Graph has refused (401, 7504); the next is a new one.

        With `token`, the refused one, a token that has replaced it meanwhile is kept: a hundred
        calls refused together ask once.
        """
        slot = self._slots.get(tenant)
        if slot is not None and token in (None, slot.token):
            slot.drop()

    async def aclose(self) -> None:
        """Wait for attempts under way, which end by themselves: a thread cannot be cancelled."""
        await asyncio.gather(*(slot.asking for slot in self._slots.values() if slot.asking))

    def _start_asking(self, tenant: str, slot: _Slot) -> asyncio.Task[_Outcome]:
        slot.asking = asyncio.create_task(self._ask(tenant, slot))
        return slot.asking

    async def _ask(self, tenant: str, slot: _Slot) -> _Outcome:
        asked_at = self._clock()
        try:
            grant = await asyncio.to_thread(self._login.acquire, tenant)
        except (Temporary, Refused) as error:
            slot.failure, slot.failed_at = error, self._clock()
            _log.warning("no new Graph token for tenant %s: %s", tenant, error)
            return error
        finally:
            slot.asking = None
        slot.keep(grant, asked_at)
        return grant


def _token_of(outcome: _Outcome) -> str:
    if isinstance(outcome, Grant):
        return outcome.token
    raise outcome.with_traceback(None)
