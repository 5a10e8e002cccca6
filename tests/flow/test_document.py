"""Unit: what YAML is read as, and where everything stands."""

from __future__ import annotations

from collections import deque
from textwrap import dedent

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow.diagnostics import FlowError, Span
from ivr.flow.document import Document, load, load_all
from ivr.flow.strict_yaml.events import NewParser, PureParser, fastest_parser
from ivr.flow.strict_yaml.values import YamlValue

FLOW = dedent("""\
    # a comment
    flow: support_line
    prompts:
      greet: Hello. Press 1.
      long: |
        First line.
          Second line.

    states:
      ask:
        type: menu
        prompt: [greet, long]
        on:
          "1": { label: Sales, go: sales }
          star:
      sales: { type: hangup, result: "served" }
    """)


@pytest.fixture(params=[fastest_parser, PureParser], ids=["fastest", "pure"])
def parser(request: pytest.FixtureRequest) -> NewParser:
    chosen: NewParser = request.param
    return chosen


def text_at(document: Document, span: Span) -> str:
    """What an editor would mark: the characters of the span."""
    lines = list(document.lines[span.line - 1 : span.end_line])
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


def test_the_c_parser_is_used_where_there_is_one() -> None:
    assert (fastest_parser is not PureParser) == yaml.__with_libyaml__


# Values


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", None),
        ("null", None),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("-12", -12),
        ("999999999999999", 999_999_999_999_999),
        ("1.50", 1.5),
        ("-0.25", -0.25),
    ],
)
def test_a_word_that_can_be_nothing_else_is_a_value(written: str, meant: YamlValue) -> None:
    value = load(f"key: {written}", "flow.yaml").value
    assert value == {"key": meant}
    assert isinstance(value, dict)
    assert type(value["key"]) is type(meant)


@pytest.mark.parametrize(
    "written",
    [
        *("yes", "no", "on", "off", "y", "True", "NULL", "~", "Null"),
        *("012", "007", "00", "-01", "+4420", "+14255550100", "0014255550100", "1_000", "0x1F"),
        *("12:30", "1:30:45", "09:00-12:00", "2024-01-01", "2024-01-01T10:00:00Z"),
        *(".inf", "-.inf", ".nan", "1e400", "1.5e3", ".5", "1.", "--1", "١٢", "1,5", "="),
        *("1000000000000000", "9" * 5000, "0." + "1" * 16),
        *("5s", "<=", "a#b", "http://host/path", "${name}", "count(slots) = 3"),
    ],
)
def test_everything_else_stays_as_it_was_written(written: str, parser: NewParser) -> None:
    assert load(f"key: {written}", "flow.yaml", parser=parser).value == {"key": written}


@pytest.mark.parametrize("written", ["'12'", '"true"', '"null"', "'1.5'", "|-\n  12", ">-\n  12"])
def test_what_is_quoted_or_a_block_is_text(written: str) -> None:
    value = load(f"key: {written}", "flow.yaml").value
    assert isinstance(value, dict)
    assert isinstance(value["key"], str)


def test_keys_are_always_text() -> None:
    keys = ["on", "no", "1", "01", "12:30", "null", "true", "1.5", "404", "2024-12-25"]
    document = load("".join(f"{key}: x\n" for key in keys), "flow.yaml")
    assert document.value == dict.fromkeys(keys, "x")


def test_a_whole_flow(parser: NewParser) -> None:
    assert load(FLOW, "flow.yaml", parser=parser).value == {
        "flow": "support_line",
        "prompts": {"greet": "Hello. Press 1.", "long": "First line.\n  Second line.\n"},
        "states": {
            "ask": {
                "type": "menu",
                "prompt": ["greet", "long"],
                "on": {"1": {"label": "Sales", "go": "sales"}, "star": None},
            },
            "sales": {"type": "hangup", "result": "served"},
        },
    }


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_line_breaks_of_every_system(line_break: str) -> None:
    document = load(FLOW.replace("\n", line_break).encode(), "flow.yaml")
    assert document.value == load(FLOW, "flow.yaml").value
    assert document.where(["states", "sales"], key=True) == Span(16, 3, 16, 8)
    assert document.lines[15] == '  sales: { type: hangup, result: "served" }'


# Positions


@pytest.mark.parametrize(
    ("path", "key", "marked"),
    [
        (["flow"], False, "support_line"),
        (["flow"], True, "flow"),
        (["prompts", "greet"], False, "Hello. Press 1."),
        (["prompts", "long"], False, "|\n    First line.\n      Second line."),
        (["prompts"], True, "prompts"),
        (["states", "ask", "prompt"], False, "[greet, long]"),
        (["states", "ask", "prompt", 1], False, "long"),
        (["states", "ask", "on", "1"], True, '"1"'),
        (["states", "ask", "on", "1"], False, "{ label: Sales, go: sales }"),
        (["states", "ask", "on", "1", "go"], False, "sales"),
        (["states", "ask", "on", "star"], False, ""),
        (["states", "sales", "result"], False, '"served"'),
    ],
)
def test_where_a_value_or_its_key_stands(
    path: list[str | int], key: bool, marked: str, parser: NewParser
) -> None:
    document = load(FLOW, "flow.yaml", parser=parser)
    assert text_at(document, document.where(path, key=key)) == marked


