"""`hours`: open or closed."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ivr.core.options import Name, WithExits
from ivr.core.state_type import StateType
from ivr.core.turn import Turn


class HoursOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What an hours state may set."""

    calendar: Annotated[Name, Meta(description="The name of a calendar.", examples=["office"])]


class Hours(StateType[HoursOptions]):
    """Go on by a calendar: open, closed or holiday.

    `holiday` falls back to `closed`. It needs no caller, so a flow can decide by the clock
    whether to answer at all.
    """

    name = "hours"
    Options = HoursOptions
    outcomes = ("open", "closed", "holiday")
    must = ("open", "closed")
    fallbacks = {"holiday": "closed"}  # noqa: RUF012
    example = """
check_hours:
  type: hours
  calendar: office
  on:
    open: say_welcome
    closed: say_closed
"""

    def enter(self, turn: Turn, options: HoursOptions) -> str | None:
        """Look at the clock."""
        return turn.program.calendars[options.calendar].at(turn.now)
