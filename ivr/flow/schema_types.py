"""Option types into JSON Schema: what `msgspec.inspect` tells, and our own types beside it.

No `oneOf` and no `anyOf` anywhere: where several kinds of value are allowed, their keywords are
merged into one schema (a `pattern` concerns texts only, `items` lists only), so that a mistake
gives exactly one error, in the engine as in an editor.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import yaml
from msgspec import NODEFAULT
from msgspec import inspect as mi

from ivr.core.options import DURATION, NAME, Body, Condition, Duration, Exit, Formula, Text, Texts

Schema: TypeAlias = dict[str, object]

_DURATION_WORDS: Final = "a time is written with its unit, such as 500ms, 5s, 45m or 2h"
_UNITS: Final = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))

_PATTERN_WORDS: Final = {
    NAME: "a name has small letters, digits and _ only, begins with a letter, and is not long",
    r"^\+[0-9]{7,15}$": "a phone number is written with its + and digits only, +442079460123",
    r"^([0-9]|star|pound|hash)$": "a key is a digit in quotes, star or pound",
    r"^[0-9]{1,2}(-[0-9]{1,2})?$": "how many digits is written 8, or 4-8",
    r"^[A-Z]{3}$": "a currency is written as three capitals, such as GBP",
}
"""What to say instead of a pattern that no author can read."""

_CUSTOM: Final[Mapping[type, Schema]] = {
    Duration: {
        "type": "string",
        "pattern": DURATION,
        "errorMessage": _DURATION_WORDS,
        "patternErrorMessage": _DURATION_WORDS,
        "examples": ["5s", "500ms", "2m"],
    },
    Text: {"type": "string"},
    Texts: {"type": ["string", "array"], "minItems": 1, "items": {"type": "string"}},
    Formula: {"type": ["string", "number", "boolean", "null", "array"]},
    Body: {"type": ["object", "array", "string", "number", "boolean", "null"]},
    Condition: {
        "type": ["string", "boolean"],
        "minLength": 1,
        "errorMessage": "a condition is a text, such as balance < 0",
    },
    Exit: {
        "type": ["string", "object"],
        "minLength": 1,
        "errorMessage": "an exit leads to a state: write its name, or { label: Sales, go: name }",
        "properties": {
            "label": {
                "type": "string",
                "description": "What people see on the arrow, in pictures and reports.",
            },
            "go": {
                "type": "string",
                "minLength": 1,
                "description": "The name of the state to go to.",
            },
        },
        "required": ["go"],
        "additionalProperties": False,
    },
}


def custom(kind: type) -> Schema:
    """The schema of one of our own types, such as a `Duration`."""
    return dict(_CUSTOM[kind])


class Translator:
    """Makes schemas of option types; structs among them are gathered in `defs` by class name."""

    def __init__(self) -> None:
        self.defs: dict[str, Schema] = {}

    def struct(self, of: type) -> Schema:
        """The schema of a struct itself, with everything that it holds."""
        kind = mi.type_info(of)
        assert isinstance(kind, mi.StructType)
        return self._object(kind)

    def _object(self, kind: mi.StructType) -> Schema:
        words = inspect.cleandoc(kind.cls.__doc__ or "")
        return {
            "type": "object",
            "description": words,
            "properties": {each.encode_name: self._field(each) for each in kind.fields},
            "required": [each.encode_name for each in kind.fields if each.required],
            "additionalProperties": False,
        }

    def _field(self, one: mi.Field) -> Schema:
        schema = self.of(one.type)
        if one.default is not NODEFAULT and one.default not in (None, ""):
            schema["default"] = _as_written(one.default)
            if isinstance(one.default, Duration):
                # The limits differ: 5s, the usual example, is not always a time that may stand.
                schema["examples"] = [schema["default"]]
        return with_markdown(one.encode_name, schema)

    def of(self, kind: mi.Type) -> Schema:
        """The schema of any type that options may have."""
        if isinstance(kind, mi.Metadata):
            return {**self.of(kind.type), **(kind.extra_json_schema or {})}
        if isinstance(kind, mi.CustomType):
            return custom(kind.cls)
        if isinstance(kind, mi.StructType):
            self.defs[kind.cls.__name__] = self._object(kind)
            return {"$ref": f"#/$defs/{kind.cls.__name__}"}
        if isinstance(kind, mi.UnionType):
            return _merged([self.of(each) for each in kind.types if each != mi.NoneType()])
        return self._container(kind) or _plain(kind)

    def _container(self, kind: mi.Type) -> Schema | None:
        if isinstance(kind, mi.ListType):
            limits = {"minItems": kind.min_length, "maxItems": kind.max_length}
            return {"type": "array", "items": self.of(kind.item_type), **_given(limits)}
        if isinstance(kind, mi.DictType):
            return self._map(kind)
        return None

    def _map(self, kind: mi.DictType) -> Schema:
        keys, values = self.of(kind.key_type), self.of(kind.value_type)
        limits = {"minProperties": kind.min_length, "maxProperties": kind.max_length}
        schema: Schema = {"type": "object", **_given(limits)}
        words = keys.get("enum")
        if isinstance(words, list):
            properties = {word: dict(values) for word in words}
            return {**schema, "properties": properties, "additionalProperties": False}
        del keys["type"]
        names: Schema = {"propertyNames": keys} if keys else {}
        return {**schema, **names, "additionalProperties": values}


def with_markdown(name: str, schema: Schema) -> Schema:
    """The schema with a `markdownDescription` for editors: the description and an example."""
    words = schema.get("description")
    if not isinstance(words, str):
        return schema
    example = _example(schema)
    if example is None:
        return {**schema, "markdownDescription": words}
    written = yaml.safe_dump({name: example}, sort_keys=False, default_flow_style=False)
    return {**schema, "markdownDescription": f"{words}\n\n```yaml\n{written}```"}


def _example(schema: Schema) -> object:
    """Something to write that is not what goes without saying."""
    default = schema.get("default")
    if isinstance(default, bool):
        return not default
    for key in ("examples", "enum"):
        values = schema.get(key)
        if isinstance(values, list) and values:
            return next((value for value in values if value != default), values[0])
    return None


def _plain(kind: mi.Type) -> Schema:
    if isinstance(kind, mi.StrType):
        return _text(kind)
    if isinstance(kind, mi.IntType):
        return {"type": "integer", **_given({"minimum": kind.ge, "maximum": kind.le})}
    if isinstance(kind, mi.LiteralType):
        return {"enum": sorted(kind.values, key=str)}
    simple: Mapping[type[mi.Type], Schema] = {
        mi.FloatType: {"type": "number"},
        mi.BoolType: {"type": "boolean"},
        mi.AnyType: {},
    }
    if type(kind) not in simple:
        raise TypeError(f"There is no JSON Schema for an option of type {kind}.")
    return dict(simple[type(kind)])


def _text(kind: mi.StrType) -> Schema:
    limits = {"minLength": kind.min_length, "maxLength": kind.max_length, "pattern": kind.pattern}
    schema = {"type": "string", **_given(limits)}
    words = _PATTERN_WORDS.get(kind.pattern or "")
    return {**schema, "patternErrorMessage": words} if words else schema


def _given(keywords: Mapping[str, object]) -> Schema:
    return {name: value for name, value in keywords.items() if value is not None}


def _merged(parts: Sequence[Schema]) -> Schema:
    """One schema for values of several kinds. Raises `TypeError` where two cannot be told apart."""
    if len(parts) == 1:
        return parts[0]
    if any("enum" in part for part in parts):
        return {"enum": [value for part in parts for value in _choices(part)]}
    merged: Schema = {"type": [kind for part in parts for kind in _kinds(part)]}
    for part in parts:
        rest = {key: value for key, value in part.items() if key != "type"}
        if merged.keys() & rest.keys():
            raise TypeError(f"These kinds of value cannot be told apart: {parts}.")
        merged.update(rest)
    return merged


def _kinds(part: Schema) -> list[object]:
    kind = part["type"]
    return list(kind) if isinstance(kind, list) else [kind]


def _choices(part: Schema) -> list[object]:
    if part == {"type": "boolean"}:
        return [True, False]
    values = part.get("enum")
    if not isinstance(values, list):
        raise TypeError(f"Words cannot be told apart from {part}.")
    return values


def _as_written(default: object) -> object:
    """A default as an author would write it."""
    if not isinstance(default, Duration):
        return default
    unit, size = next((unit, size) for unit, size in _UNITS if default % size == 0)
    return f"{default // size}{unit}"