def test_an_indented_map_ends_with_its_last_value(parser: NewParser) -> None:
    document = load(FLOW, "flow.yaml", parser=parser)
    assert document.where(["prompts"]) == Span(4, 3, 7, 19)
    assert document.where([]) == Span(2, 1, 16, 44)


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        (["states", "ask", "retry", "no_input"], ["states", "ask"]),
        (["states", "ask", "prompt", 2], ["states", "ask", "prompt"]),
        (["states", "ask", "prompt", -1], ["states", "ask", "prompt"]),
        (["states", "ask", "prompt", "greet"], ["states", "ask", "prompt"]),
        (["states", 0], ["states"]),
        (["flow", "name"], ["flow"]),
        (["nothing", "here"], []),
    ],
)
def test_where_nothing_stands_the_nearest_thing_around_it_is_named(
    path: list[str | int], nearest: list[str | int]
) -> None:
    document = load(FLOW, "flow.yaml")
    for key in (False, True):
        assert document.where(path, key=key) == document.where(nearest, key=key)


def test_what_has_no_key_is_shown_itself() -> None:
    document = load(FLOW, "flow.yaml")
    item: list[str | int] = ["states", "ask", "prompt", 0]
    assert document.where(item, key=True) == document.where(item)
    assert document.where([], key=True) == document.where([])


def test_a_path_may_be_any_sequence() -> None:
    document = load(FLOW, "flow.yaml")
    path: deque[str | int] = deque(["states", "ask"])
    assert document.where(path) == document.where(("states", "ask"))


def test_columns_count_characters_not_bytes() -> None:
    document = load("naïve: [ćć, 😀😀, x]".encode(), "flow.yaml")
    assert document.where(["naïve", 2]) == Span(1, 17, 1, 18)


def _written(value: YamlValue, indent: int) -> str:
    """Block YAML for maps and lists, quoted text for the rest."""
    pad = "\n" + " " * indent
    if isinstance(value, dict) and value:
        return "".join(f"{pad}{_quoted(k)}: {_written(v, indent + 2)}" for k, v in value.items())
    if isinstance(value, list) and value:
        return "".join(f"{pad}- {_written(item, indent + 2)}" for item in value)
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=8)
_KEYS = _TEXTS.filter(bool)
_VALUES: st.SearchStrategy[YamlValue] = st.recursive(
    _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(_KEYS, _VALUES, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_every_value_is_found_where_it_was_written(value: dict[str, YamlValue]) -> None:
    text = _written(value, 0)
    both = [load(text, "flow.yaml", parser=one) for one in (fastest_parser, PureParser)]
    for document in both:
        assert document.value == value
        for path, leaf in _leaves(value, ()):
            assert text_at(document, document.where(path)) == _quoted(leaf)


def _leaves(
    value: YamlValue, path: tuple[str | int, ...]
) -> list[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        return [(path, value)]
    steps: list[tuple[str | int, YamlValue]] = []
    if isinstance(value, dict):
        steps = list(value.items())
    elif isinstance(value, list):
        steps = list(enumerate(value))
    return [leaf for step, inner in steps for leaf in _leaves(inner, (*path, step))]


# Several documents


def test_a_file_of_several_documents(parser: NewParser) -> None:
    text = "---\nscenario: one\n---\nscenario: two\nsteps: [hangup]\n---\n# the end\n"
    first, second = load_all(text, "scenarios.yaml", parser=parser)
    assert first.value == {"scenario": "one"}
    assert second.value == {"scenario": "two", "steps": ["hangup"]}
    assert second.where(["scenario"]) == Span(4, 11, 4, 14)
    assert second.where(["steps", 0]) == Span(5, 9, 5, 15)
    assert second.file == "scenarios.yaml"


def test_a_file_with_nothing_in_it_holds_no_documents() -> None:
    assert load_all("# later\n", "scenarios.yaml") == []


def test_faults_in_every_document_are_found() -> None:
    with pytest.raises(FlowError) as caught:
        load_all("a: 1\na: 2\n---\nb: 1\nb: 2\n", "scenarios.yaml")
    assert [one.span.line for one in caught.value.diagnostics] == [2, 5]


def test_the_same_key_in_two_documents_is_no_duplicate() -> None:
    assert len(load_all("a: 1\n---\na: 2\n", "scenarios.yaml")) == 2
