"""How `as` speaks: digits apart, long dates, money in the flow's currency."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest

from ivr.errors import SpokenValueError
from ivr.expr.speech_format import TAKES, Speaker
from ivr.expr.types import Value
from tests.expr.sample_call import AT, SPEAKER


@pytest.mark.parametrize(
    ("form", "value", "spoken"),
    [
        ("money", Decimal("1234.5"), "£1,234.50"),
        ("money", Decimal("-0.05"), "-£0.05"),
        ("number", Decimal("1234.50"), "1,234.5"),
        ("number", Decimal(-3), "-3"),
        ("number", "007", "7"),
        ("date", date(2026, 11, 24), "Tuesday, 24 November 2026"),
        ("date", AT, "Tuesday, 24 November 2026"),
        ("time", time(9, 5), "09:05"),
        ("time", AT, "15:30"),
        ("date_time", AT, "Tuesday, 24 November 2026, 15:30"),
        ("digits", "0123", "0 1 2 3"),
        ("digits", Decimal(42), "4 2"),
        ("phone", "+442079460123", "plus 4 4 2, 0 7 9, 4 6 0, 1 2 3"),
        ("phone", "5551234", "5 5 5, 1 2 3 4"),
        ("phone", "112", "1 1 2"),
        ("spelled", "ab 1-c", "A B 1 - C"),
        ("spelled", "straße", "S T R A ß E"),
    ],
)
def test_forms(form: str, value: Value, spoken: str) -> None:
    assert SPEAKER.say(value, form) == spoken


@pytest.mark.parametrize(
    ("language", "form", "value", "spoken"),
    [
        ("en-US", "time", time(15, 30), "3:30 PM"),
        ("en-US", "money", Decimal(5), "$5.00"),
        ("de-DE", "money", Decimal("1234.5"), "1.234,50 €"),
        ("de-DE", "date", date(2026, 11, 24), "Dienstag, 24. November 2026"),
        ("fr-FR", "date_time", AT, "mardi 24 novembre 2026, 15:30"),
        ("ja-JP", "money", Decimal(500), "￥500"),
        ("es-ES", "phone", "+34912345678", "más 3 4 9, 1 2 3, 4 5 6, 7 8"),
        ("zh-Hant-TW", "number", Decimal(1000), "1,000"),
    ],
)
def test_languages(language: str, form: str, value: Value, spoken: str) -> None:
    assert Speaker(language).say(value, form) == spoken


def test_moments_are_told_in_the_flows_time_zone() -> None:
    summer = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert SPEAKER.say(summer, "date_time") == "Thursday, 2 July 2026, 00:30"
    tokyo = datetime(2026, 7, 2, 8, 30, tzinfo=timezone(timedelta(hours=9)))
    assert SPEAKER.say(tokyo, "time") == "00:30"


def test_the_currency_given_wins_over_the_region() -> None:
    assert Speaker("en-GB", "EUR").say(Decimal(5), "money") == "€5.00"
    assert Speaker("en-GB").currency == "GBP"


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("money", "12"),
        ("money", True),
        ("money", Decimal("NaN")),
        ("money", Decimal("1E+999999")),
        ("number", "1.5"),
        ("number", "١٢"),
        ("date", time(9, 0)),
        ("date", "2026-11-24"),
        ("time", date(2026, 11, 24)),
        ("date_time", date(2026, 11, 24)),
        ("date_time", datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))),
        ("date", datetime(2026, 11, 24)),  # noqa: DTZ001 - no offset, so no moment
        ("digits", "12a"),
        ("digits", "١٢"),
        ("digits", Decimal("1.5")),
        ("digits", Decimal(-1)),
        ("phone", "+44 20"),
        ("phone", "object-id"),
        ("spelled", Decimal(1)),
        ("shouted", "x"),
        *((form, None) for form in TAKES),
        *((form, ["x"]) for form in TAKES),
    ],
)
def test_what_does_not_fit_takes_the_error_exit(form: str, value: Value) -> None:
    with pytest.raises(SpokenValueError):
        SPEAKER.say(value, form)


def test_faults_of_a_flow() -> None:
    assert SPEAKER.faults(["money"]) == []
    assert Speaker("en").faults() == []
    assert len(Speaker("en").faults(["money"])) == 1
    assert len(Speaker("klingon", "XXQ", "Europe/Atlantis").faults()) == 3
    for language in ("", "en_GB", "../../etc/passwd", "xx-YY"):
        assert len(Speaker(language, "GBP").faults()) == 1
    for zone in ("", "Europe", "../../etc/passwd", "/etc/localtime"):
        assert len(Speaker(timezone=zone).faults()) == 1


def test_an_unknown_language_takes_the_error_exit() -> None:
    with pytest.raises(SpokenValueError, match="language"):
        Speaker("klingon").say(Decimal(1), "number")
