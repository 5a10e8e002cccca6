"""`reject`: turn the call away."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ivr.core.moves import finish
from ivr.core.options import StateOptions
from ivr.core.state_type import StateType
from ivr.core.turn import Turn


class RejectOptions(StateOptions, kw_only=True, forbid_unknown_fields=True):
    """What a reject may set."""

    reason: Annotated[
        Literal["none", "busy", "forbidden"],
        Meta(description="What the caller's phone is told.", examples=["busy"]),
    ] = "none"


class Reject(StateType[RejectOptions]):
    """Refuse the call before it is answered, with result `rejected`.

    Once the call is answered it is hung up instead.
    """

    name = "reject"
    Options = RejectOptions
    ends = True
    example = """
turn_away:
  type: reject
  reason: busy
"""

    def enter(self, turn: Turn, options: RejectOptions) -> str | None:
        """Refuse the call, or hang it up."""
        finish(turn, "rejected", options.reason)
        return None
