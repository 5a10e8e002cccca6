"""Unit: what an author is told of a mistake in YAML, and where."""

from __future__ import annotations

import pytest

from ivr.flow.diagnostics import Code, Diagnostic, FlowError, Span
from ivr.flow.document import load
from ivr.flow.strict_yaml.events import NewParser, PureParser, fastest_parser


@pytest.fixture(params=[fastest_parser, PureParser], ids=["fastest", "pure"])
def parser(request: pytest.FixtureRequest) -> NewParser:
    chosen: NewParser = request.param
    return chosen


def refused(text: str | bytes, parser: NewParser = fastest_parser) -> tuple[Diagnostic, ...]:
    with pytest.raises(FlowError) as caught:
        load(text, "flow.yaml", parser=parser)
    return caught.value.diagnostics


def test_all_duplicate_keys_are_told_with_both_lines(parser: NewParser) -> None:
    text = "states:\n  ask: {}\n  say: {}\n  ask: {}\n  say: {}\n  ask: {}\n"
    found = refused(text, parser)
    assert [(one.code, one.span.line, one.span.column) for one in found] == [
        (Code.DUPLICATE_KEY, 4, 3),
        (Code.DUPLICATE_KEY, 5, 3),
        (Code.DUPLICATE_KEY, 6, 3),
    ]
    assert "lines 2 and 4" in found[0].message
    assert [one.related[0].span.line for one in found] == [2, 3, 2]


def test_quoting_makes_no_second_key() -> None:
    (found,) = refused('"1": a\n1: b\n')
    assert found.code is Code.DUPLICATE_KEY


def test_the_same_key_in_two_maps_is_no_duplicate() -> None:
    assert load("a: { x: 1 }\nb: { x: 2, y: { x: 3 } }", "flow.yaml").value


def test_a_syntax_error_is_told_alone() -> None:
    (found,) = refused('a: 1\na: 2\nb: "c" d\n')
    assert (found.code, found.span.line) == (Code.SYNTAX, 3)


def test_the_first_cause_is_told_not_what_follows_from_it() -> None:
    (braces,) = refused("prompts:\n  greet: {{ name }}, welcome\n")
    assert (braces.code, braces.span) == (Code.KEY_NOT_TEXT, Span(2, 10, 2, 12))
    (pound,) = refused('on: { "1": sales, #: agent }\nnext: x\n')
    assert (pound.code, pound.span.line) == (Code.LOST_TO_COMMENT, 1)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("on:\n  *: agent\n", "2:3", "write `star`"),
        ("end_key: *\n", "1:10", "write `star`"),
        ("greet: *Important* news\n", "1:8", "quotes"),
        ("on:\n  #: agent\n", "2:3", "write `pound`"),
        ("on:\n  - #: agent\n", "2:5", "write `pound`"),
        ("end_key: #\n", "1:10", "write `pound`"),
        ("greet: Press 1 or #\n", "1:19", "quotes"),
        ("greet: {{ name }}\n", "1:8", "quotes"),
        ("greet: {{ name }} hello\n", "1:8", "quotes"),
        ("states: { say: { to: ${name} } }\n", "1:23", '"${name}"'),
        ("? [a, b]\n: c\n", "1:3", "name"),
        ("greet: Press 1: sales\n", "1:15", "colon"),
        ("greet: @sales\n", "1:8", "quotes"),
        ("greet: %s\n", "1:8", "quotes"),
        ("greet: `hello`\n", "1:8", "quotes"),
        ("greet: &sales\n", "1:8", "anchor"),
        ("greet: !important\n", "1:8", "tag"),
        ('greet: "Hello" she said\n', "1:16", "after its closing quote"),
        ("greet: 'it's'\n", "1:12", "apostrophe"),
        ('greet: "Hello\nnext: x\n', "1:8", "never closed"),
        ("flow:support\nschema: 1\n", "2:7", "no space after its colon"),
        ("flow: x\nschema\nstart: y\n", "2:1", "no colon"),
        ("steps:\n- a\n-b\n", "3:1", "after this dash"),
        ("flow: x\n  schema: 1\n", "2:9", "indented deeper"),
        ("a:\n    b: 1\n  c: 2\n", "3:3", "line up"),
        ("a: x\n- b\n", "2:1", "list item"),
        ("a: - b\n", "1:4", "list cannot begin here"),
        ("a: |x\n", "1:4", "| or >"),
        ("a: [1, 2\n", "1:4", "never closed"),
        ("a: {b: 1\nc: 2\n", "1:4", "never closed"),
        ("a: {\n  b: 1\n  c: 2\n}\n", "3:4", "comma"),
        ("a: [b, c}\n", "1:9", "comma"),
        ("type menu\n  prompt: x\n", "2:9", "missing colon in the line above"),
        ("}\n", "1:1", "closes nothing"),
        (": x\n", "1:1", "name is missing"),
        ('"": x\n', "1:1", "name is missing"),
        ("a:\n\tb: 1\n", "2:1", "tab"),
        ("\ta: 1\n", "1:1", "tab"),
        ("a: 1\n\tb: 2\n", "2:1", "tab"),
        ("a: {\n\tb: 1\n}\n", "2:1", "tab"),
        ("a: b\n\t\nc: d\n", "2:1", "tab"),
        ("a: |\n  b\n\t\n", "3:1", "tab"),
        ("a:\u00a0b\nc: d\n", "2:2", "no-break space"),
        ("<<: { a: 1 }\n", "1:1", "write the keys out"),
        ("a\u200b: 1\n", "1:1", "U+200B"),
        ("a: 1\n...\nb: 2\n", "3:1", "after the end"),
    ],
)
def test_a_mistake_is_told_in_the_words_of_an_author(
    text: str, place: str, words: str, parser: NewParser
) -> None:
    (found,) = refused(text, parser)
    assert f"{found.span.line}:{found.span.column}" == place
    assert words in f"{found.message} {found.detail} {found.advice}"


