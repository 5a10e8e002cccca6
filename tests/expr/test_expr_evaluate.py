"""What expressions give: precedence, empty, lists from 1, and the error exit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ivr.errors import SpokenValueError
from ivr.expr.expression import parse_expression, truth
from ivr.expr.types import Environment, Value, declare
from tests.expr.sample_call import AT, ENV, SCOPE


def value_of(source: str, env: Environment = ENV) -> Value:
    expression = parse_expression(source)
    assert expression.error is None
    return expression.evaluate(env)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 + 2 * 3", Decimal(7)),
        ("(1 + 2) * 3", Decimal(9)),
        ("10 - 3 - 2", Decimal(5)),
        ("8 / 4 / 2", Decimal(1)),
        ("-2 * -3", Decimal(6)),
        ("- - 2", Decimal(2)),
        ("2 - -3", Decimal(5)),
        ("1 / 3", Decimal("0.333333")),
        ("0.1 + 0.2", Decimal("0.3")),
        ("-account.balance", Decimal("12.50")),
        ("yes or no and no", True),
        ("(yes or no) and no", False),
        ("not no and no", False),
        ("not 1 = 2", True),
        ("not not yes", True),
        ("1 = 1 and 2 == 2 and 1 != 2", True),
        ("1 < 2 and 2 <= 2 and 3 > 2 and 3 >= 3", True),
        ("1.0 = 1", True),
        ("pin_tries + 1 >= 3", True),
        ("'a' + \"b\" + 'it is'", "abit is"),
        ('"it\'s"', "it's"),
        ("[1, 'a', yes]", [Decimal(1), "a", True]),
        ("[]", []),
        ("${ pin_tries }", Decimal(2)),
        ("pick in ['1', '2']", True),
        ("pick not in ['1', '2']", False),
        ("'vip' in tags", True),
        ("slots[1].id", "a"),
        ("slots[pick].id", "b"),
        ("slots[1 + 2].id", "c"),
        ("[1, 2][2]", Decimal(2)),
        ("last(slots, 1)[1].id", "c"),
        ("call.from", "+442079460123"),
        ("account.updated <= account.updated", True),
        ("call.started_at = slots[1].at", True),
    ],
)
def test_value(source: str, expected: Value) -> None:
    assert value_of(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("count(slots)", Decimal(3)),
        ("count('abc')", Decimal(3)),
        ("count(unset)", Decimal(0)),
        ("last('12345678', 4)", "5678"),
        ("last('123', 4)", "123"),
        ("last('123', 0)", ""),
        ("first('12345678', 4)", "1234"),
        ("first(tags, 1)", ["new"]),
        ("last(unset, 4)", None),
        ("luhn('4539578763621486')", True),
        ("luhn('4539578763621487')", False),
        ("luhn('79927398713')", True),
        ("luhn('4a')", False),
        ("luhn('')", False),
        ("luhn(unset)", False),
    ],
)
def test_functions(source: str, expected: Value) -> None:
    assert value_of(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("unset is empty", True),
        ("unset is not empty", False),
        ("'' is empty", True),
        ("[] is empty", True),
        ("0 is empty", False),
        ("no is empty", False),
        ("account is empty", False),
        ("unset = other_unset", True),
        ("unset = 0", False),
        ("unset != 'x'", True),
        ("'' = unset", False),
        ("1 in unset", False),
        ("voicemail.url", None),
        ("not unset", True),
        ("unset or yes", True),
        ("unset and yes", False),
    ],
)
def test_empty(source: str, expected: Value) -> None:
    assert value_of(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "unset + 1",
        "-unset",
        "unset * 2",
        "unset < 1",
        "1 / 0",
        "1 / (2 - 2)",
        "slots[0]",
        "slots[4]",
        "slots['0']",
        "slots['9999999999999']",
        "slots['two']",
        "slots[1.5]",
        "slots[-1]",
        "slots[unset]",
        "unset[1]",
        "name[1]",
        "account.nothing",
        "name.first",
        "call.nothing",
        "'10' > 9",
        "'10' > '9'",
        "pick = 2",
        "yes = 1",
        "yes < no",
        "tags = tags",
        "account = account",
        "account.updated = call.started_at",
        "1 in 'abc'",
        "1 in ['a']",
        "1 + 'a'",
        "'a' - 'b'",
        "'a' * 3",
        "-'a'",
        "1 and yes",
        "yes and 'no'",
        "not 'no'",
        "first('abc', -1)",
        "first('abc', 1.5)",
        "last('abc', '2')",
        "last(5, 1)",
        "count(5)",
        "count(account)",
        "luhn(79927398713)",
        "missing(1)",
        "count(tags, tags)",
        "999999999999999 + 1",
        "999999999999999 * 999999999999999",
        "999999999999999 / 0.000001",
        "-999999999999999 - 1",
    ],
)
def test_error_exit(source: str) -> None:
    with pytest.raises(SpokenValueError):
        value_of(source)


def test_division_by_zero_says_so() -> None:
    with pytest.raises(SpokenValueError, match="divided by zero"):
        value_of("1 / (2 - 2)")


def test_times_with_and_without_offset_have_no_order() -> None:
    times: dict[str, Value] = {"a": AT, "b": AT.replace(tzinfo=None)}
    for source in ("a < b", "b >= a"):
        with pytest.raises(SpokenValueError):
            value_of(source, times)


def test_and_or_stop_early() -> None:
    assert value_of("slots is empty or slots[1].id = 'a'") is True
    assert value_of("unset is not empty and unset[1] = 'a'") is False


def test_conditions_are_yes_or_no() -> None:
    assert truth(True) is True
    assert truth(False) is False
    assert truth(None) is False
    others: list[Value] = [Decimal(1), "yes", "", [True]]
    for other in others:
        with pytest.raises(SpokenValueError):
            truth(other)


def test_errors_never_show_values() -> None:
    caller: dict[str, Value] = {"pin": "987654", "amount": Decimal(424242), "items": ["987654"]}
    for source in ("pin + amount", "pin > amount", "-pin", "items[pin]", "pin.x", "not pin"):
        with pytest.raises(SpokenValueError) as raised:
            value_of(source, caller)
        assert "987654" not in str(raised.value)
        assert "424242" not in str(raised.value)


def test_names() -> None:
    names = parse_expression("account.balance < fee and slots[pick].id = env.reception").names
    assert names == (("account", "balance"), ("fee",), ("slots",), ("pick",), ("env", "reception"))
    assert parse_expression("fee + fee").names == (("fee",),)
    assert parse_expression("fee +").names == ()


def test_is_secret() -> None:
    for source in (
        "pin",
        "pin = '1'",
        "last(pin, 2)",
        "count(pin) > 1",
        "slots[pin].id",
        "[1, pin]",
    ):
        assert parse_expression(source).is_secret(SCOPE), source
        assert parse_expression(source).type(SCOPE).secret, source
    for source in ("pick", "account", "1", "unknown_name"):
        assert not parse_expression(source).is_secret(SCOPE), source


def test_a_secret_field_does_not_make_its_neighbours_secret() -> None:
    fields = {"pin": {"type": "digits", "secret": True}, "city": "text"}
    scope = {
        "person": declare({"type": "record", "fields": fields}),
        "people": declare({"type": "list", "fields": fields}),
    }
    secret = {
        source: parse_expression(source).is_secret(scope)
        for source in ("person.city", "person.pin", "person", "people[1].city", "people[1].pin")
    }
    assert secret == {
        "person.city": False,
        "person.pin": True,
        "person": True,
        "people[1].city": False,
        "people[1].pin": True,
    }


def test_all_of_a_secret_record_is_secret() -> None:
    raw = {"type": "record", "secret": True, "fields": {"city": "text"}}
    scope = {"person": declare(raw)}
    assert parse_expression("person.city").is_secret(scope)
    assert parse_expression("count(person.city) > 3").is_secret(scope)
