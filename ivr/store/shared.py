"""What every kind of store does in the same way."""

from __future__ import annotations

from ivr.core.snapshot import Snapshot
from ivr.core.values import Millis
from ivr.errors import Conflict, Fenced, IvrError, StoreUnavailable
from ivr.ports import Change, Moved

LONGEST_HOLD: Millis = 60_000
"""A call that seems held for longer is not: the clock began anew, or was set back."""


NOT_LIVE = ("ended", "waiting")
"""Phases of calls that take nobody's line: those that are over, and those that are to be placed."""


def flow_of(snapshot: Snapshot) -> str | None:
    """The flow that the caller reached, or None when the call is in no flow (any more)."""
    return snapshot.visits[0].flow if snapshot.visits else None


def moved(change: Change) -> Moved:
    """What other nodes are told of a change."""
    snapshot = change.step.snapshot
    due = None if snapshot.closed else snapshot.next_due()
    return Moved(change.call_id, change.version + 1, due)


def moved_on(call_id: str) -> Conflict:
    """The error for a change that was made from a version which is not the stored one."""
    return Conflict(f"Somebody else moved call {call_id} on; load it and run the event again.")


def refused(call_id: str, why: str) -> StoreUnavailable:
    """The error for a change that the store will not take, whoever tries."""
    return StoreUnavailable(
        f"The change of call {call_id} cannot be stored ({why}); nothing of it was written."
    )


def unavailable(error: Exception) -> StoreUnavailable:
    """The error for one of many who waited for what has failed."""
    # The text of a foreign exception may quote what it was given.
    text = str(error) if isinstance(error, IvrError) else _fault(error)
    failure = Fenced(text) if isinstance(error, Fenced) else StoreUnavailable(text)
    failure.__cause__ = error
    return failure


def _fault(error: Exception) -> str:
    return f"The call store failed ({type(error).__name__}); nothing was committed."
