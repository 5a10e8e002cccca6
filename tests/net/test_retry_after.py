"""Every form of Retry-After, and every other text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.net.retry_after import MAX_DELAY, retry_after

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.mark.parametrize(
    ("value", "delay"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("007", 7.0),
        ("2.128", 2.128),
        ("0", 0.0),
        ("0.0", 0.0),
        ("60.5", MAX_DELAY),
        ("1000000000", MAX_DELAY),
        ("9" * 60, MAX_DELAY),
        ("Tue, 14 Nov 2023 22:13:25 GMT", 5.0),
        ("Tue, 14 Nov 2023 22:13:25 -0000", 5.0),
        ("Tuesday, 14-Nov-23 22:13:25 GMT", 5.0),
        ("Tue Nov 14 22:13:25 2023", 5.0),
        ("Wed, 15 Nov 2023 00:13:25 +0200", 5.0),
        ("Tue, 14 Nov 2023 22:13:00 GMT", 0.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_DELAY),
    ],
)
def test_a_delay_that_makes_sense_is_kept_up_to_a_minute(value: str, delay: float) -> None:
    assert retry_after({"retry-after": value}, NOW) == delay


@pytest.mark.parametrize(
    "value",
    [
        "", "soon", "-1", "-0", "+5", "1e9", "1e400", "nan", "NaN", "inf", "Infinity", "0x10", "٧",
        "7 seconds", "3, 5", "5;", ".5", "5.", "1_000", "GMT", "\x00",
        "Tue, 99 Nov 2023 22:13:25 GMT", "Tue, 14 Nov 99999999999 22:13:25 GMT",
        "Tue, 14 Nov 2023 22:13:25 +99999999999999",
        pytest.param("9" * 5_000_000, id="many digits"),
        pytest.param("x" * 5_000_000, id="many letters"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_as_if_absent(value: str) -> None:
    assert retry_after({"retry-after": value}, NOW) is None


def test_without_the_header_there_is_no_delay() -> None:
    assert retry_after({}, NOW) is None


@given(st.one_of(st.text(max_size=80), st.from_regex(r"[A-Z][a-z]{2}, .{0,40}")))
def test_no_value_raises_or_waits_for_long(value: str) -> None:
    found = retry_after({"retry-after": value}, NOW)
    assert found is None or 0.0 <= found <= MAX_DELAY
