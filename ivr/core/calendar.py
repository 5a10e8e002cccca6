"""Opening hours: is it open, closed or a holiday at a given moment?

Special dates win over holidays, and holidays over the weekly hours. The end of a range is
exclusive; a range that ends before it begins runs past midnight and belongs to the day on
which it began.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from ivr.core.values import Millis

Opening = Literal["open", "closed", "holiday"]
Minutes = tuple[int, int]
"""From and to, in minutes since midnight; `to` is larger than a day for overnight hours."""

DAY = 24 * 60


@dataclass(frozen=True)
class Calendar:
    """The hours of one place. `weekly` is Monday first; `special` dates replace the day."""

    timezone: ZoneInfo
    weekly: Sequence[Sequence[Minutes]]
    special: Mapping[date, Sequence[Minutes] | Literal["closed", "holiday"]] = field(
        default_factory=dict
    )
    is_holiday: Callable[[date], bool] = field(default=lambda _: False)

    def at(self, moment: Millis) -> Opening:
        """What a caller finds at `moment`."""
        local = datetime.fromtimestamp(moment / 1000, UTC).astimezone(self.timezone)
        today, minute = local.date(), local.hour * 60 + local.minute
        yesterday = self._ranges(today - timedelta(days=1))
        if _covers(self._ranges(today), minute) or _covers(yesterday, minute + DAY):
            return "open"
        return "holiday" if self._holiday(today) else "closed"

    def next_opening(self, moment: Millis, days: int = 400) -> Millis | None:
        """The first moment, not before `moment`, at which it is open."""
        if self.at(moment) == "open":
            return moment
        start = datetime.fromtimestamp(moment / 1000, UTC).astimezone(self.timezone).date()
        openings = (at for day in range(days) for at in self._starts(start + timedelta(days=day)))
        return next((at for at in openings if at >= moment and self.at(at) == "open"), None)

    def _starts(self, day: date) -> list[Millis]:
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.timezone)
        return [
            int((midnight + timedelta(minutes=begin)).timestamp() * 1000)
            for begin, _ in self._ranges(day)
        ]

    def _ranges(self, day: date) -> Sequence[Minutes]:
        special = self.special.get(day)
        if special is not None:
            return () if isinstance(special, str) else special
        return () if self.is_holiday(day) else self.weekly[day.weekday()]

    def _holiday(self, day: date) -> bool:
        special = self.special.get(day)
        return special == "holiday" if special is not None else self.is_holiday(day)


def _covers(ranges: Sequence[Minutes], minute: int) -> bool:
    return any(begin <= minute < end for begin, end in ranges)
