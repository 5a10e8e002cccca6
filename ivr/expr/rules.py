"""Which types an operator takes and what it gives: the table behind the checker.

A rule gives the resulting type, or a `str`: the sentence that says why there is none. `unknown`
(an item of a list without `fields:`, say) passes every rule; the operation itself decides then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ivr.expr.declarations import (
    DIGITS,
    MONEY,
    NUMBER,
    NUMERIC,
    SPOKEN,
    TEXT,
    TEXTUAL,
    UNKNOWN,
    YES_NO,
    Declaration,
)

OPEN: Final = frozenset({"unknown", "empty"})
_ORDERED: Final = NUMERIC | {"date", "time", "date_time"}
_UNEQUAL: Final = frozenset({"list", "record", "recording"})


def literal(value: object) -> Declaration:
    """The type of a value written out; a text of nothing but 0 to 9 counts as digits."""
    if isinstance(value, bool):
        return YES_NO
    if isinstance(value, str):
        return DIGITS if value.isascii() and value.isdigit() else TEXT
    return NUMBER


def common(types: Sequence[Declaration]) -> Declaration | None:
    """The type of a list's items, if they have one."""
    kinds = {each.type for each in types}
    if not kinds:
        return None
    if len(kinds) == 1:
        # Two lists or records may differ further in, and are then only that.
        same = all(each == types[0] for each in types)
        return types[0] if same else Declaration(types[0].type)
    if kinds <= TEXTUAL:
        return TEXT
    return NUMBER if kinds <= NUMERIC else None


def arithmetic(sign: str, left: Declaration, right: Declaration) -> Declaration | str:
    """The result of `+ - * /`."""
    kinds = {left.type, right.type}
    if sign == "+" and kinds <= TEXTUAL:
        return DIGITS if kinds == {"digits"} else TEXT
    if kinds <= NUMERIC:
        return _amount(sign, left.type, right.type)
    known = kinds - OPEN
    if kinds & OPEN and (known <= NUMERIC or (sign == "+" and known <= TEXTUAL)):
        return UNKNOWN
    wanted = "two numbers or two texts" if sign == "+" else "two numbers"
    return f"`{sign}` needs {wanted}, not {SPOKEN[left.type]} and {SPOKEN[right.type]}."


def equality(left: Declaration, right: Declaration) -> str:
    """Why the two cannot be equal or unequal; no text if they can."""
    for side in (left, right):
        if side.type in _UNEQUAL:
            return f"{_start(SPOKEN[side.type])} cannot be compared; name one of its parts."
    return "" if _alike(left, right) else _unlike(left, right)


def order(sign: str, left: Declaration, right: Declaration) -> str:
    """Why neither of the two can be the larger one; no text if it can."""
    for side in (left, right):
        if side.type not in _ORDERED | OPEN:
            wrong = SPOKEN[side.type] + _as_number(side)
            return f"`{sign}` needs numbers, dates or times, not {wrong}."
    return "" if _alike(left, right) else _unlike(left, right)


def membership(operator: str, left: Declaration, right: Declaration) -> str:
    """Why the one cannot be looked for in the other; no text if it can."""
    if right.type == "list":
        return equality(left, right.item or UNKNOWN)
    if right.type in OPEN:
        return ""
    return f"After `{operator}` comes a list, not {SPOKEN[right.type]}."


def _amount(sign: str, left: str, right: str) -> Declaration | str:
    if sign == "*" and left == right == "money":
        return "Money times money is not an amount; one of the two must be a number."
    if sign == "/" and right == "money":
        return NUMBER if left == "money" else "A number cannot be divided by money."
    return MONEY if "money" in (left, right) else NUMBER


def _alike(left: Declaration, right: Declaration) -> bool:
    kinds = {left.type, right.type}
    return len(kinds) == 1 or bool(kinds & OPEN) or kinds <= TEXTUAL or kinds <= NUMERIC


def _unlike(left: Declaration, right: Declaration) -> str:
    kinds = {left.type, right.type}
    digits = (
        "; write the digits as a text, such as '1'" if "digits" in kinds and kinds & NUMERIC else ""
    )
    return f"{_start(SPOKEN[left.type])} cannot be compared with {SPOKEN[right.type]}{digits}."


def _as_number(side: Declaration) -> str:
    return "; `set` them into a number variable first" if side.type == "digits" else ""


def _start(words: str) -> str:
    return words[0].upper() + words[1:]
