"""What comes from outside - an HTTP answer, a flow's input, a `start:` - into a declared type.

Strict where a guess could be wrong (`"12"` followed by a newline is not digits, Arabic digits are
not digits, a date_time without its offset is not a date_time), lenient where it cannot be: a JSON
number is a fine account id. Values that are typed already, as in a `set`, pass the same way.

An error says where and what was expected, and never quotes the value: it may be a PIN.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timezone
from decimal import Decimal
from typing import Final, TypeAlias

from ivr.errors import SpokenValueError
from ivr.expr.declarations import SPOKEN, UNKNOWN, Declaration
from ivr.expr.limits import NUMBER_DIGITS, VALUE_COST, VALUE_DEPTH, VALUE_SIZE
from ivr.expr.values import Value, kind_of, plain_text, rounded, size_of

Path: TypeAlias = tuple[str | int, ...]

# `[0-9]` and fullmatch throughout: `\d`, `int()` and `$` accept Arabic digits and a last newline.
_DIGITS: Final = re.compile(r"[0-9]+")
_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,30})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})?")
_DATE_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_LONGEST_ID: Final = 10**30
_WORDS: Final = {"yes": True, "no": False, "true": True, "false": False}

_EXPECTED: Final[Mapping[str, str]] = {
    "digits": "the characters 0 to 9 only",
    "phone": "a + and 7 to 15 digits",
    "number": f"at most {NUMBER_DIGITS} digits before the point",
    "money": f"at most {NUMBER_DIGITS} digits before the point, without a currency",
    "date": "the form 2026-11-24",
    "time": "the form 15:30",
    "date_time": "the form 2026-11-24T15:30:00+00:00, offset included",
    "yes_no": "yes or no",
    "unknown": "one that JSON has",
}


class _Unfit(Exception):
    """The value is not of the declared type."""


def coerce(raw: object, declaration: Declaration) -> Value:
    """Convert to the declared type; None stays empty, undeclared fields of a record are dropped.

    A declared field that is missing becomes empty. A number keeps six decimals. Raises
    SpokenValueError, which names the place inside the value but never the value.
    """
    return _Coercion().convert(raw, declaration, ())


class _Coercion:
    """One conversion, with what is left of the size one variable may have."""

    def __init__(self) -> None:
        self._left = VALUE_SIZE

    def convert(self, raw: object, declaration: Declaration, path: Path) -> Value:
        self._spend(raw, path)
        if raw is None:
            return None
        kind = declaration.type
        if kind in ("record", "recording"):
            return self._record(raw, declaration, path)
        if kind == "list":
            return self._list(raw, declaration.item or UNKNOWN, path)
        if kind in ("unknown", "empty"):
            return self._anything(raw, path)
        return self._scalar(raw, kind, path)

    def _spend(self, raw: object, path: Path) -> None:
        if len(path) > VALUE_DEPTH:
            raise SpokenValueError(f"A value has more than {VALUE_DEPTH} levels.")
        self._left -= VALUE_COST + (size_of(raw) if isinstance(raw, str) else 0)
        if self._left < 0:
            raise SpokenValueError(f"A value is larger than {VALUE_SIZE // 1024} kB.")

    def _record(self, raw: object, declaration: Declaration, path: Path) -> dict[str, Value]:
        if not isinstance(raw, Mapping):
            raise _unfit(declaration.type, path)
        if declaration.fields is None:
            return dict(self._undeclared(raw, path))
        return {
            name: self.convert(raw.get(name), field, (*path, name))
            for name, field in declaration.fields.items()
        }

    def _undeclared(self, raw: Mapping[object, object], path: Path) -> Iterator[tuple[str, Value]]:
        for name, each in raw.items():
            self._spend(str(name), path)
            # A name from outside is not repeated in an error: it may be a caller's own words.
            yield str(name), self.convert(each, UNKNOWN, (*path, "*"))

    def _list(self, raw: object, item: Declaration, path: Path) -> list[Value]:
        if not isinstance(raw, (list, tuple)):
            raise _unfit("list", path)
        return [self.convert(each, item, (*path, at)) for at, each in enumerate(raw, start=1)]

    def _anything(self, raw: object, path: Path) -> Value:
        if isinstance(raw, Mapping):
            return self._record(raw, Declaration("record"), path)
        if isinstance(raw, (list, tuple)):
            return self._list(raw, UNKNOWN, path)
        return self._scalar(raw, kind_of(raw), path)

    def _scalar(self, raw: object, kind: str, path: Path) -> Value:
        try:
            return _SCALARS.get(kind, _number)(raw)
        except (_Unfit, ValueError, SpokenValueError):
            raise _unfit(kind, path) from None


def _unfit(kind: str, path: Path) -> SpokenValueError:
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    where = f"The value at `{place.lstrip('.')}`" if place else "The value"
    needed = f": it needs {_EXPECTED[kind]}" if kind in _EXPECTED else ""
    return SpokenValueError(f"{where} is not {SPOKEN[kind]}{needed}.")


def _text(raw: object) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < _LONGEST_ID:
        return str(raw)
    return plain_text(_number(raw))


def _digits(raw: object) -> str:
    return _matching(_DIGITS, _text(raw))


def _phone(raw: object) -> str:
    return _matching(_PHONE, raw)


def _number(raw: object) -> Decimal:
    if isinstance(raw, Decimal):
        return rounded(raw)
    if isinstance(raw, str):
        return rounded(Decimal(_matching(_NUMBER, raw)))
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        raise _Unfit
    # Written so that NaN fails too, and a huge int is never made a float.
    if not abs(raw) < 10**NUMBER_DIGITS:
        raise _Unfit
    return rounded(Decimal(str(raw)))


def _date(raw: object) -> date:
    if type(raw) is date:
        return raw
    return date.fromisoformat(_matching(_DATE, raw))


def _time(raw: object) -> time:
    if isinstance(raw, time) and raw.tzinfo is None:
        return raw
    return time.fromisoformat(_matching(_TIME, raw))


def _date_time(raw: object) -> datetime:
    moment = raw if isinstance(raw, datetime) else None
    if moment is None:
        moment = datetime.fromisoformat(_matching(_DATE_TIME, raw))
    offset = moment.utcoffset()
    if offset is None:
        raise _Unfit
    # A fixed offset is all that a snapshot keeps, so it is all that there ever is.
    return moment.replace(tzinfo=timezone(offset), fold=0)


def _yes_no(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw in _WORDS:
        return _WORDS[raw]
    raise _Unfit


def _matching(pattern: re.Pattern[str], raw: object) -> str:
    if isinstance(raw, str) and pattern.fullmatch(raw):
        return raw
    raise _Unfit


_SCALARS: Final[Mapping[str, Callable[[object], Value]]] = {
    "text": _text,
    "digits": _digits,
    "phone": _phone,
    "number": _number,
    "money": _number,
    "date": _date,
    "time": _time,
    "date_time": _date_time,
    "yes_no": _yes_no,
}
