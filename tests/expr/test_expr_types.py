"""Declarations, conversion of what comes from outside, and storage."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from ivr.errors import SpokenValueError
from ivr.expr.types import (
    TYPES,
    Declaration,
    DeclarationError,
    Kind,
    Value,
    as_json,
    coerce,
    declare,
    fits,
    pack,
    unpack,
)

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_declarations() -> None:
    assert declare("text") == Declaration("text")
    for secret in (True, "yes"):
        assert declare({"type": "digits", "secret": secret}).secret
    for open_to_all in (False, "no", None):
        assert not declare({"type": "digits", "secret": open_to_all}).secret
    assert declare({"type": "number", "start": 0}).start == 0
    slots = declare({"type": "list", "fields": {"id": "text", "at": {"type": "date_time"}}})
    assert slots.item is not None
    assert slots.item.fields == {"id": declare("text"), "at": declare("date_time")}
    assert declare({"type": "list", "item": "number"}).item == declare("number")
    for recording in (declare("recording"), declare({"type": "recording"})):
        assert recording.fields is not None
        assert set(recording.fields) == {"url", "seconds", "ended_by"}


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("txt", ()),
        (5, ()),
        (None, ()),
        ({}, ("type",)),
        ({"type": "txt"}, ("type",)),
        ({"type": "unknown"}, ("type",)),
        ({"type": ["text"]}, ("type",)),
        ({"type": "text", "fields": {"a": "text"}}, ("fields",)),
        ({"type": "record", "fields": ["a"]}, ("fields",)),
        ({"type": "record", "fields": {"a": "txt"}}, ("fields", "a")),
        ({"type": "record", "fields": {"a b": "text"}}, ("fields", "a b")),
        ({"type": "record", "fields": {"a": {"type": "txt"}}}, ("fields", "a", "type")),
        ({"type": "list", "item": "txt"}, ("item",)),
        ({"type": "digits", "secret": "Yes"}, ("secret",)),
        ({"type": "digits", "secret": 1}, ("secret",)),
    ],
)
def test_wrong_declarations(raw: object, path: tuple[str, ...]) -> None:
    with pytest.raises(DeclarationError) as raised:
        declare(raw, ("vars", "x"))
    assert raised.value.path == ("vars", "x", *path)
    if raised.value.name == "txt":
        assert "text" in raised.value.candidates


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("text", "Ada", "Ada"),
        ("text", "", ""),
        ("text", 12345678901234567890, "12345678901234567890"),
        ("text", Decimal("1.50"), "1.5"),
        ("digits", "0123", "0123"),
        ("digits", 123, "123"),
        ("phone", "+442079460123", "+442079460123"),
        ("number", 3, Decimal(3)),
        ("number", "-12.50", Decimal("-12.50")),
        ("number", 0.1, Decimal("0.1")),
        ("number", 1e-7, Decimal(0)),
        ("number", 0.1 + 0.2, Decimal("0.3")),
        ("number", 999_999_999_999_999, Decimal(999_999_999_999_999)),
        ("money", 12.5, Decimal("12.5")),
        ("money", "0.123456", Decimal("0.123456")),
        ("date", "2026-11-24", date(2026, 11, 24)),
        ("time", "09:30", time(9, 30)),
        ("time", "09:30:15", time(9, 30, 15)),
        ("date_time", "2026-11-24T12:00:00Z", NOON),
        ("date_time", "2026-11-24T13:00+01:00", NOON),
        ("date_time", "2026-11-24T12:00:00.0000000Z", NOON),
        ("date_time", NOON.astimezone(ZoneInfo("Asia/Tokyo")), NOON),
        ("yes_no", True, True),
        ("yes_no", "no", False),
        ("list", [1, "a", None, [True]], [Decimal(1), "a", None, [True]]),
        ("record", {"a": 1, "b": {"c": "d"}}, {"a": Decimal(1), "b": {"c": "d"}}),
        *((kind, None, None) for kind in TYPES),
    ],
)
def test_coerce(kind: str, raw: object, value: Value) -> None:
    assert coerce(raw, declare(kind)) == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("text", True),
        ("text", ["a"]),
        ("text", float("nan")),
        ("text", "x" * 65_536),
        ("text", "é" * 40_000),
        ("digits", "12a"),
        ("digits", ""),
        ("digits", "123\n"),
        ("digits", "١٢"),
        ("digits", "１２"),
        ("digits", "²"),
        ("digits", -1),
        ("digits", 1.5),
        ("phone", "+15551234567\n"),
        ("phone", "442079460123"),
        ("phone", "+0123456789"),
        ("phone", "+123456"),
        ("phone", "+1234567890123456"),
        ("phone", "+1 (900) 5551234"),
        ("phone", "+1555&SIP/x"),
        ("phone", 442079460123),
        ("number", True),
        ("number", "1e5"),
        ("number", "0x10"),
        ("number", " 1"),
        ("number", "1_000"),
        ("number", "NaN"),
        ("number", "١٢"),
        ("number", float("inf")),
        ("number", float("nan")),
        ("number", Decimal("sNaN")),
        ("number", 10**15),
        ("number", Decimal("1E+999999")),
        ("number", "1" * 5000),
        ("money", "£5"),
        ("date", "24.11.2026"),
        ("date", "2026-02-30"),
        ("date", "20261124"),
        ("date", "2026-11-24\n"),
        ("date", NOON),
        ("time", "9:30"),
        ("time", "24:61"),
        ("time", time(9, 0, tzinfo=UTC)),
        ("date_time", "2026-11-24T12:00:00"),
        ("date_time", "2026-11-24"),
        ("date_time", "2026-11-24T12:00:00+99:99"),
        ("date_time", NOON.replace(tzinfo=None)),
        ("yes_no", 1),
        ("yes_no", "Yes"),
        ("list", {"a": 1}),
        ("list", "abc"),
        ("list", [object()]),
        ("list", [float("nan")]),
        ("list", [1] * 10_000),
        ("record", [1]),
        ("record", {"a" * 70_000: 1}),
        ("recording", "https://x.example"),
    ],
)
def test_coerce_refuses(kind: str, raw: object) -> None:
    with pytest.raises(SpokenValueError):
        coerce(raw, declare(kind))


def test_a_number_of_thousands_of_digits_is_refused_at_once() -> None:
    for kind in ("number", "text", "digits", "list"):
        raw: object = [10**100_000] if kind == "list" else 10**100_000
        with pytest.raises(SpokenValueError):
            coerce(raw, declare(kind))


def test_an_answer_keeps_only_what_is_declared() -> None:
    account = declare({"type": "record", "fields": {"balance": "money", "locked": "yes_no"}})
    answer = {"balance": 12.5, "__proto__": 1, "pin": "1234"}
    assert coerce(answer, account) == {"balance": Decimal("12.5"), "locked": None}


def test_errors_name_the_place_and_never_the_value() -> None:
    slots = declare({"type": "list", "fields": {"id": "text", "at": "date_time"}})
    raw = [{"id": "a", "at": "2026-11-24T12:00:00Z"}, {"id": "b", "at": "secret 987654"}]
    with pytest.raises(SpokenValueError) as raised:
        coerce(raw, slots)
    assert "[2].at" in str(raised.value)
    assert "987654" not in str(raised.value)
    with pytest.raises(SpokenValueError) as raised:
        coerce({"987654": object()}, declare("record"))
    assert "987654" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_values_inside_one_another_are_bounded() -> None:
    deep: list[object] = []
    for _ in range(10_000):
        deep = [deep]
    wide: list[object] = ["x"]
    for _ in range(60):
        wide = [wide, wide]  # 2 to the power of 60 texts, if anybody were to count
    itself: list[object] = []
    itself.append(itself)
    for hostile in (deep, wide, itself):
        with pytest.raises(SpokenValueError):
            coerce(hostile, declare("list"))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "",
        "text",
        Decimal("12.50"),
        Decimal("-0.000001"),
        date(2026, 11, 24),
        time(9, 30),
        time(9, 30, 15, 5),
        NOON,
        datetime(2026, 7, 1, 1, 2, 3, 4, timezone(timedelta(hours=-5, minutes=30))),
        [],
        ["a", [Decimal(1), None]],
        {"at": NOON, "on": True},
        {"$": "number", "v": "not a number"},
        {"$": {"$": Decimal(1)}},
    ],
)
def test_pack_round_trip(value: Value) -> None:
    stored = json.loads(json.dumps(pack(value)))
    again = unpack(stored)
    assert again == value
    assert type(again) is type(value)
    assert str(again) == str(value)


def test_texts_and_truths_are_packed_as_they_are() -> None:
    assert pack("1") == "1"
    assert pack(True) is True
    assert pack(Decimal("12.5")) == {"$": "number", "v": "12.5"}


@pytest.mark.parametrize(
    "packed",
    [
        1,
        1.5,
        {"$": "number", "v": "x"},
        {"$": "number", "v": 1},
        {"$": "number"},
        {"$": "date", "v": "x"},
        {"$": "os.system", "v": "x"},
        {"$": "record", "v": []},
        {"$": ["number"], "v": "1"},
    ],
)
def test_unpack_refuses_what_pack_did_not_make(packed: object) -> None:
    with pytest.raises(SpokenValueError):
        unpack(packed)


def test_json_for_another_system() -> None:
    value: Value = {"n": Decimal("3.00"), "m": Decimal("12.5"), "at": NOON, "l": [None, True, "x"]}
    assert as_json(value) == {
        "n": 3,
        "m": 12.5,
        "at": "2026-11-24T12:00:00+00:00",
        "l": [None, True, "x"],
    }
    assert as_json(Decimal("123456789012345.123456")) == "123456789012345.123456"
    with pytest.raises(SpokenValueError):
        as_json(Decimal("1E+999999"))


def test_fits() -> None:
    def may(actual: Kind, wanted: Kind) -> bool:
        return fits(Declaration(actual), Declaration(wanted))

    assert may("digits", "number")
    assert may("number", "money")
    assert may("phone", "text")
    assert may("unknown", "date")
    assert may("empty", "list")
    assert may("text", "date_time")
    assert not may("yes_no", "text")
    assert not may("digits", "date")
    assert not may("list", "text")
    assert not may("number", "yes_no")


def test_what_fits_never_is_what_coerce_never_takes() -> None:
    samples: dict[str, Value] = {
        "digits": "1234567",
        "phone": "+442079460123",
        "number": Decimal(5),
        "money": Decimal(5),
        "date": date(2026, 11, 24),
        "time": time(9, 0),
        "date_time": NOON,
        "yes_no": True,
        "list": ["x"],
        "record": {"a": "x"},
    }
    for actual, value in samples.items():
        for wanted in TYPES:
            if not fits(declare(actual), declare(wanted)):
                with pytest.raises(SpokenValueError):
                    coerce(value, declare(wanted))
