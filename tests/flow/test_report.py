"""Unit: what findings look like to a person, a program and a build service."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from textwrap import dedent

import pytest

import ivr
from ivr.flow.diagnostics import (
    Code,
    Diagnostic,
    Related,
    Severity,
    Span,
)
from ivr.flow.report import Format, in_order, render, totals

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


# For a terminal


def test_the_full_report_shows_the_words_and_where_they_lead() -> None:
    assert render([UNKNOWN], SOURCES, "full") == dedent("""\
        error[S009]: this option leads to a state that does not exist
           ╷ flows/main.yaml:6:20
           │
         4 │     on:
         5 │       "1": { goto: sales }
         6 │       "2": { goto: suport }
           │                    ^^^^^^ no state "suport" in flow "main"
           │
         7 │   support:
           │   ------- a state with a similar name is defined here
           ╵
           help: did you mean "support"?""")


def test_a_finding_in_a_file_that_is_not_at_hand_has_no_excerpt() -> None:
    elsewhere = Related(Span(4, 1, 4, 3), "first given here", "flows/prompts.yaml")
    one = Diagnostic(
        Code.SYNTAX,
        "something is wrong",
        "gone.yaml",
        Span(9, 2, 9, 3),
        detail="the word",
        related=(elsewhere,),
    )
    assert render([one], {}, "full") == dedent("""\
        error[S008]: something is wrong
           ╷ gone.yaml:9:2
           │ the word
           ├ flows/prompts.yaml:4:1
           │ first given here
           ╵""")


def shown(line: str, span: Span) -> tuple[str, str]:
    """The excerpt's line and the line of the caret, without the rule on the left."""
    one = Diagnostic(Code.SYNTAX, "wrong", "flow.yaml", span)
    lines = render([one], {"flow.yaml": [line]}, "full").splitlines()
    return lines[3][5:], lines[4][5:]


@pytest.mark.parametrize(
    ("line", "column", "end", "caret"),
    [
        ("a: b", 4, 5, "   ^"),
        ("a:\tb", 4, 5, "      ^"),
        ("中文: b", 5, 6, "      ^"),
        ("e\u0301a: b", 6, 7, "    ^"),
        ("a: 中文", 4, 6, "   ^^^^"),
        ("a: ", 4, 4, "   ^"),
        ("a:", 9, 10, "  ^"),
    ],
)
def test_the_caret_stands_under_its_words(line: str, column: int, end: int, caret: str) -> None:
    assert shown(line, Span(1, column, 1, end))[1] == caret


def test_a_span_of_several_lines_is_marked_in_the_first() -> None:
    assert shown("a: { b: c,  ", Span(1, 4, 3, 2))[1] == "   ^^^^^^^"


@pytest.mark.parametrize("column", [1, 50, 5_000, 9_990])
def test_a_long_line_is_cut_around_the_caret(column: int) -> None:
    line = "".join(chr(ord("a") + n % 26) for n in range(10_000))
    text, caret = shown(line, Span(1, column, 1, column + 3))
    assert len(text) <= 125
    assert text[caret.index("^") :].startswith(line[column - 1 : column + 2])
    assert caret.count("^") == 3


def test_no_control_character_reaches_the_terminal() -> None:
    evil = "\x1b]0;owned\x07 \u202egnp\u202c \x9b31m \u2028 \ud800 \r\n\0"
    one = Diagnostic(
        Code.SYNTAX,
        f"message {evil}",
        f"file {evil}",
        Span(1, 1, 1, 2),
        detail=f"detail {evil}",
        help=f"help {evil}",
        suggestion=evil,
        related=(Related(Span(1, 1, 1, 2), f"related {evil}"),),
    )
    forms: Sequence[Format] = ("full", "concise", "github", "azure")
    for form in forms:
        text = render([one], {f"file {evil}": [evil]}, form)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202a-\u202e\ud800]", text)


def test_words_of_other_scripts_are_left_alone() -> None:
    line = "سلام\u200cعلیکم naïve 😀"
    assert shown(line, Span(1, 1, 1, 2))[0] == line


def test_colour_only_adds_escape_sequences() -> None:
    plain = render([UNKNOWN], SOURCES, "full")
    coloured = render([UNKNOWN], SOURCES, "full", color=True)
    assert coloured != plain
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain


def test_the_same_finding_many_times_is_shown_five_times() -> None:
    text = render([finding(line) for line in range(1, 9)], {"flow.yaml": ["x"] * 9}, "full")
    assert text.count("error[S008]") == 5
    assert text.endswith(
        "and 3 more S008: something is wrong\n   flow.yaml:6, flow.yaml:7, flow.yaml:8"
    )


