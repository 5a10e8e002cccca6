"""Unit: findings, the table of their codes, and the nearest name."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest

from ivr.errors import IvrError
from ivr.flow.diagnostics import (
    Code,
    Diagnostic,
    FlowError,
    Related,
    Severity,
    Span,
    did_you_mean,
)

FLOW = dedent("""\
    flow: main
    states:
      ask:
        on:
          "1": { goto: sales }
          "2": { goto: suport }
      support:
        type: hangup
    """).splitlines()
SOURCES = {"flows/main.yaml": FLOW}

UNKNOWN = Diagnostic(
    Code.DUPLICATE_KEY,
    "this option leads to a state that does not exist",
    "flows/main.yaml",
    Span(6, 20, 6, 26),
    detail='no state "suport" in flow "main"',
    suggestion="support",
    related=(Related(Span(7, 3, 7, 10), "a state with a similar name is defined here"),),
)


def finding(line: int = 1, column: int = 1, end: int | None = None, **words: str) -> Diagnostic:
    span = Span(line, column, line, end or column + 1)
    given = {"message": "something is wrong", "file": "flow.yaml", **words}
    return Diagnostic(
        Code.SYNTAX,
        given["message"],
        given["file"],
        span,
        detail=given.get("detail", ""),
        help=given.get("help", ""),
    )


# Codes and findings


def test_every_code_is_written_alike_and_given_once() -> None:
    codes = [code.code for code in Code.__members__.values()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch("[SEW][0-9]{3}", code) for code in codes)
    assert all(code.meaning and code.meaning[-1] != "." for code in Code)


def test_a_finding_weighs_what_its_code_says_unless_it_says_otherwise() -> None:
    assert UNKNOWN.severity is Severity.ERROR
    lighter = Diagnostic(
        Code.SYNTAX, "no value yet", "flow.yaml", Span(1, 1, 1, 2), severity=Severity.WARNING
    )
    assert lighter.severity is Severity.WARNING
    assert all(
        code.severity is (Severity.WARNING if str(code)[0] == "W" else Severity.ERROR)
        for code in Code
    )


def test_the_error_is_one_sentence_that_says_where_what_and_what_to_do() -> None:
    error = FlowError([finding(3, 7, message="this name is missing", help="write the name")])
    assert isinstance(error, IvrError)
    assert str(error) == "flow.yaml:3:7: this name is missing; write the name"


def test_the_error_says_how_many_more_there_are() -> None:
    error = FlowError([finding(1), finding(2), finding(3)])
    assert str(error).endswith("(and 2 more)")
    assert [one.span.line for one in error.diagnostics] == [1, 2, 3]


# The nearest name


@pytest.mark.parametrize(
    ("word", "candidates", "meant"),
    [
        ("suport", ["sales", "support"], "support"),
        ("mneu", ["menu", "prompt"], "menu"),
        ("promt", ["prompt", "wait"], "prompt"),
        ("colect", ["collect"], "collect"),
        ("sensetive_key", ["sensitive_kye"], "sensitive_kye"),
        ("Give-Up", ["give_up", "hangup"], "give_up"),
        ("no input", ["no_input", "no_match"], "no_input"),
        ("OK", ["ok"], "ok"),
        ("ring_biling", ["ring_billing"], "ring_billing"),
        ("ab", ["cd", "ac"], None),
        ("of", ["on"], None),
        ("sale", ["wait"], None),
        ("hangup", ["prompt", "transfer"], None),
        ("menu", [], None),
        ("", ["a", "menu"], None),
        ("menu", ["menu"], None),
        ("bat", ["cat", "bar"], "bar"),
    ],
)
def test_the_nearest_name(word: str, candidates: list[str], meant: str | None) -> None:
    assert did_you_mean(word, candidates) == meant
    assert did_you_mean(word, reversed(candidates)) == meant


def test_a_word_of_a_megabyte_is_near_nothing() -> None:
    assert did_you_mean("a" * 1_000_000, ["a" * 999_999]) is None
