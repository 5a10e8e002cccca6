"""Whether an effect that costs money, or may be repeated by an attacker, is carried out at all.

Asked at the last moment, when the destination is known, and counted in the store, so that what
one node uses is used up for all. What is counted is what was permitted: an attempt that fails
later, or is tried again, counts as well. So a count can be too high, and never too low.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator

import structlog
from msgspec import Struct

from ivr.core.effects import (
    AnyEffect,
    CountUse,
    InviteParticipants,
    PlaceCall,
    RecordCaller,
    RedirectCall,
    TransferCall,
)
from ivr.core.events import UseCounted
from ivr.core.snapshot import Snapshot
from ivr.core.values import Millis, Target
from ivr.errors import Refused
from ivr.policy.destinations import SENTENCES, Destinations, Reason
from ivr.policy.numbers import look_up
from ivr.ports import Clock, Quota

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
WITHHELD_SHARE = 10
"""Callers without a number cannot be told apart: together they have a tenth of the day's calls."""
CLIPS = 100
"""Recordings of one caller in a day, and ten times as many of all who withhold their number."""
HOPS = 30
HOP_WINDOW = 10 * MINUTE
"""How often one caller is sent from one line of ours to one place. More is no person: it is an
auto attendant, or somebody's call forwarding, that sends the caller back to us each time."""

log = structlog.get_logger()


class Rates(Struct, frozen=True):
    """How many numbers may be dialled, and how many calls placed by us be on the line."""

    per_minute: int
    per_day: int
    per_caller_per_day: int
    at_once: int


class Permits:
    """The operator's rules, asked for one effect at a time.

    `take` is the store's, `placed` tells how many calls that we have placed are on the line now on
    all nodes, the asking one included. `keyed` is a hash with a key of ours. `ours` gives the
    numbers and ids whose calls come to us, the ids in lower case.
    """

    def __init__(
        self,
        destinations: Destinations,
        rates: Rates,
        take: Callable[[Quota, Millis], Awaitable[bool]],
        placed: Callable[[], Awaitable[int]],
        keyed: Callable[[str], str],
        ours: Callable[[], Collection[str]],
        clock: Clock,
    ) -> None:
        self._destinations = destinations
        self._rates = rates
        self._take = take
        self._placed = placed
        self._keyed = keyed
        self._ours = ours
        self._clock = clock

    async def check(self, effect: AnyEffect, snapshot: Snapshot) -> None:
        """Return if the effect may be carried out.

        Raises `Refused` with the code `not_allowed` or `limit_reached`, and `StoreUnavailable`.
        """
        targets = targets_of(effect)
        ours = {*self._ours(), snapshot.called.lower()} if targets else ()
        for target in targets:
            reason = self._destinations.refusal(target, ours)
            if reason is not None:
                raise _refused(effect, snapshot, target, reason)
        if isinstance(effect, PlaceCall) and await self._placed() > self._rates.at_once:
            raise _over(effect, snapshot, "IVR_DIAL_AT_ONCE")
        for limit, quota in self._quotas(effect, snapshot):
            if not await self._take(quota, self._clock.now()):
                raise _over(effect, snapshot, limit)

    async def count(self, use: CountUse) -> UseCounted:
        """Count a use that a flow wants counted. The same key by the day and by the hour are two.

        Raises `StoreUnavailable`.
        """
        quota = Quota(f"use.{use.window}.{self._keyed(use.key)}", use.most, use.window)
        return UseCounted(use.id, await self._take(quota, self._clock.now()))

    def _quotas(self, effect: AnyEffect, snapshot: Snapshot) -> Iterator[tuple[str, Quota]]:
        """The narrowest first: who is over a limit of their own uses up none of the others'."""
        comes_in = snapshot.entry == "incoming"
        if isinstance(effect, RecordCaller) and comes_in:
            yield "The number of recordings", self._clips(snapshot.caller.id)
        for target in targets_of(effect):
            if target.kind == "phone":
                yield from self._dialled(snapshot)
            elif comes_in and snapshot.caller.id:
                hop = self._keyed(f"{snapshot.caller.id} {snapshot.called} {target.id}")
                yield "The number of transfers in a row", Quota(f"hop.{hop}", HOPS, HOP_WINDOW)

    def _dialled(self, snapshot: Snapshot) -> Iterator[tuple[str, Quota]]:
        rates = self._rates
        if snapshot.entry == "incoming":
            yield "IVR_DIAL_PER_CALLER_PER_DAY", self._of_caller(snapshot.caller.id)
        yield "IVR_DIAL_PER_MINUTE", Quota("dial.minute", rates.per_minute, MINUTE)
        yield "IVR_DIAL_PER_DAY", Quota("dial.day", rates.per_day, DAY)

    def _of_caller(self, caller: str) -> Quota:
        rates = self._rates
        if not caller:
            return Quota("dial.withheld", -(-rates.per_day // WITHHELD_SHARE), DAY)
        return Quota(f"dial.caller.{self._keyed(caller)}", rates.per_caller_per_day, DAY)

    def _clips(self, caller: str) -> Quota:
        if not caller:
            return Quota("clips.withheld", CLIPS * WITHHELD_SHARE, DAY)
        return Quota(f"clips.caller.{self._keyed(caller)}", CLIPS, DAY)


def targets_of(effect: AnyEffect) -> tuple[Target, ...]:
    """Whom an effect calls or sends the call to."""
    if isinstance(effect, TransferCall | PlaceCall):
        return (effect.to,)
    return effect.to if isinstance(effect, RedirectCall | InviteParticipants) else ()


def _refused(effect: AnyEffect, snapshot: Snapshot, target: Target, reason: Reason) -> Refused:
    """Of the number only its country and its length are told."""
    country = look_up(target.id).country if target.kind == "phone" else 0
    log.warning(
        "destination_refused", call=snapshot.call_id, effect=effect.id, reason=reason,
        kind=target.kind, country=country, length=len(target.id),
    )  # fmt: skip
    return Refused(SENTENCES[reason], code="not_allowed")


def _over(effect: AnyEffect, snapshot: Snapshot, limit: str) -> Refused:
    log.warning("dial_limit_reached", call=snapshot.call_id, effect=effect.id, limit=limit)
    return Refused(f"{limit} has reached its limit: not for now.", code="limit_reached")
