"""What a state's YAML may set: the field types from which the JSON Schema is made.

A state type declares its options as a `msgspec.Struct` of these types. Parsing never fails
on a bad expression: the `Text`, `Formula` or `Condition` carries its own error, so that the
checker can report every mistake of a file at once, each at its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, TypeAlias, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from ivr.expr.expression import Expression, parse_expression
from ivr.expr.speech_format import Speaker
from ivr.expr.template import Template, parse_template
from ivr.expr.types import Value, as_json

DURATION = r"^[0-9]{1,7}(\.[0-9]{1,3})?(ms|s|m|h|d)$"
_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,3})?)(ms|s|m|h|d)")

NAME = r"^[a-z][a-z0-9_]{0,63}$"
Name: TypeAlias = Annotated[str, Meta(pattern=NAME)]
Prompts: TypeAlias = str | list[str]
Scalar: TypeAlias = str | int | float | bool | None


class Duration(int):
    """A length of time in milliseconds, written with its unit: `500ms`, `5s`, `45m`, `30d`."""

    @classmethod
    def parse(cls, text: object) -> Duration:
        """Read `5s` and its kin. Raises `ValueError` with a sentence."""
        match = _DURATION.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise ValueError("a time is written with its unit, such as 500ms, 5s, 45m or 2h")
        return cls(round(float(match[1]) * _UNITS[match[2]]))


class Text:
    """A text with `${…}` in it, rendered to text."""

    __slots__ = ("template",)

    def __init__(self, source: str) -> None:
        self.template: Template = parse_template(source)

    @property
    def source(self) -> str:
        """The text as it was written."""
        return self.template.source


class Formula:
    """A value: a constant, or a text with `${…}`; one that is exactly one `${…}` keeps its type."""

    __slots__ = ("constant", "template")

    def __init__(self, raw: Scalar | list[object]) -> None:
        self.template: Template | None = parse_template(raw) if isinstance(raw, str) else None
        self.constant = raw

    def evaluate(self, env: Mapping[str, Value], speaker: Speaker) -> object:
        """The value in `env`. Raises `SpokenValueError`."""
        return self.constant if self.template is None else self.template.evaluate(env, speaker)


class Body:
    """A JSON body whose texts may hold `${…}`."""

    __slots__ = ("tree",)

    def __init__(self, raw: object) -> None:
        self.tree = _formulas(raw)

    def evaluate(self, env: Mapping[str, Value], speaker: Speaker) -> object:
        """The body as plain JSON values, every `${…}` filled in. Raises `SpokenValueError`."""
        return _filled(self.tree, env, speaker)


class Condition:
    """An expression that is true or false, with or without `${}` round it."""

    __slots__ = ("expression",)

    def __init__(self, raw: Scalar) -> None:
        text = {True: "yes", False: "no"}.get(raw) if isinstance(raw, bool) else raw
        self.expression: Expression = parse_expression(str(text))


class Exit:
    """Where an outcome leads: a state's name, or `{label: …, go: …}`."""

    __slots__ = ("go", "label")

    def __init__(self, raw: object) -> None:
        entry = raw if isinstance(raw, dict) else {"go": raw}
        self.go = str(entry.get("go", ""))
        self.label = str(entry.get("label", ""))


class Texts:
    """One text or a list of them."""

    __slots__ = ("items",)

    def __init__(self, raw: object) -> None:
        self.items = [Text(str(item)) for item in (raw if isinstance(raw, list) else [raw])]


CUSTOM = (Duration, Text, Formula, Body, Condition, Exit, Texts)
"""The types that `convert` makes itself; `ivr.flow.schema` has a fragment for each."""


class StateOptions(Struct, kw_only=True, forbid_unknown_fields=True):
    """What every state may set.

    `places` says what a text is for where its key alone would mislead (see `ivr.flow.uses`).
    """

    places: ClassVar[Mapping[str, str]] = {}

    type: str
    title: Annotated[str, Meta(description="What people see in pictures and reports.")] = ""
    note: Annotated[str, Meta(description="A remark for whoever edits the flow.")] = ""


class WithExits(StateOptions, kw_only=True, forbid_unknown_fields=True):
    """A state from which the call goes on."""

    on: Annotated[
        dict[str, Exit], Meta(description="What can happen next: an outcome and where it leads.")
    ] = field(default_factory=dict)
    next: Annotated[str | None, Meta(description="The only way on, where there is just one.")] = (
        None
    )


O = TypeVar("O", bound=StateOptions)  # noqa: E741


S = TypeVar("S", bound=Struct)


def convert(raw: object, to: type[S]) -> S:
    """Options from plain YAML values. Raises `msgspec.ValidationError` with the place."""
    return msgspec.convert(raw, to, dec_hook=_decode)


def walk(
    options: object, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Every `Text`, `Formula`, `Condition` and the like in `options`, with its path in the YAML."""
    if isinstance(options, Struct):
        names = zip(options.__struct_fields__, options.__struct_encode_fields__, strict=True)
        for attribute, key in names:
            yield from walk(getattr(options, attribute), (*path, key))
    elif isinstance(options, dict):
        for key, item in options.items():
            yield from walk(item, (*path, key))
    elif isinstance(options, list):
        for index, item in enumerate(options):
            yield from walk(item, (*path, index))
    elif isinstance(options, Texts):
        for index, text in enumerate(options.items):
            yield (path if len(options.items) == 1 else (*path, index)), text
    elif isinstance(options, Body):
        yield from walk(options.tree, path)
    elif isinstance(options, CUSTOM):
        yield path, options


def as_list(prompts: Prompts | None) -> list[str]:
    """One prompt or several, as a list."""
    return [prompts] if isinstance(prompts, str) else list(prompts or ())


def _decode(kind: type, raw: object) -> object:
    if kind is Duration:
        return Duration.parse(raw)
    return kind(raw)


def _formulas(raw: object) -> object:
    if isinstance(raw, dict):
        return {key: _formulas(item) for key, item in raw.items()}
    if isinstance(raw, list):
        return [_formulas(item) for item in raw]
    return Formula(raw)  # type: ignore[arg-type]


def _filled(tree: object, env: Mapping[str, Value], speaker: Speaker) -> object:
    if isinstance(tree, dict):
        return {key: _filled(item, env, speaker) for key, item in tree.items()}
    if isinstance(tree, list):
        return [_filled(item, env, speaker) for item in tree]
    if isinstance(tree, Formula) and tree.template is not None:
        return as_json(tree.template.evaluate(env, speaker))
    return tree.constant if isinstance(tree, Formula) else tree