@pytest.mark.parametrize("text", ['path: "C:\\zip"', 'path: "\\x4"', 'path: "\\UFFFFFFFF"'])
def test_a_backslash_that_means_nothing_is_explained(text: str, parser: NewParser) -> None:
    (found,) = refused(text, parser)
    assert found.span.line == 1
    assert found.code is Code.SYNTAX


def test_a_name_beyond_the_length_of_a_key_is_told_so() -> None:
    (found,) = refused("a" * 2000 + ": b\n")
    assert "longer than 1024" in found.message


def test_one_mistake_has_one_code_however_it_is_noticed() -> None:
    for yaml_itself, ours in [("a: *\n", "a: *b\n"), ("a:\n\tb: 1\n", "a: {\n\tb: 1\n}\n")]:
        (parsed,), (built,) = refused(yaml_itself), refused(ours)
        assert (parsed.code, parsed.message) == (built.code, built.message)


def test_an_open_bracket_is_shown_from_the_missing_comma() -> None:
    (found,) = refused("a: {\n  b: 1\n  c: 2\n}\n")
    assert found.related[0].span == Span(1, 4, 1, 5)


@pytest.mark.parametrize(
    "text",
    [
        "a: |\n  Press\n  # or\n  #: x\n  1 or #\n  \ttab\n",
        "a: 'Press\n\n  1 or #\n\n  x'\n",
        'a: "x #: y, #"\nb: "{#: z}"\n',
        "# a comment #\n#\n#:::\n#---#\na: 1 # see: #5\n",
        "a: b#\nc: '#'\nd: C# sharp\n",
    ],
)
def test_tabs_and_hash_signs_are_fine_in_texts_and_comments(text: str, parser: NewParser) -> None:
    assert load(text, "flow.yaml", parser=parser).value


def test_hash_signs_in_quotes_do_not_hide_the_syntax_error() -> None:
    (found,) = refused('say: { a: "x, #: y", b: ${c} }\n')
    assert (found.code, found.span.column) == (Code.SYNTAX, 26)


@pytest.mark.skipif(fastest_parser is PureParser, reason="the pure parser refuses every tab")
@pytest.mark.parametrize("text", ["a:\tb\nc: d\te\n", "a: b \t # x\n", "a: b\n \t # x\n"])
def test_tabs_between_words_are_fine(text: str) -> None:
    assert load(text, "flow.yaml").value


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "---\n...\n"])
def test_an_empty_file_is_told_so(text: str, parser: NewParser) -> None:
    (found,) = refused(text, parser)
    assert found.code is Code.EMPTY_FILE


def test_only_one_document_is_read_from_a_flow(parser: NewParser) -> None:
    (found,) = refused("flow: x\n---\nflow: [broken\n", parser)
    assert (found.code, found.span) == (Code.SEVERAL_DOCUMENTS, Span(2, 1, 2, 4))


def test_a_modeline_and_a_document_start_are_fine(parser: NewParser) -> None:
    text = "%YAML 1.2 # the only one\n---\n# yaml-language-server: $schema=x\na: 1\n...\n"
    assert load(text, "flow.yaml", parser=parser).value == {"a": 1}


def test_the_error_carries_the_lines_for_an_excerpt() -> None:
    with pytest.raises(FlowError) as caught:
        load("a: 1\na: 2\n", "flow.yaml")
    assert caught.value.sources["flow.yaml"][:2] == ["a: 1", "a: 2"]
    assert str(caught.value).startswith("flow.yaml:2:1: this name is given twice")
