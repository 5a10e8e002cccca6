"""Unit: keys, values and characters that would be read otherwise than they look.

The numbers are those of the project's list of hostile inputs, group D.
"""

from __future__ import annotations

from textwrap import dedent

import pytest

from ivr.flow.diagnostics import Code, Diagnostic, FlowError, Severity, Span
from ivr.flow.document import load, load_all


def refused(text: str | bytes) -> tuple[Diagnostic, ...]:
    with pytest.raises(FlowError) as caught:
        load(text, "flow.yaml")
    with pytest.raises(FlowError):
        load_all(text, "flow.yaml")
    return caught.value.diagnostics


def refused_once(text: str | bytes) -> Diagnostic:
    (found,) = refused(text)
    assert found.severity is Severity.ERROR
    assert found.advice
    return found


# D05, D06: tags and merge keys


@pytest.mark.parametrize(
    "value",
    [
        '!!python/object/apply:os.system ["true"]',
        "!!python/name:os.system",
        "!!python/object/new:type {}",
        "!unknown x",
        "!!str 12",
        "!!binary aGk=",
        "!<tag:yaml.org,2002:int> 1",
        "! x",
    ],
)
def test_d05_no_tag_is_ever_looked_up(value: str) -> None:
    found = refused_once(f"pin: {value}")
    assert (found.code, found.span.line, found.span.column) == (Code.TAG, 1, 6)


def test_d05_a_key_has_no_tag_either() -> None:
    assert refused_once("!!int 1: x").code is Code.TAG


def test_d06_nothing_is_merged_into_a_map() -> None:
    text = "pin: { secret: true }\ncard: { <<: { secret: false }, digits: 4 }"
    found = refused_once(text)
    assert (found.code, found.span) == (Code.MERGE_KEY, Span(2, 9, 2, 11))
    codes = [one.code for one in refused("a: &a { x: 1 }\nb: { <<: *a }")]
    assert codes == [Code.ALIAS, Code.MERGE_KEY, Code.ALIAS]


def test_d06_a_quoted_merge_key_is_text() -> None:
    assert load('"<<": x', "flow.yaml").value == {"<<": "x"}


# D07, D08: keys


def test_d07_the_last_of_two_states_never_wins_in_silence() -> None:
    found = refused_once("states:\n  ask: { type: menu }\n  ask: { type: prompt }\n")
    assert found.code is Code.DUPLICATE_KEY
    assert "lines 2 and 3" in found.message
    assert found.related[0].span.line == 2


def test_d08_the_keys_of_a_telephone() -> None:
    text = dedent("""\
        on:
          0: zero
          00: double zero
          "1": one
          star: star
          pound: pound
          no: text
          on: text
        """)
    assert load(text, "flow.yaml").value == {
        "on": {
            "0": "zero",
            "00": "double zero",
            "1": "one",
            "star": "star",
            "pound": "pound",
            "no": "text",
            "on": "text",
        }
    }


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("on:\n  *: agent", "star"),
        ("on:\n  #: agent", "pound"),
        ("on: { #: agent }", "pound"),
        ("on: { *: agent }", "star"),
        ("end_key: #", "pound"),
        ("end_key: *", "star"),
    ],
)
def test_d08_star_and_pound_have_names(text: str, word: str) -> None:
    assert f"`{word}`" in refused_once(text).advice


# D09, D10: scalars


def test_d09_what_callers_dial_stays_as_it_is_written() -> None:
    written = ["+14255550100", "0014255550100", "0123", "10:00", "1_000", "1:30:45", "2026-03-03"]
    assert load("[" + ", ".join(written) + "]", "flow.yaml").value == written


def test_d10_there_is_no_infinite_number() -> None:
    written = [".nan", ".inf", "-.inf", ".NaN", "1e400", "-1e999", "1.0e+400", "0x7fffffff"]
    assert load("[" + ", ".join(written) + "]", "flow.yaml").value == written
    assert load("[-1, 1000000000, 0]", "flow.yaml").value == [-1, 1_000_000_000, 0]


def test_d10_a_number_of_ten_thousand_digits_is_text() -> None:
    assert load("a: " + "9" * 10_000, "flow.yaml").value == {"a": "9" * 10_000}


# D15: what an editor shows is what is read


@pytest.mark.parametrize("directive", ["%YAML 9.9", "%YAML 1.1", "%YAML 1.20", "%FOO", "%TAG ! x"])
def test_d15_no_directive_but_yaml_1_2(directive: str) -> None:
    found = refused_once(f"{directive}\n---\na: 1\n")
    assert (found.code, found.span.line) == (Code.DIRECTIVE, 1)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"\xef\xbb\xbfa: 1", "with BOM"),
        ("a: 1".encode("utf-16"), "UTF-16"),
        ("a: 1".encode("utf-16-le"), "UTF-16"),
        ("a: 1".encode("utf-16-be"), "UTF-16"),
        ("a: 1".encode("utf-32"), "UTF-16"),
        ("a: é".encode("cp1252"), "UTF-8"),
        (b"a: 1\nb: \xff\n", "UTF-8"),
        (b"a: \xed\xa0\x80", "UTF-8"),
        (b"a: \xc0\x80", "UTF-8"),
    ],
)
def test_d15_a_file_is_utf8_without_a_mark(raw: bytes, words: str) -> None:
    found = refused_once(raw)
    assert found.code is Code.NOT_UTF8
    assert words in found.message + found.advice


def test_d15_the_first_wrong_byte_is_placed() -> None:
    assert refused_once(b"a: 1\nb: \xc3\xa9\xff\n").span == Span(2, 5, 2, 6)


@pytest.mark.parametrize(
    "character",
    [
        *"\0\x01\x07\x08\x0b\x0c\x1b\x1f\x7f\x80\x85\x9f",
        *"\u2028\u2029\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069",
        *"\ufeff\ufffe\uffff\ud800\udfff",
    ],
    ids=lambda character: f"U+{ord(character):04X}",
)
def test_d15_what_cannot_be_seen_is_refused(character: str) -> None:
    for text in (f"a: 1\nbcd: e{character}f\n", f"a: 1\nbcd: e # {character}\n"):
        found = refused_once(text)
        assert found.code is Code.CONTROL_CHARACTER
        assert found.span.line == 2
        assert f"U+{ord(character):04X}" in found.detail


@pytest.mark.parametrize("escape", ["\\0", "\\e", "\\x1b", "\\N", "\\L", "\\u202e", "\\x07"])
def test_d15_nor_is_it_let_in_as_an_escape(escape: str) -> None:
    assert refused_once(f'a: "b{escape}c"').code is Code.CONTROL_CHARACTER
    assert refused_once(f'"a{escape}b": c').code is Code.CONTROL_CHARACTER


def test_d15_no_message_repeats_what_cannot_be_seen() -> None:
    with pytest.raises(FlowError) as caught:
        load('"a\\e": 1\n"a\\e": 2\n', "flow.yaml")
    assert str(caught.value).isprintable()


def test_d15_other_escapes_and_scripts_are_welcome() -> None:
    text = 'a: "one\\ttwo\\n\\u00e9 \\U0001F600"\nb: שלום\nc: سلام\u200cعلیکم\nd: 中文 😀\n'
    assert load(text.encode(), "flow.yaml").value == {
        "a": "one\ttwo\né 😀",
        "b": "שלום",
        "c": "سلام\u200cعلیکم",
        "d": "中文 😀",
    }
