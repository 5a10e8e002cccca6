"""What a variable holds while a call runs, and the bounds on its texts and numbers.

Texts, digits and phone numbers are `str`, numbers and money `Decimal`, the rest is what Python
has for it; `None` is the language's *empty*. A `date_time` always carries its offset.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Final, TypeAlias

from ivr.errors import SpokenValueError
from ivr.expr.limits import NUMBER_DECIMALS, NUMBER_DIGITS, NUMBER_PRECISION, TEXT_SIZE

Value: TypeAlias = (
    "str | Decimal | bool | date | time | datetime | list[Value] | dict[str, Value] | None"
)
Environment: TypeAlias = Mapping[str, Value]

NUMBERS: Final = Context(
    prec=NUMBER_PRECISION,
    rounding=ROUND_HALF_EVEN,
    Emin=-999,
    Emax=999,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
"""Arithmetic of the language, whatever the thread's own decimal context says."""

_SMALLEST: Final = Decimal(1).scaleb(-NUMBER_DECIMALS)

# `datetime` is a `date` and `bool` an `int`: looked up by exact class, so neither is mistaken.
_KINDS: Final[Mapping[type, str]] = {
    type(None): "empty",
    str: "text",
    Decimal: "number",
    bool: "yes_no",
    datetime: "date_time",
    date: "date",
    time: "time",
    list: "list",
    dict: "record",
}

# Line breaks and other controls, marks that reverse the writing direction, halves of a character.
_UNSPEAKABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\uffff"
    "\ud800-\udfff]+"
)


def kind_of(value: object) -> str:
    """The type name of a value as far as the value itself tells: `phone` is a `text` here."""
    return _KINDS.get(type(value)) or ("text" if isinstance(value, str) else "unknown")


def within_range(number: Decimal) -> Decimal:
    """The number itself; SpokenValueError if it is not finite or has too many digits."""
    if not number.is_finite() or (number and number.adjusted() >= NUMBER_DIGITS):
        raise SpokenValueError(f"A number is too large: it has more than {NUMBER_DIGITS} digits.")
    return number


def rounded(number: Decimal) -> Decimal:
    """The number with at most `NUMBER_DECIMALS` decimals; SpokenValueError if out of range."""
    exponent = within_range(number).as_tuple().exponent
    if isinstance(exponent, int) and exponent < -NUMBER_DECIMALS:
        return within_range(NUMBERS.quantize(number, _SMALLEST))
    return number


def within_size(text: str) -> str:
    """The text itself; SpokenValueError if it takes more than `TEXT_SIZE` bytes."""
    if size_of(text) > TEXT_SIZE:
        raise SpokenValueError(f"A text is longer than {TEXT_SIZE // 1024} kB.")
    return text


def size_of(text: str) -> int:
    """Bytes of the text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def speakable(text: str) -> str:
    """The text with each run of control characters and direction marks made one space.

    For words that come from outside and are put into a prompt, a log line or a label. Markup such
    as `<break/>` stays the plain text it is: escaping it is the speech provider's own job.
    """
    return _UNSPEAKABLE.sub(" ", text)


def plain_text(value: Value) -> str:
    """A value as text, where no `as` says how: numbers without padding, dates as ISO 8601.

    Empty is no text at all. SpokenValueError for a list or a record, which have no one text.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return _number_text(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    raise SpokenValueError("A list or a record cannot be put into a text; name one of its fields.")


def _number_text(number: Decimal) -> str:
    text = format(within_range(number), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
