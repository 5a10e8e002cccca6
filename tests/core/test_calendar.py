"""Opening hours at a moment: days, ranges, special dates, holidays, and clocks that change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.calendar import Calendar, Minutes

LONDON = ZoneInfo("Europe/London")
HOUR = 60


def week(*ranges: Minutes) -> list[list[Minutes]]:
    """The same ranges from Monday to Friday."""
    return [list(ranges)] * 5 + [[], []]


OFFICE = Calendar(
    LONDON,
    week((9 * HOUR, 12 * HOUR), (13 * HOUR, 17 * HOUR + 30)),
    {
        date(2026, 12, 24): [(9 * HOUR, 12 * HOUR)],
        date(2026, 12, 25): "closed",
        date(2026, 12, 26): [(10 * HOUR, 11 * HOUR)],
        date(2026, 3, 4): "holiday",
    },
    lambda day: day in {date(2026, 12, 25), date(2026, 12, 26), date(2026, 12, 28)},
)
NIGHT = Calendar(LONDON, week((22 * HOUR, 30 * HOUR)))


def at(text: str) -> int:
    """A moment of London's clocks."""
    return int(datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp() * 1000)


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        ("2026-03-02T08:59:59", "closed"),
        ("2026-03-02T09:00", "open"),
        ("2026-03-02T11:59:59", "open"),
        ("2026-03-02T12:00", "closed"),
        ("2026-03-02T13:00", "open"),
        ("2026-03-02T17:30", "closed"),
        ("2026-03-07T10:00", "closed"),
        ("2026-07-01T09:00", "open"),
        ("2026-07-01T08:30", "closed"),
    ],
)
def test_ranges_end_before_their_last_minute_in_summer_and_winter(moment: str, found: str) -> None:
    assert OFFICE.at(at(moment)) == found


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        ("2026-12-24T11:00", "open"),
        ("2026-12-24T14:00", "closed"),
        ("2026-12-25T10:00", "closed"),
        ("2026-12-26T10:30", "open"),
        ("2026-12-26T12:00", "closed"),
        ("2026-12-28T10:00", "holiday"),
        ("2026-03-04T10:00", "holiday"),
    ],
)
def test_special_dates_win_over_holidays_and_holidays_over_the_week(
    moment: str, found: str
) -> None:
    assert OFFICE.at(at(moment)) == found


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        ("2026-03-02T21:59", "closed"),
        ("2026-03-02T22:00", "open"),
        ("2026-03-03T05:59", "open"),
        ("2026-03-03T06:00", "closed"),
        ("2026-03-07T02:00", "open"),
        ("2026-03-02T02:00", "closed"),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(moment: str, found: str) -> None:
    assert NIGHT.at(at(moment)) == found


def test_a_holiday_ends_at_midnight_and_the_night_before_it_does_not() -> None:
    calendar = Calendar(LONDON, NIGHT.weekly, is_holiday=lambda day: day == date(2026, 3, 3))
    assert calendar.at(at("2026-03-03T02:00")) == "open"
    assert calendar.at(at("2026-03-03T23:00")) == "holiday"
    assert calendar.at(at("2026-03-04T02:00")) == "closed"


def test_hours_follow_the_clock_on_the_wall_when_it_changes() -> None:
    sunday = Calendar(LONDON, [[]] * 6 + [[(0, 3 * HOUR)]])
    spring = int(datetime(2026, 3, 29, 0, 30, tzinfo=UTC).timestamp() * 1000)
    assert sunday.at(spring) == "open"
    assert sunday.at(spring + 90 * 60_000) == "closed"
    autumn = int(datetime(2026, 10, 25, 2, 59, tzinfo=UTC).timestamp() * 1000)
    assert sunday.at(autumn) == "open"
    assert sunday.at(autumn + 60_000) == "closed"


def test_the_next_opening_is_found_over_lunch_weekends_and_holidays() -> None:
    assert OFFICE.next_opening(at("2026-03-02T12:10")) == at("2026-03-02T13:00")
    assert OFFICE.next_opening(at("2026-03-06T18:00")) == at("2026-03-09T09:00")
    assert OFFICE.next_opening(at("2026-12-24T13:00")) == at("2026-12-26T10:00")
    assert OFFICE.next_opening(at("2026-12-26T11:00")) == at("2026-12-29T09:00")
    assert OFFICE.next_opening(at("2026-03-02T10:00")) == at("2026-03-02T10:00")


def test_what_never_opens_has_no_next_opening() -> None:
    assert Calendar(LONDON, [[]] * 7).next_opening(at("2026-03-02T10:00")) is None


@given(st.integers(at("2025-01-01"), at("2030-01-01")))
def test_it_is_open_at_the_next_opening_and_not_a_minute_before(now: int) -> None:
    opening = OFFICE.next_opening(now)
    assert opening is not None
    assert OFFICE.at(opening) == "open"
    assert opening == now or OFFICE.at(opening - 60_000) != "open"
