"""Calendars as they are written, into calendars as they are asked.

Every mistake is a value with the key it belongs to, so that the checker can point at it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ivr.core.calendar import DAY, Calendar, Minutes
from ivr.flow.flow_options import CalendarOptions

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RANGE = re.compile(r"([0-2][0-9]):([0-5][0-9])-([0-2][0-9]):([0-5][0-9])")
_COUNTRY = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,5}))?")


class Mistake(NamedTuple):
    """What is wrong with a calendar, and the key under which it stands."""

    path: tuple[str | int, ...]
    message: str


def read_calendar(
    options: CalendarOptions, default_zone: str | None
) -> tuple[Calendar | None, list[Mistake]]:
    """The calendar, or None and everything that is wrong with it."""
    mistakes: list[Mistake] = []
    zone = _zone(options.timezone or default_zone, mistakes)
    weekly = _weekly(options.open, mistakes)
    special = _special(options.special, mistakes)
    is_holiday = _holidays(options.holidays, mistakes)
    if mistakes or zone is None:
        return None, mistakes
    return Calendar(zone, weekly, special, is_holiday), []


def _zone(name: str | None, mistakes: list[Mistake]) -> ZoneInfo | None:
    if name is None:
        mistakes.append(Mistake((), "a calendar needs a timezone, here or at the top of the flow"))
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        mistakes.append(Mistake(("timezone",), f'there is no time zone "{name}"'))
        return None


def _weekly(hours: dict[str, str], mistakes: list[Mistake]) -> list[list[Minutes]]:
    week: list[list[Minutes]] = [[] for _ in DAYS]
    for days, text in hours.items():
        numbers, ranges = _days(days), _ranges(text)
        if numbers is None:
            mistakes.append(Mistake(("open", days), f'"{days}" is not a day: write mon-fri or sat'))
        elif ranges is None:
            mistakes.append(Mistake(("open", days), f'"{text}" is not hours: write 09:00-17:30'))
        else:
            for number in numbers:
                week[number].extend(ranges)
    return week


def _days(text: str) -> list[int] | None:
    """`mon-fri`, `sat,sun`, `fri-mon`."""
    numbers: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().lower().partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            return None
        begin, end = DAYS.index(first), DAYS.index(last or first)
        numbers += [day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)]
    return numbers


def _ranges(text: str) -> list[Minutes] | None:
    found = [_range(part.strip()) for part in text.split(",")]
    return [each for each in found if each is not None] if None not in found else None


def _range(text: str) -> Minutes | None:
    match = _RANGE.fullmatch(text)
    if match is None:
        return None
    begin, end = (int(match[i]) * 60 + int(match[i + 1]) for i in (1, 3))
    if begin >= DAY or end > DAY or begin == end:
        return None
    return (begin, end if end > begin else end + DAY)


def _special(
    dates: dict[str, str], mistakes: list[Mistake]
) -> dict[date, list[Minutes] | Literal["closed", "holiday"]]:
    special: dict[date, list[Minutes] | Literal["closed", "holiday"]] = {}
    for text, hours in dates.items():
        day, ranges = _date(text), _ranges(hours)
        if day is None:
            mistakes.append(Mistake(("special", text), f'"{text}" is not a date: write 2026-12-24'))
        elif hours in {"closed", "holiday"}:
            special[day] = hours  # type: ignore[assignment]
        elif ranges is None:
            message = f'"{hours}" is not hours: write 09:00-12:00, closed or holiday'
            mistakes.append(Mistake(("special", text), message))
        else:
            special[day] = ranges
    return special


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _holidays(given: str | list[str] | None, mistakes: list[Mistake]) -> Callable[[date], bool]:
    if given is None:
        return _never
    if isinstance(given, str):
        found = public_holidays(given)
        if found is None:
            message = f'there are no public holidays known for "{given}": write GB or GB-ENG'
            mistakes.append(Mistake(("holidays",), message))
        return found or _never
    dates = [_date(text) for text in given]
    for index, day in enumerate(dates):
        if day is None:
            mistakes.append(Mistake(("holidays", index), "a holiday is a date such as 2026-12-25"))
    return _among(day for day in dates if day is not None)


@cache
def public_holidays(code: str) -> Callable[[date], bool] | None:
    """The holidays of a country or region; None where none are known."""
    match = _COUNTRY.fullmatch(code)
    if match is None:
        return None
    import holidays

    try:
        days = holidays.country_holidays(match[1], subdiv=match[2])
    except NotImplementedError:
        return None
    return lambda day: day in days


def _among(days: Iterable[date]) -> Callable[[date], bool]:
    known = frozenset(days)
    return lambda day: day in known


def _never(_: date) -> bool:
    return False
