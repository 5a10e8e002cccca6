"""The four functions of the language, with what the checker must know of each.

A fifth is one more function and one more line in `FUNCTIONS`; its time and its result must be
bounded by the size of its arguments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ivr.errors import SpokenValueError
from ivr.expr.declarations import NUMBER, NUMERIC, SPOKEN, TEXT, TEXTUAL, YES_NO, Declaration
from ivr.expr.values import Value, kind_of

_CARD: Final = re.compile(r"[0-9]{2,64}")
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_SEVERAL: Final = TEXTUAL | {"list"}


@dataclass(frozen=True, slots=True)
class Function:
    """`takes` are the types of each argument; `gives` makes the result's type from the first."""

    usage: str
    takes: tuple[frozenset[str], ...]
    gives: Callable[[Declaration], Declaration]
    run: Callable[..., Value]


def count(several: Value) -> Decimal:
    """How many items a list or characters a text has; none if it is empty."""
    return Decimal(0 if several is None else len(_several("count", several)))


def first(several: Value, number: Value) -> Value:
    """The first characters of a text or items of a list; all there are if there are fewer."""
    return None if several is None else _several("first", several)[: _how_many("first", number)]


def last(several: Value, number: Value) -> Value:
    """The last characters of a text or items of a list; all there are if there are fewer."""
    if several is None:
        return None
    whole, wanted = _several("last", several), _how_many("last", number)
    return whole[max(0, len(whole) - wanted) :]


def luhn(text: Value) -> bool:
    """Whether digits end in the right check digit (ISO/IEC 7812-1, as on payment cards)."""
    if text is None:
        return False
    if not isinstance(text, str):
        raise SpokenValueError(f"`luhn` needs digits, not {SPOKEN[kind_of(text)]}.")
    if not _CARD.fullmatch(text):
        return False
    digits = [int(digit) for digit in reversed(text)]
    return (sum(digits[::2]) + sum(_DOUBLED[digit] for digit in digits[1::2])) % 10 == 0


def _several(name: str, value: Value) -> str | list[Value]:
    if isinstance(value, (str, list)):
        return value
    raise SpokenValueError(f"`{name}` needs a text or a list, not {SPOKEN[kind_of(value)]}.")


def _how_many(name: str, number: Value) -> int:
    # The range first: `int` of a number with a huge exponent takes its time.
    if isinstance(number, Decimal) and 0 <= number < 10**6 and number == int(number):
        return int(number)
    raise SpokenValueError(f"`{name}` needs a whole number, how many, after the comma.")


def _part_of(whole: Declaration) -> Declaration:
    return TEXT if whole.type == "phone" else whole


FUNCTIONS: Final[Mapping[str, Function]] = {
    "count": Function("count(x)", (_SEVERAL,), lambda _: NUMBER, count),
    "first": Function("first(x, 4)", (_SEVERAL, NUMERIC), _part_of, first),
    "last": Function("last(x, 4)", (_SEVERAL, NUMERIC), _part_of, last),
    "luhn": Function("luhn(x)", (TEXTUAL,), lambda _: YES_NO, luhn),
}
