"""What every kind of store does in the same way."""

from __future__ import annotations

from msgspec import Struct

from ivr.core.snapshot import Snapshot
from ivr.errors import Conflict, StoreUnavailable


def kind_of(value: Struct) -> str:
    """The tag of an event or an effect."""
    return str(type(value).__struct_config__.tag)


def flow_of(snapshot: Snapshot) -> str | None:
    """The flow that the caller reached, or None when the call is in no flow (any more)."""
    return snapshot.visits[0].flow if snapshot.visits else None


def moved_on(call_id: str) -> Conflict:
    """The error for a change that was made from a version which is not the stored one."""
    return Conflict(f"Somebody else moved call {call_id} on; load it and run the event again.")


def refused(call_id: str, why: str) -> StoreUnavailable:
    """The error for a change that the store will not take, whoever tries."""
    return StoreUnavailable(
        f"The change of call {call_id} cannot be stored ({why}); nothing of it was written."
    )
