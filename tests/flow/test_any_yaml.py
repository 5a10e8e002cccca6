"""Unit: any text at all is either read or refused with its place, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ivr.flow.diagnostics import Diagnostic, FlowError, Severity
from ivr.flow.document import load, load_all
from ivr.flow.report import render
from ivr.flow.strict_yaml.events import PureParser, fastest_parser


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


_PIECES = st.sampled_from(
    [
        *("a", "b: ", "c:\n", "- ", "? ", ": ", "{", "}", "[", "]", ", ", "\n", "\n  ", "\n    "),
        *("#", " # ", "*", "&a ", "*a", "!", "!!str ", "|", ">", "|\n  ", "'", '"', "\\", "%", "@"),
        *("---\n", "...\n", "%YAML 1.2\n", "<<: ", "{{", "}}", "${a}", "\t", "\r", "\r\n", "~"),
        *("null", "true", "12", "1.5", "+44", "\u00a0", "\u200b", "\u202e", "\ufeff", "\0", "é"),
        *("\\u0041", "\\ud83d", "\\UFFFFFFFF", "\\x", "=", "`", "😀", "#:", "#\n", "*: ", "''"),
    ]
)
_TEXTS = st.text(max_size=60) | st.lists(_PIECES, max_size=25).map("".join)


@given(text=_TEXTS | st.binary(max_size=60))
@settings(max_examples=60, deadline=2_000)
@example(text="a: {{{{ b }}}}")
@example(text='"\\UFFFFFFFF"')
@example(text="{[{a: b}: c]: d}: e")
@example(text="#")
@example(text=": ")
def test_any_text_either_loads_or_is_refused_with_its_place(text: str | bytes) -> None:
    for parser in (fastest_parser, PureParser):
        for read in (load, load_all):
            try:
                read(text, "flow.yaml", parser=parser)
            except FlowError as error:
                _check_places(error)


def _check_places(error: FlowError) -> None:
    lines = error.sources.get("flow.yaml", ())
    assert error.diagnostics
    for one in error.diagnostics:
        assert one.span[:2] >= (1, 1)
        assert one.span[2:] >= one.span[:2]
        assert not lines or one.span.line <= len(lines)
    assert list(error.diagnostics) == sorted(error.diagnostics, key=lambda one: one.span)
    assert render(error.diagnostics, error.sources, "full")


@given(text=_TEXTS)
@settings(max_examples=80, deadline=2_000)
def test_what_loads_is_plain_and_every_part_of_it_has_a_place(text: str) -> None:
    try:
        documents = load_all(text, "flow.yaml")
    except FlowError:
        return
    for document in documents:
        waiting: list[tuple[tuple[str | int, ...], object]] = [((), document.value)]
        while waiting:
            path, value = waiting.pop()
            span = document.where(path)
            assert (1, 1) <= span[:2] <= span[2:]
            assert span.line <= len(document.lines)
            if isinstance(value, dict):
                assert all(isinstance(key, str) for key in value)
                waiting += [((*path, key), inner) for key, inner in value.items()]
            elif isinstance(value, list):
                waiting += [((*path, index), inner) for index, inner in enumerate(value)]
            else:
                assert value is None or isinstance(value, bool | int | float | str)
