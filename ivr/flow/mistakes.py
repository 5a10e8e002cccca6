"""What the schema finds wrong, in an author's words: one diagnostic for each mistake.

The schema's own error texts name keywords and quote whole states; none of them is used. Here the
keyword that failed decides what is said, and the place is that of the very key or value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ivr.flow.diagnostics import Code, Diagnostic, did_you_mean
from ivr.flow.document import Document
from ivr.flow.flow_options import VERSION
from ivr.flow.fragments import Violation
from ivr.flow.mistakes_of_kind import wrong_kind

_LONGEST_SHOWN: Final = 60
Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a document that was validated by itself: where it is, and what it is called."""

    document: Document
    path: Path
    name: str

    def finding(self, code: Code, path: Path, message: str, **words: Any) -> Diagnostic:
        """A diagnostic at `path` within this part; with `key`, at the name before the colon."""
        place = self.document.where((*self.path, *path), key=words.pop("key", False))
        return Diagnostic(code, message, self.document.file, place, **words)


def report(part: Part, violations: Iterable[Violation]) -> Iterator[Diagnostic]:
    """The diagnostics for what the schema says of a part."""
    seen: set[object] = set()
    for wrong in violations:
        for found in _report(part, wrong):
            if (found.span, found.message, found.detail) not in seen:
                seen.add((found.span, found.message, found.detail))
                yield found


def _report(part: Part, wrong: Violation) -> Iterator[Diagnostic]:
    if wrong.of_name:
        yield _name(part, wrong)
    else:
        yield from _KEYWORDS.get(wrong.keyword, _form)(part, wrong)


def _name(part: Part, wrong: Violation) -> Diagnostic:
    name = str(wrong.value)
    words = str(wrong.schema.get("patternErrorMessage", "this cannot be a name"))
    return part.finding(Code.BAD_NAME, (*wrong.path, name), words, key=True, detail=shown(name))


def _unknown_keys(part: Part, wrong: Violation) -> Iterator[Diagnostic]:
    known: Mapping[str, object] = wrong.schema.get("properties", {})
    for key in _extras(wrong):
        guess = did_you_mean(key, known)
        yield _unknown_key(part, (*wrong.path, key), key, guess, known)


def _unknown_key(
    part: Part, path: Path, key: str, guess: str | None, known: Mapping[str, object]
) -> Diagnostic:
    if len(path) > 1 and path[-2] == "on":
        message = f"{part.name} has no such outcome"
        advice = "" if guess else f"it has: {_listed(known)}"
        code = Code.UNKNOWN_OUTCOME
    else:
        message = "there is no such key here"
        advice = "" if guess else _advice(part, key, known, is_top=len(path) == 1)
        code = Code.UNKNOWN_KEY
    return part.finding(
        code, path, message, key=True, detail=shown(key), suggestion=guess, help=advice
    )


def _advice(part: Part, key: str, known: Mapping[str, object], *, is_top: bool) -> str:
    on = known.get("on")
    outcomes = on.get("properties", {}) if isinstance(on, dict) else {}
    if key == "next" and outcomes:
        return f"{part.name} has several ways on: write them under `on:`"
    if key in outcomes:
        return "what can happen next stands under `on:`"
    place = part.name if is_top else "this"
    return f"{place} may have: {_listed(known)}" if known else ""


def _missing(part: Part, wrong: Violation) -> Iterator[Diagnostic]:
    for key in wrong.wanted:
        if key in wrong.value:
            continue
        if key == "go":
            message, advice = "this exit does not say where it leads", "add `go:` and a state"
        else:
            message = f"{part.name if not wrong.path else 'this'} needs `{key}:`"
            advice = _description(wrong.schema.get("properties", {}).get(key))
        yield part.finding(Code.MISSING_KEY, wrong.path, message, key=True, help=advice)


def _kind(part: Part, wrong: Violation) -> Iterator[Diagnostic]:
    message, advice, guess = wrong_kind(part.document, (*part.path, *wrong.path), wrong)
    yield part.finding(Code.WRONG_KIND, wrong.path, message, help=advice, suggestion=guess)


def _word(part: Part, wrong: Violation) -> Iterator[Diagnostic]:
    words = [_written(each) for each in wrong.wanted]
    given = _written(wrong.value)
    guess = did_you_mean(given, words)
    if wrong.path == ("type",) and part.path[:1] == ("states",):
        code, message = Code.UNKNOWN_TYPE, "there is no such type of state"
    elif wrong.path == ("schema",):
        yield _version(part, wrong.path, given)
        return
    else:
        code, message = Code.WRONG_WORD, "this is not one of the words that may stand here"
    advice = "" if guess else f"write one of: {', '.join(words)}"
    yield part.finding(
        code, wrong.path, message, detail=shown(given), suggestion=guess, help=advice
    )


def _version(part: Part, path: Path, given: str) -> Diagnostic:
    message = f"this engine reads version {VERSION} of the language"
    advice = f"write `schema: {VERSION}`, or run the flow with the engine that it was written for"
    return part.finding(Code.VERSION, path, message, detail=f"version {given}", help=advice)


def _form(part: Part, wrong: Violation) -> Iterator[Diagnostic]:
    words = wrong.schema.get("patternErrorMessage") or "this is not written as it has to be"
    yield part.finding(Code.WRONG_FORM, wrong.path, str(words), detail=shown(_written(wrong.value)))


def _range(part: Part, wrong: Violation) -> Iterator[Diagnostic]:
    message = _LIMITS[wrong.keyword].format(wrong.wanted)
    yield part.finding(Code.OUT_OF_RANGE, wrong.path, message)


_LIMITS: Final = {
    "minimum": "this is at least {}",
    "maximum": "this is at most {}",
    "minLength": "this text has at least {} characters",
    "maxLength": "this text has at most {} characters",
    "minItems": "this list has at least {} items",
    "maxItems": "this list has at most {} items",
    "minProperties": "there has to be at least {} of these",
    "maxProperties": "there may be at most {} of these",
}

_KEYWORDS: Final[Mapping[str, Callable[[Part, Violation], Iterator[Diagnostic]]]] = {
    "additionalProperties": _unknown_keys,
    "required": _missing,
    "type": _kind,
    "enum": _word,
    **dict.fromkeys(_LIMITS, _range),
}


def shown(word: str) -> str:
    """A word of the file in quotes, on one line, cut short if it is long."""
    line = " ".join(word.split())
    return f'"{line}"' if len(line) <= _LONGEST_SHOWN else f'"{line[: _LONGEST_SHOWN - 1]}…"'


def _extras(wrong: Violation) -> list[str]:
    schema = wrong.schema
    forms = list(schema.get("patternProperties", {}))
    known = schema.get("properties", {})
    return [
        key
        for key in wrong.value
        if key not in known and not any(re.search(form, key) for form in forms)
    ]


def _listed(names: Iterable[str]) -> str:
    words = [name for name in names if name not in ("type", "note")]
    keys = [word for word in words if word.isdigit()]
    digits = ['the keys "0" to "9"'] if keys else []
    return ", ".join([*digits, *(word for word in words if word not in keys)])


def _description(schema: object) -> str:
    words = schema.get("description", "") if isinstance(schema, dict) else ""
    first = str(words).split(". ")[0].rstrip(".")
    return first[:1].lower() + first[1:]


def _written(value: object) -> str:
    """A single value as it stands in YAML."""
    if value is None or isinstance(value, bool):
        return {True: "true", False: "false", None: ""}[value]
    return str(value) if isinstance(value, str | int | float) else "a list or a map"
