"""A text where a number belongs, a number where a text belongs, nothing at all: what to say.

Most of these come from YAML, which decides by the look of a value what it is.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ivr.flow.diagnostics import Span, did_you_mean
from ivr.flow.document import Document
from ivr.flow.fragments import Violation

_YES: Final = frozenset({"yes", "on"})
_NO: Final = frozenset({"no", "off"})
_LONGEST: Final = 40


class Words(NamedTuple):
    """A diagnostic's message, help and suggestion."""

    message: str
    help: str = ""
    suggestion: str | None = None


def wrong_kind(document: Document, path: tuple[str | int, ...], wrong: Violation) -> Words:
    """What to say of the value at `path`, which is of another kind than the schema wants."""
    wanted = [wrong.wanted] if isinstance(wrong.wanted, str) else list(wrong.wanted)
    value, own = wrong.value, wrong.schema.get("errorMessage")
    quoted = _quote_it(document, path, value) if "string" in wanted else ""
    if value is None:
        advice = str(own or "write it after the colon, or delete the line")
        return Words("there is no value here", advice)
    if own:
        return Words(str(own))
    if isinstance(value, list):
        return _list(wanted)
    if isinstance(value, dict):
        return _map(path, wanted)
    return _single(path, wanted, value, quoted)


def _list(wanted: list[str]) -> Words:
    if "object" in wanted:
        return Words("this has to be names with values, one per line")
    return Words("this has to be one value, not a list")


def _map(path: tuple[str | int, ...], wanted: list[str]) -> Words:
    if "array" in wanted and "string" not in wanted:
        return Words("this has to be a list", "write it as [a, b], or one item per line after `- `")
    if path and path[-1] == "prompt":
        return Words("this has to be the name of a prompt", "its words stand under `prompts:`")
    return Words("this has to be one value, not names with values", "quote a text that has { or :")


def _single(path: tuple[str | int, ...], wanted: list[str], value: object, quoted: str) -> Words:
    if quoted:
        return Words("this has to be a text", quoted)
    if "object" in wanted:
        return _no_map(path, value)
    if "array" in wanted:
        return Words("this has to be a list", "write it as [a, b], or one item per line after `- `")
    if "boolean" in wanted:
        return _no_switch(value)
    whole = "whole " if "integer" in wanted and "number" not in wanted else ""
    advice = "write it without quotes and without a unit" if isinstance(value, str) else ""
    return Words(f"this has to be a {whole}number", advice)


def _no_map(path: tuple[str | int, ...], value: object) -> Words:
    if path[:1] == ("states",) and path[-1] == "on" and isinstance(value, str):
        return Words("`on:` takes outcomes, each with a state", f"write `next: {value[:_LONGEST]}`")
    if len(path) == 2 and path[0] == "states":
        return Words("a state is written as `type:` and what belongs to it")
    if not path:
        return Words("a flow is names with values, such as `flow: support_line`")
    return Words("this has to be names with values, one per line")


def _no_switch(value: object) -> Words:
    word = str(value).lower()
    meant = "true" if word in _YES else "false" if word in _NO else None
    guess = meant or did_you_mean(word, ("true", "false"))
    return Words("this has to be true or false", suggestion=guess)


def _quote_it(document: Document, path: tuple[str | int, ...], value: object) -> str:
    if not isinstance(value, bool | int | float):
        return ""
    return f'put it in quotes: "{_source(document, document.where(path))}"'


def _source(document: Document, span: Span) -> str:
    return document.lines[span.line - 1][span.column - 1 : span.end_column - 1]