def test_nothing_found_is_nothing_to_read() -> None:
    assert render([], {}, "full") == render([], {}, "concise") == render([], {}, "github") == ""


def test_the_concise_report_has_a_line_each() -> None:
    assert render([UNKNOWN, finding(2, 5, file="a.yaml", help="not told")], {}, "concise") == (
        "a.yaml:2:5: S008 something is wrong\n"
        "flows/main.yaml:6:20: S009 this option leads to a state that does not exist: "
        'no state "suport" in flow "main" (did you mean "support"?)'
    )


# Order and count


def test_findings_are_in_the_order_of_the_files_and_equal_places_stay() -> None:
    first, second = finding(2, 3, message="found first"), finding(2, 3, message="found second")
    later, other = finding(10, 1), finding(1, 1, file="z.yaml")
    assert in_order([other, later, first, second]) == [first, second, later, other]
    assert in_order([second, first]) == [second, first]


def test_findings_are_counted_by_severity() -> None:
    warning = Diagnostic(Code.SYNTAX, "x", "flow.yaml", Span(1, 1, 1, 2), severity=Severity.WARNING)
    assert totals([UNKNOWN, UNKNOWN, warning]) == (2, 1)
    assert str(totals([UNKNOWN, UNKNOWN, warning])) == "2 errors, 1 warning"


# For programs


def test_the_json_report_is_one_document_of_a_fixed_shape() -> None:
    report = json.loads(render([UNKNOWN], {}, "json"))
    assert report["format_version"] == "1.0"
    assert report["tool"] == {"name": "ivr", "version": ivr.__version__}
    assert report["summary"] == {"errors": 1, "warnings": 0}
    assert report["diagnostics"] == [
        {
            "code": "S009",
            "severity": "error",
            "message": "this option leads to a state that does not exist",
            "detail": 'no state "suport" in flow "main"',
            "file": "flows/main.yaml",
            "range": {"start": {"line": 6, "column": 20}, "end": {"line": 6, "column": 26}},
            "related": [
                {
                    "file": "flows/main.yaml",
                    "range": {
                        "start": {"line": 7, "column": 3},
                        "end": {"line": 7, "column": 10},
                    },
                    "message": "a state with a similar name is defined here",
                }
            ],
            "help": 'did you mean "support"?',
            "suggestion": "support",
        }
    ]


def test_a_clean_json_report_is_a_document_too() -> None:
    assert json.loads(render([], {}, "json"))["diagnostics"] == []


def test_json_holds_whatever_a_file_holds_as_ascii() -> None:
    text = render([finding(message="é 😀 \ud800 \x1b")], {}, "json")
    assert text.isascii()
    assert json.loads(text)["diagnostics"][0]["message"] == "é 😀 \ud800 \x1b"


def test_github_shows_an_annotation_at_the_words() -> None:
    assert render([UNKNOWN], {}, "github") == (
        "::error file=flows/main.yaml,line=6,col=20,endColumn=26,title=S009::"
        "this option leads to a state that does not exist"
        '%0Ano state "suport" in flow "main"%0Adid you mean "support"?'
    )


def test_github_takes_no_columns_for_several_lines() -> None:
    one = Diagnostic(Code.SYNTAX, "wrong", "flow.yaml", Span(2, 5, 4, 1))
    assert (
        render([one], {}, "github") == "::error file=flow.yaml,line=2,endLine=4,title=S008::wrong"
    )


def test_github_words_cannot_make_commands_or_properties() -> None:
    one = finding(file="a,b:c%.yaml", message="100 %\n::error::forged", help="x\r\ny")
    line = render([one], {}, "github")
    assert line.startswith("::error file=a%2Cb%3Ac%25.yaml,line=1,")
    assert line.endswith("::100 %25 ::error::forged%0Ax  y")
    assert len(line.splitlines()) == 1


def test_github_gets_ten_of_each_severity_and_the_number_of_the_rest() -> None:
    lines = render([finding(line) for line in range(1, 15)], {}, "github").splitlines()
    assert [line.startswith("::error ") for line in lines] == [True] * 10 + [False]
    assert lines[-1].startswith("::notice::4 more findings")


def test_azure_shows_an_issue_at_the_words() -> None:
    one = finding(31, 20, file="flows/a;b].yaml", message="100 %")
    assert render([one], {}, "azure") == (
        "##vso[task.logissue type=error;sourcepath=flows/a%3Bb%5D.yaml;linenumber=31;"
        "columnnumber=20;code=S008]100 %AZP25"
    )


def test_a_report_over_a_line_of_megabytes_is_small() -> None:
    lines: Mapping[str, Sequence[str]] = {"flow.yaml": ["a" * 5_000_000]}
    assert len(render([finding(1, 4_000_000, 4_900_000)], lines, "full")) < 1_000
