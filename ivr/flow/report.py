"""Findings as text: for a terminal, one per line, for programs, and for two build services."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

import ivr
from ivr.flow.diagnostics import Diagnostic, Severity, Span
from ivr.flow.excerpt import Excerpt, Sources, visible

Format: TypeAlias = Literal["full", "concise", "json", "github", "azure"]

FORMAT_VERSION: Final = "1.0"
"""Of the JSON form; the first number changes when a program that reads it has to."""

_GITHUB_TEXT: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_GITHUB_PROPERTY: Final = _GITHUB_TEXT | str.maketrans({":": "%3A", ",": "%2C"})
_AZURE: Final = str.maketrans({"%": "%AZP25", "\r": "%0D", "\n": "%0A", ";": "%3B", "]": "%5D"})

_EQUAL_SHOWN: Final = 5
_PLACES_SHOWN: Final = 10
_ANNOTATIONS: Final = 10


class Totals(NamedTuple):
    """How many findings there are of each severity."""

    errors: int
    warnings: int

    def __str__(self) -> str:
        return f"{_count(self.errors, 'error')}, {_count(self.warnings, 'warning')}"


def totals(diagnostics: Iterable[Diagnostic]) -> Totals:
    """Count the findings of each severity."""
    count = Counter(one.severity for one in diagnostics)
    return Totals(count[Severity.ERROR], count[Severity.WARNING])


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By file, line and column; equal places stay in the order in which they were found."""
    return sorted(diagnostics, key=lambda one: (one.file, one.span.line, one.span.column))


def render(
    diagnostics: Iterable[Diagnostic],
    sources: Sources,
    form: Format,
    *,
    color: bool = False,
) -> str:
    """The findings in one of the formats, in order, without a line break at the end.

    `sources` gives the lines of the files for the excerpts of `full`, which alone knows
    `color`. A finding in a file that is not among them is shown without an excerpt.
    """
    ordered = in_order(diagnostics)
    if form == "full":
        return "\n\n".join(_full(ordered, sources, color=color))
    return "\n".join(_FORMS[form](ordered))


def _full(ordered: Sequence[Diagnostic], sources: Sources, *, color: bool) -> Iterator[str]:
    """An excerpt each, but only the first few of those that say the same."""
    seen: Counter[tuple[str, str]] = Counter()
    rest: dict[tuple[str, str], list[str]] = {}
    for one in ordered:
        kind = str(one.code), one.message
        seen[kind] += 1
        if seen[kind] <= _EQUAL_SHOWN:
            yield "\n".join(Excerpt(one, sources, color).lines())
        else:
            rest.setdefault(kind, []).append(f"{visible(one.file)}:{one.span.line}")
    for (code, message), places in rest.items():
        shown = ", ".join(places[:_PLACES_SHOWN]) + (", …" if places[_PLACES_SHOWN:] else "")
        yield f"and {len(places)} more {code}: {visible(message)}\n   {shown}"


def _concise(ordered: Sequence[Diagnostic]) -> Iterator[str]:
    for one in ordered:
        guess = f' (did you mean "{one.suggestion}"?)' if one.suggestion else ""
        detail = f": {one.detail}" if one.detail else ""
        place = f"{one.file}:{one.span.line}:{one.span.column}"
        yield visible(f"{place}: {one.code} {one.message}{detail}{guess}")


def _json(ordered: Sequence[Diagnostic]) -> Iterator[str]:
    """One document; plain ASCII, so that no terminal or pipe can spoil it."""
    yield json.dumps(
        {
            "format_version": FORMAT_VERSION,
            "tool": {"name": "ivr", "version": ivr.__version__},
            "summary": totals(ordered)._asdict(),
            "diagnostics": [as_json(one) for one in ordered],
        }
    )


def as_json(one: Diagnostic) -> dict[str, object]:
    """One finding in the shape of `ivr check --format json`; lines and columns from 1."""
    return {
        "code": str(one.code),
        "severity": str(one.severity),
        "message": one.message,
        "detail": one.detail,
        "file": one.file,
        "range": _range(one.span),
        "related": [
            {"file": other.file or one.file, "range": _range(other.span), "message": other.message}
            for other in one.related
        ],
        "help": one.advice,
        "suggestion": one.suggestion,
    }


def _range(span: Span) -> dict[str, dict[str, int]]:
    return {
        "start": {"line": span.line, "column": span.column},
        "end": {"line": span.end_line, "column": span.end_column},
    }


def _github(ordered: Sequence[Diagnostic]) -> Iterator[str]:
    """Workflow commands; GitHub shows only the first ten of each severity in a step."""
    shown: Counter[Severity] = Counter()
    for one in ordered:
        shown[one.severity] += 1
        if shown[one.severity] <= _ANNOTATIONS:
            yield _annotation(one)
    hidden = sum(max(0, count - _ANNOTATIONS) for count in shown.values())
    if hidden:
        yield f"::notice::{_count(hidden, 'more finding')}; `ivr check` shows them all"


def _annotation(one: Diagnostic) -> str:
    # GitHub takes columns only where the finding begins and ends in one line.
    span = one.span
    ending = (
        {"col": span.column, "endColumn": span.end_column}
        if span.line == span.end_line
        else {"endLine": span.end_line}
    )
    properties = {"file": visible(one.file), "line": span.line, **ending, "title": one.code}
    written = ",".join(
        f"{name}={str(value).translate(_GITHUB_PROPERTY)}" for name, value in properties.items()
    )
    return f"::{one.severity} {written}::{_words(one).translate(_GITHUB_TEXT)}"


def _azure(ordered: Sequence[Diagnostic]) -> Iterator[str]:
    """Azure DevOps logging commands."""
    for one in ordered:
        properties = {
            "type": one.severity,
            "sourcepath": visible(one.file),
            "linenumber": one.span.line,
            "columnnumber": one.span.column,
            "code": one.code,
        }
        written = ";".join(
            f"{name}={str(value).translate(_AZURE)}" for name, value in properties.items()
        )
        yield f"##vso[task.logissue {written}]{_words(one).translate(_AZURE)}"


def _words(one: Diagnostic) -> str:
    """All that a finding says, a line for each part."""
    return "\n".join(visible(part) for part in (one.message, one.detail, one.advice) if part)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


_FORMS: Final[Mapping[str, Callable[[Sequence[Diagnostic]], Iterator[str]]]] = {
    "concise": _concise,
    "json": _json,
    "github": _github,
    "azure": _azure,
}
