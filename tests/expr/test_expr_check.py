"""What is refused before a call: where it does not parse, and where types do not fit."""

from __future__ import annotations

import pytest

from ivr.expr.expression import parse_expression
from tests.expr.sample_call import SCOPE


@pytest.mark.parametrize(
    ("source", "offset", "words"),
    [
        ("", 0, "nothing"),
        ("${}", 2, "nothing"),
        ("1 +", 3, "missing at the end"),
        ("1 + * 2", 4, "missing before `*`"),
        ("(1 + 2", 6, "`)` is missing"),
        ("slots[1", 7, "`]` is missing"),
        ("[1, 2", 5, "`]` is missing"),
        ("count(a b)", 8, "`,` or `)`"),
        ("a b", 2, "not expected"),
        ("12abc", 2, "not expected"),
        ("a.1", 2, "name of a field"),
        ("a.", 2, "name of a field"),
        (".5", 0, "missing before `.`"),
        ("1 < x < 3", 6, "not chained"),
        ("a = b = c", 6, "not chained"),
        ("a is empty = yes", 11, "not chained"),
        ("a = not b", 4, "brackets"),
        ("a is 1", 5, "`empty`"),
        ("a = empty", 4, "is empty"),
        ("a not b", 6, "followed by `in`"),
        ("a && b", 2, "write `and`"),
        ("a || b", 2, "write `or`"),
        ("!a", 0, "write `not`"),
        ("'open", 0, "quote"),
        ('a + "open', 4, "quote"),
        ("${a} and ${b}", 3, "Only one"),
        ("a and ${b}", 6, "Write the name"),
        ("a as money", 2, "`as`"),
        ("a % b", 2, "not part"),
        ("ﬁle", 0, "not part"),
        ("nаme", 1, "not part"),  # the second letter is Cyrillic
        ("a\u202e", 1, "U+202E"),
        ("1234567890123456", 0, "15 digits"),
        ("0.1234567", 0, "6 decimals"),
        ("call.from.lower()", 15, "not expected"),
    ],
)
def test_does_not_parse(source: str, offset: int, words: str) -> None:
    error = parse_expression(source).error
    assert error is not None
    assert words in error.message
    assert error.offset == offset


def test_offsets_count_in_the_source_as_written() -> None:
    error = parse_expression("  ${ a && b }").error
    assert error is not None
    assert error.offset == 7


def faults_of(source: str) -> list[tuple[int, str]]:
    return [(fault.offset, fault.message) for fault in parse_expression(source).check(SCOPE)]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("pin_tries >= 3", "yes_no"),
        ("pin_tries + 1", "number"),
        ("fee * 2", "money"),
        ("2 * fee", "money"),
        ("fee + 1", "money"),
        ("fee / fee", "number"),
        ("-account.balance", "money"),
        ("account.balance < 0", "yes_no"),
        ("count(slots) = 3", "yes_no"),
        ("slots[pick].id", "text"),
        ("slots[1].at", "date_time"),
        ("slots[1].at < call.started_at", "yes_no"),
        ("slots[1]", "record"),
        ("first(slots, 2)[1].id", "text"),
        ("tags[1] + name", "text"),
        ("pick + '1'", "digits"),
        ("pick = name", "yes_no"),
        ("pick in ['1', '2']", "yes_no"),
        ("last(mobile, 4)", "text"),
        ("last(pick, 4)", "digits"),
        ("voicemail.seconds > 3", "yes_no"),
        ("name is empty or not account.locked", "yes_no"),
        ("env.reception", "text"),
        ("anything[1] + 1", "unknown"),
        ("anything[1].x > 3", "yes_no"),
        ("name in anything", "yes_no"),
        ("[1, fee]", "list"),
        ("[['a'], [1]][2][1] + 1", "unknown"),
    ],
)
def test_types(source: str, kind: str) -> None:
    expression = parse_expression(source)
    assert expression.check(SCOPE) == []
    assert expression.type(SCOPE).type == kind


@pytest.mark.parametrize(
    ("source", "offset", "words"),
    [
        ("pick > 3", 5, "number variable"),
        ("pick = 3", 5, "such as '1'"),
        ("pick in [1, 2]", 5, "such as '1'"),
        ("name < 'b'", 5, "numbers, dates or times"),
        ("fee = name", 4, "cannot be compared"),
        ("account.updated < slots[1].at", 16, "cannot be compared"),
        ("tags = tags", 5, "name one of its parts"),
        ("account.locked > no", 15, "a yes or no"),
        ("name + 1", 5, "two numbers or two texts"),
        ("name - name", 5, "two numbers"),
        ("fee * fee", 4, "Money times money"),
        ("1 / fee", 2, "divided by money"),
        ("-name", 0, "needs a number"),
        ("name and yes", 5, "conditions"),
        ("not pin_tries", 0, "conditions"),
        ("slots.id", 6, "say which item"),
        ("name.first", 5, "has no field"),
        ("name[1]", 4, "only a list"),
        ("slots[yes]", 5, "place in a list"),
        ("slots[0].id", 6, "count from 1"),
        ("slots['0']", 6, "count from 1"),
        ("name in name", 5, "comes a list"),
        ("count(fee)", 0, "cannot be used on"),
        ("last(name)", 0, "last(x, 4)"),
        ("luhn(fee)", 0, "cannot be used on"),
        ("''.__class__", 3, "has no field"),
    ],
)
def test_type_faults(source: str, offset: int, words: str) -> None:
    [(found, message)] = faults_of(source)
    assert words in message
    assert found == offset


@pytest.mark.parametrize(
    ("source", "name", "candidate"),
    [
        ("acount.balance > 0", "acount", "account"),
        ("account.balanse > 0", "balanse", "balance"),
        ("slots[1].idd", "idd", "id"),
        ("env.recepcion", "recepcion", "reception"),
        ("call.form", "form", "from"),
        ("voicemail.second", "second", "seconds"),
        ("cuont(slots)", "cuont", "count"),
    ],
)
def test_unknown_names_come_with_candidates(source: str, name: str, candidate: str) -> None:
    [fault] = parse_expression(source).check(SCOPE)
    assert fault.name == name
    assert candidate in fault.candidates
    assert source[fault.offset : fault.offset + fault.length] == name


def test_one_mistake_gives_one_message() -> None:
    assert len(faults_of("(nobody.x[1] + 1) * 2 > 3 and not nobody_else")) == 2


def test_a_condition_must_be_yes_or_no() -> None:
    [fault] = parse_expression("fee + 1").check(SCOPE, condition=True)
    assert "condition" in fault.message
    assert parse_expression("account.locked").check(SCOPE, condition=True) == []
    assert parse_expression("anything[1]").check(SCOPE, condition=True) == []


def test_check_of_what_does_not_parse_is_its_error() -> None:
    expression = parse_expression("1 +")
    assert expression.check(SCOPE) == [expression.error]
    assert expression.type(SCOPE).type == "unknown"
    assert not expression.is_secret(SCOPE)


def test_keywords_are_fine_as_fields() -> None:
    expression = parse_expression("answer.in = answer.empty and answer.yes")
    assert expression.error is None
    assert expression.names == (("answer", "in"), ("answer", "empty"), ("answer", "yes"))
