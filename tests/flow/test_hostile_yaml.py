"""Unit: files made to harm are refused with one clear error, soon, and end nothing.

The numbers are those of the project's list of hostile inputs, group D.
"""

from __future__ import annotations

from time import process_time

import pytest

from ivr.flow.diagnostics import Code, Diagnostic, FlowError, Severity, Span
from ivr.flow.document import load, load_all
from ivr.flow.report import render
from ivr.flow.strict_yaml import builder
from ivr.limits import MAX_YAML_BYTES, MAX_YAML_DEPTH, MAX_YAML_NODES


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


# D01, D02: aliases


def test_d01_an_alias_bomb_is_refused_at_every_anchor() -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    found = refused("\n".join(["a0: &a0 x", *levels]))
    assert {one.code for one in found} == {Code.ALIAS}
    assert found[0].span == Span(1, 5, 1, 10)


def test_d02_a_list_cannot_hold_itself() -> None:
    assert [one.code for one in refused("a: &a [*a]")] == [Code.ALIAS, Code.ALIAS]


def test_the_number_of_faults_that_are_collected_is_bounded() -> None:
    assert len(refused("a: [" + "*a, " * 100_000 + "]")) == 100


# D03: depth


@pytest.mark.parametrize("opening", ["[", "{", "- ", "? ", "{a: ", "[[{", "- - ? ", "{{"])
@pytest.mark.parametrize("size", [1_000, 100_000, 1_000_000])
def test_d03_a_file_cannot_be_nested_beyond_the_limit(opening: str, size: int) -> None:
    began = process_time()
    (*_, found) = refused(opening * (size // len(opening)))
    assert found.code in (Code.TOO_DEEP, Code.SYNTAX, Code.KEY_NOT_TEXT)
    assert process_time() - began < 30


def test_d03_the_limit_is_a_depth_that_loads() -> None:
    text = "[" * MAX_YAML_DEPTH + "]" * MAX_YAML_DEPTH
    assert load(text, "flow.yaml").value is not None
    found = refused_once(f"[{text}]")
    assert (found.code, found.span.column) == (Code.TOO_DEEP, MAX_YAML_DEPTH + 1)


def test_d03_indentation_is_depth_too() -> None:
    text = "".join(f"{' ' * n}a:\n" for n in range(500))
    found = refused_once(text)
    assert (found.code, found.span.line) == (Code.TOO_DEEP, MAX_YAML_DEPTH + 1)


# D04, D17: size


@pytest.mark.parametrize(
    "text",
    [
        "a" * (MAX_YAML_BYTES + 1),
        b"a" * (MAX_YAML_BYTES + 1),
        "é" * (MAX_YAML_BYTES // 2 + 1),
        b"\xff" * (MAX_YAML_BYTES + 1),
    ],
    ids=["text", "bytes", "two bytes each", "not text"],
)
def test_d04_a_file_cannot_be_larger_than_the_limit(text: str | bytes) -> None:
    found = refused_once(text)
    assert found.code is Code.TOO_LARGE
    assert "8 MB" in found.message


def test_d17_the_limit_is_a_size_that_loads() -> None:
    text = "a: " + "b" * (MAX_YAML_BYTES - 3)
    assert load(text.encode(), "flow.yaml").value == {"a": "b" * (MAX_YAML_BYTES - 3)}


def test_d04_a_million_values_is_the_most() -> None:
    with pytest.raises(FlowError) as caught:
        load("[" + "a," * MAX_YAML_NODES + "]", "flow.yaml")
    (found,) = caught.value.diagnostics
    assert (found.code, found.span.line) == (Code.TOO_LARGE, 1)
    assert found.span.column == 2 * MAX_YAML_NODES


def test_d04_the_values_of_all_documents_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "MAX_YAML_NODES", 10)
    assert len(load_all("[a, b, c]\n---\n[a, b, c]\n", "flow.yaml")) == 2
    with pytest.raises(FlowError) as caught:
        load_all("[a, b, c, d]\n---\n[a, b, c, d, e]\n", "flow.yaml")
    assert caught.value.diagnostics[0].span == Span(3, 14, 3, 15)


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"%TAG !a{n}! b\n" for n in range(100_000)),
        "\n" * 1_200_000,
        " " * 1_200_000,
        "#" * 1_200_000,
        "#:\n" * 200_000,
        "a: b #\n" * 200_000,
        "\t\ta\n" * 1_200_000,
        "a: 'b\n" + "\t#: x\n" * 100_000,
        "a: '" + "\n" * 1_200_000,
        "\n" * 1_500_000 + "\0",
        "a: |\n" + " x\n" * 500_000 + "b",
        "a: >\n" + " x\n\n" * 200_000 + ": b",
        "a: |\n" + " #:\n" * 200_000,
        "---\n" * 100_000 + "a: [",
        "k: v\n" * 100_000,
        "<<: *a\n" * 200_000,
        "a: " * 200_000,
        "!" * 1_200_000,
        "a: &" + "a" * 1_200_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_d04_no_file_within_the_limit_takes_long(text: str) -> None:
    began = process_time()
    report = ""
    try:
        load_all(text, "flow.yaml")
    except FlowError as error:
        report = render(error.diagnostics, error.sources, "full")
    assert process_time() - began < 30
    assert len(report) < 100_000


# D18: large but honest


def _large_flow(states: int) -> str:
    lines = ["flow: large", "states:"]
    for number in range(states):
        lines += [
            f"  ask_{number}:",
            "    type: menu",
            "    on:",
            f'      "1": {{ label: Yes, go: ask_{number + 1} }}',
            "      give_up: leave",
        ]
    return "\n".join(lines)


def test_d18_ten_thousand_states_load_and_are_placed() -> None:
    text = _large_flow(10_000)
    began = process_time()
    document = load(text, "flow.yaml")
    for number in range(10_000):
        place = document.where(["states", f"ask_{number}", "on", "1", "go"])
        assert place.line == 6 + 5 * number
    assert process_time() - began < 20
