"""Values into JSON and back without knowing their declaration, for snapshots and request bodies.

JSON has texts, yes and no and null of its own; what it lacks is tagged, as in
`{"$": "number", "v": "12.50"}`. A list or a record is packed item by item.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias

from ivr.errors import SpokenValueError
from ivr.expr.values import Value, kind_of, within_range

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

_TAG: Final = "$"
_EXACT_FLOAT_DIGITS: Final = 15


def pack(value: Value) -> Json:
    """The JSON from which `unpack` makes an equal value; texts, yes, no and empty as they are."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, list):
        return [pack(each) for each in value]
    if isinstance(value, dict):
        packed: dict[str, Json] = {name: pack(each) for name, each in value.items()}
        return _tagged("record", packed) if _TAG in packed else packed
    return _tagged(kind_of(value), str(value) if isinstance(value, Decimal) else value.isoformat())


def unpack(packed: object) -> Value:
    """The value that was packed. SpokenValueError if it was not made by `pack`."""
    if packed is None or isinstance(packed, (str, bool)):
        return packed
    if isinstance(packed, list):
        return [unpack(each) for each in packed]
    if not isinstance(packed, dict):
        raise SpokenValueError("A stored value cannot be read.")
    if _TAG not in packed:
        return {str(name): unpack(each) for name, each in packed.items()}
    return _untagged(packed[_TAG], packed.get("v"))


def as_json(value: Value) -> Json:
    """A value as another system expects it in a JSON body: plain numbers, dates as ISO 8601.

    A number that a JSON reader would not keep exactly goes as a text.
    """
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, list):
        return [as_json(each) for each in value]
    if isinstance(value, dict):
        return {name: as_json(each) for name, each in value.items()}
    if isinstance(value, Decimal):
        return _json_number(value)
    return value.isoformat()


def _json_number(number: Decimal) -> int | float | str:
    if within_range(number) == number.to_integral_value():
        return int(number)
    exact = len(number.normalize().as_tuple().digits) <= _EXACT_FLOAT_DIGITS
    return float(number) if exact else str(number)


def _tagged(kind: str, content: Json) -> dict[str, Json]:
    return {_TAG: kind, "v": content}


def _untagged(kind: object, content: object) -> Value:
    if kind == "record" and isinstance(content, dict):
        return {str(name): unpack(each) for name, each in content.items()}
    try:
        return _scalar(kind, content)
    except (InvalidOperation, ValueError):
        raise SpokenValueError("A stored value cannot be read.") from None


def _scalar(kind: object, content: object) -> Value:
    if not isinstance(content, str):
        raise ValueError(kind)
    if kind == "number":
        return Decimal(content)
    if kind == "date":
        return date.fromisoformat(content)
    if kind == "time":
        return time.fromisoformat(content)
    if kind == "date_time":
        return datetime.fromisoformat(content)
    raise ValueError(kind)
