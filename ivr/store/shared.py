"""What every kind of store does in the same way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ivr.core.snapshot import Snapshot
from ivr.core.values import Millis
from ivr.errors import Conflict, StoreUnavailable
from ivr.ports import Outgoing


def flow_of(snapshot: Snapshot) -> str | None:
    """The flow that the caller reached, or None when the call is in no flow (any more)."""
    return snapshot.visits[0].flow if snapshot.visits else None


def longest_waiting_first(effects: Iterable[Outgoing]) -> Sequence[Outgoing]:
    """Sort by call, the one with the oldest effect first; the effects of a call keep their order.

    Within a call the time of day does not count: clocks are set back, and effects must be
    performed in the order in which they were wanted.
    """
    waiting = list(effects)
    oldest: dict[str, Millis] = {}
    for one in waiting:
        oldest[one.call_id] = min(one.at, oldest.get(one.call_id, one.at))
    return sorted(waiting, key=lambda one: (oldest[one.call_id], one.call_id))


def moved_on(call_id: str) -> Conflict:
    """The error for a change that was made from a version which is not the stored one."""
    return Conflict(f"Somebody else moved call {call_id} on; load it and run the event again.")


def refused(call_id: str, why: str) -> StoreUnavailable:
    """The error for a change that the store will not take, whoever tries."""
    return StoreUnavailable(
        f"The change of call {call_id} cannot be stored ({why}); nothing of it was written."
    )
