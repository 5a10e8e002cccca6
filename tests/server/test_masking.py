"""What people are shown of numbers: enough to know their own, too little to call or to use."""

from __future__ import annotations

import pytest

from ivr.server.masking import masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+442079460123", "+44…123"),
        ("02079460123", "02…123"),
        ("+44 (20) 7946-0123", "+44…123"),
        ("from +442079460123 to +442079460999.", "from +44…123 to +44…999."),
        ("1234567", "12…567"),
    ],
)
def test_of_a_number_the_ends_are_shown(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize("pin", ["4670", "46 70", "46701", "467018"])
def test_of_a_pin_nothing_is_shown(pin: str) -> None:
    assert masked(f"PIN {pin}!") == "PIN …!"


@pytest.mark.parametrize("text", ["", "wrong list", "row 12", "lines 3, 17 and 204"])
def test_other_words_are_as_they_are(text: str) -> None:
    assert masked(text) == text
