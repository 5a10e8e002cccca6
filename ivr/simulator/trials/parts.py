"""What a node of a run has instead of a machine, a disk and a secret: clock, flows and keys."""

from __future__ import annotations

from ivr.core.program import Program
from ivr.core.snapshot import Snapshot
from ivr.core.values import Caller, Millis
from ivr.flow.unserved import unserved
from ivr.runtime.clock import OnwardTime
from ivr.simulator.trials.chance import Chance
from ivr.simulator.trials.flows import bundle
from ivr.simulator.trials.loop import VirtualLoop

TENANT = "99999999-8888-4777-8666-555555555555"
"""Whose calls they are."""


class NodeClock:
    """The `Clock` of one node; `wrong` is how far its time of day is off, in milliseconds."""

    def __init__(self, loop: VirtualLoop, starts_at: Millis) -> None:
        self._loop = loop
        self._starts_at = starts_at
        self.wrong: Millis = 0
        self._time = OnwardTime(self._wall, lambda: loop.now * 1_000)

    def now(self) -> Millis:
        """See `Clock`."""
        return self._time.now() // 1_000_000

    async def sleep(self, length: Millis) -> None:
        """See `Clock`."""
        await self._loop.sleep(max(length, 0) * 1_000)

    def _wall(self) -> int:
        return (self._starts_at + self._loop.now // 1_000 + self.wrong) * 1_000_000


class Flows:
    """The `Library` of the trials: one bundle, which every node has."""

    def program_for(self, called: str) -> Program:
        """See `Library`."""
        return bundle().program_for(called) or unserved()

    def program_named(self, flow: str) -> Program | None:
        """See `Library`."""
        return bundle().programs.get(flow)

    def program_of(self, snapshot: Snapshot) -> Program | None:
        """See `Library`."""
        return bundle().programs.get(snapshot.visits[0].flow) if snapshot.visits else None


def token(kind: str, payload: bytes) -> str:
    """What a sealed token would be, without its randomness."""
    return f"{kind}-{payload.hex()}"


def callback_key(call_id: str) -> str:
    """The key in a call's callback path."""
    return hashed(call_id)


def caller_key(caller: Caller) -> str:
    """A caller without a name."""
    return hashed(caller.id) if caller.id else ""


def hashed(text: str) -> str:
    """A hash that tells nothing."""
    return Chance(0).name(32, text)
