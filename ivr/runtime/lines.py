"""What an adapter is told of the line that an effect is for: its id and its callback address.

A call that came in has the service's own id, and a callback key that is a hash of it. A leg that
we have placed gets its id from the service later; see `ivr.runtime.leg_keys` for its address.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ivr.core.effects import (
    AnyEffect,
    CreateMeeting,
    HangUp,
    JoinMeeting,
    PlaceCall,
    TransferCall,
)
from ivr.core.snapshot import Snapshot
from ivr.errors import NotSent, Refused
from ivr.ports import Line, Sound
from ivr.runtime import lanes
from ivr.runtime.leg_keys import PlacedLeg, leg_key


class Lines:
    """Finds the line of an effect.

    `latest` gives the call as it is now: the service's id of a leg may have become known since an
    effect was wanted.
    """

    def __init__(
        self,
        public_url: str,
        token: Callable[[str, bytes], str],
        callback_key: Callable[[str], str],
        latest: Callable[[str], Awaitable[Snapshot | None]],
    ) -> None:
        self._base = f"{public_url.rstrip('/')}/api/calls/"
        self._token = token
        self._callback_key = callback_key
        self._latest = latest

    async def of(
        self, effect: AnyEffect, snapshot: Snapshot, sounds: tuple[Sound, ...] = ()
    ) -> Line:
        """The line of `effect`.

        Raises `Refused` with the code `no_line` when a leg is to be hung up of which nobody knows
        the id yet, and `NotSent` when anything else is to be done with it.
        """
        leg = leg_of(effect, snapshot)
        on_line = not isinstance(effect, PlaceCall | JoinMeeting | CreateMeeting)
        replaced = effect.replaces if isinstance(effect, TransferCall) else ""
        return Line(
            call_id=await self._known(effect, snapshot, leg) if on_line else "",
            tenant=snapshot.tenant,
            callback=self._base + self._key(snapshot, leg),
            sounds=sounds,
            replaces=await self._known(effect, snapshot, replaced) if replaced else "",
        )

    async def _known(self, effect: AnyEffect, snapshot: Snapshot, leg: str) -> str:
        line = snapshot.line_of(leg)
        if line:
            return line
        now = await self._latest(snapshot.call_id)
        line = now.line_of(leg) if now is not None else ""
        if line:
            return line
        if isinstance(effect, HangUp):
            raise Refused("Nobody knows this leg yet: there is nothing to hang up.", code="no_line")
        raise NotSent("Nobody knows this leg yet.")

    def _key(self, snapshot: Snapshot, leg: str) -> str:
        if not leg:
            return self._callback_key(snapshot.call_id)
        return leg_key(self._token, PlacedLeg(snapshot.call_id, leg))


def leg_of(effect: AnyEffect, snapshot: Snapshot) -> str:
    """The leg that an effect is for: its own, else the one on which the call is, else ""."""
    return lanes.leg_of(effect) or snapshot.leg
