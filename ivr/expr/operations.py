"""What the operators do to values while a call runs.

Every operation ends at once with a value or a SpokenValueError, and a SpokenValueError names types
only, never values. Empty is equal to empty alone and has no place in arithmetic.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, TypeAlias

from ivr.errors import SpokenValueError
from ivr.expr.declarations import SPOKEN
from ivr.expr.values import NUMBERS, Value, kind_of, rounded, within_range, within_size

Operation: TypeAlias = Callable[[Value, Value], Value]

_ORDERED: Final = frozenset({"number", "date", "time", "date_time"})
_EQUAL: Final = _ORDERED | {"text", "yes_no"}
_PLACE: Final = re.compile(r"[0-9]{1,9}")


def truth(value: Value) -> bool:
    """Whether a condition holds: yes or no as they are, empty as no; SpokenValueError otherwise."""
    if value is True or value is False:
        return value
    if value is None:
        return False
    raise SpokenValueError(f"A condition is yes or no, not {_spoken(value)}.")


def is_empty(value: Value) -> bool:
    """Unset, or a text or list with nothing in it."""
    return value is None or value in ("", [])


def equal(left: Value, right: Value) -> bool:
    """`=`. Two values of different types are an error, not unequal."""
    if left is None or right is None:
        return left is right
    kind = kind_of(left)
    if kind in _EQUAL and kind == kind_of(right):
        return left == right
    raise _unfit("=", left, right)


def unequal(left: Value, right: Value) -> bool:
    """`!=`."""
    return not equal(left, right)


def contains(item: Value, items: Value) -> bool:
    """`in`: an unset list has no items."""
    if items is None:
        return False
    if isinstance(items, list):
        return any(equal(item, each) for each in items)
    raise SpokenValueError(f"`in` needs a list, not {_spoken(items)}.")


def lacks(item: Value, items: Value) -> bool:
    """`not in`."""
    return not contains(item, items)


def add(left: Value, right: Value) -> Value:
    """`+` of two numbers, or of two texts."""
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return within_range(NUMBERS.add(left, right))
    if isinstance(left, str) and isinstance(right, str):
        return within_size(left + right)
    raise _unfit("+", left, right)


def subtract(left: Value, right: Value) -> Value:
    """`-`."""
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return within_range(NUMBERS.subtract(left, right))
    raise _unfit("-", left, right)


def multiply(left: Value, right: Value) -> Value:
    """`*`, rounded to the decimals that are kept."""
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return rounded(NUMBERS.multiply(left, right))
    raise _unfit("*", left, right)


def divide(left: Value, right: Value) -> Value:
    """`/`, rounded to the decimals that are kept."""
    if not isinstance(left, Decimal) or not isinstance(right, Decimal):
        raise _unfit("/", left, right)
    if not right:
        raise SpokenValueError("A number is divided by zero.")
    return rounded(NUMBERS.divide(left, right))


def negate(value: Value) -> Value:
    """Unary `-`."""
    if isinstance(value, Decimal):
        return within_range(NUMBERS.minus(value))
    raise SpokenValueError(f"`-` needs a number, not {_spoken(value)}.")


def field(record: Value, name: str) -> Value:
    """`.name`; the field of an empty record is empty, a field that is not there an error."""
    if isinstance(record, dict) and name in record:
        return record[name]
    if record is None:
        return None
    raise SpokenValueError(f"There is no field `{name}` in {_spoken(record)}.")


def item(items: Value, position: Value) -> Value:
    """`[position]`, counted from 1; the position is a whole number or digits."""
    if not isinstance(items, list):
        raise SpokenValueError(f"Only a list has items, not {_spoken(items)}.")
    at = _place(position, len(items))
    if at is None:
        raise SpokenValueError(f"A list of {len(items)} has no such item.")
    return items[at - 1]


def _place(position: Value, count: int) -> int | None:
    if isinstance(position, str) and _PLACE.fullmatch(position):
        at = int(position)
        return at if 1 <= at <= count else None
    if isinstance(position, Decimal):
        # The range first: `int` of a number with a huge exponent takes its time.
        in_range = 1 <= position <= count and position == int(position)
        return int(position) if in_range else None
    raise SpokenValueError(f"A place in a list is a number or digits, not {_spoken(position)}.")


def _ordering(sign: str, compare: Callable[..., bool]) -> Operation:
    def ordered(left: Value, right: Value) -> bool:
        kind = kind_of(left)
        if kind not in _ORDERED or kind != kind_of(right):
            raise _unfit(sign, left, right)
        try:
            return compare(left, right)
        except TypeError:  # one of the two times has an offset and the other has none
            raise _unfit(sign, left, right) from None

    return ordered


def _unfit(sign: str, left: Value, right: Value) -> SpokenValueError:
    return SpokenValueError(f"`{sign}` does not work on {_spoken(left)} and {_spoken(right)}.")


def _spoken(value: Value) -> str:
    return SPOKEN[kind_of(value)]


COMPARISONS: Final[Mapping[str, Operation]] = {
    "=": equal,
    "!=": unequal,
    "<": _ordering("<", operator.lt),
    "<=": _ordering("<=", operator.le),
    ">": _ordering(">", operator.gt),
    ">=": _ordering(">=", operator.ge),
    "in": contains,
    "not in": lacks,
}

ARITHMETIC: Final[Mapping[str, Operation]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
}
