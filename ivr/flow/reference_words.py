"""Options in words: the type, the default and the meaning that a struct gives to each field."""

from __future__ import annotations

from typing import Final

from msgspec import NODEFAULT, Struct
from msgspec import inspect as mi

from ivr.core.options import NAME, Body, Condition, Duration, Exit, Formula, Text, Texts

_UNITS: Final = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))
_OWN_TYPES: Final = {
    Duration: "duration",
    Text: "text with `${…}`",
    Texts: "text with `${…}`, or a list of them",
    Formula: "value, or text with `${…}`",
    Body: "any JSON, its texts with `${…}`",
    Condition: "condition",
    Exit: "state",
}


def fields_of(struct: type[Struct]) -> tuple[mi.Field, ...]:
    """The fields of a struct, as msgspec tells them."""
    info = mi.type_info(struct)
    assert isinstance(info, mi.StructType)
    return info.fields


def kind_in_words(kind: mi.Type) -> str:
    """The type of an option in an author's words."""
    match kind:
        case mi.Metadata():
            return kind_in_words(kind.type)
        case mi.CustomType():
            return _OWN_TYPES[kind.cls]
        case mi.UnionType():
            return _either(kind)
        case mi.LiteralType():
            return ", ".join(f"`{value}`" for value in kind.values)
        case mi.ListType():
            return f"list of: {kind_in_words(kind.item_type)}"
        case mi.DictType():
            return f"names, each with: {kind_in_words(kind.value_type)}"
    return _plain(kind)


def default_in_words(field: mi.Field) -> str:
    """What holds where an option is not written."""
    if field.required:
        return "required"
    made = field.default_factory is not NODEFAULT
    default = field.default_factory() if made else field.default
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, Duration):
        unit, size = next((unit, size) for unit, size in _UNITS if default % size == 0)
        return f"`{default // size}{unit}`"
    if isinstance(default, list):
        return ", ".join(f"`{each}`" for each in default) or "–"
    return f"`{default}`" if isinstance(default, str | int) and default != "" else "–"


def description(field: mi.Field) -> str:
    """The sentence that an option carries."""
    kind = field.type
    schema = kind.extra_json_schema if isinstance(kind, mi.Metadata) else None
    return str((schema or {}).get("description", ""))


def struct_in(kind: mi.Type) -> type[Struct] | None:
    """The struct that a field holds, alone or in a list; None where it holds none."""
    match kind:
        case mi.Metadata():
            return struct_in(kind.type)
        case mi.UnionType():
            return next((each for each in map(struct_in, kind.types) if each is not None), None)
        case mi.ListType():
            return struct_in(kind.item_type)
        case mi.StructType():
            return kind.cls
    return None


def _plain(kind: mi.Type) -> str:
    match kind:
        case mi.StrType():
            return "name" if kind.pattern == NAME else "text"
        case mi.IntType():
            return "whole number" + _range(kind)
        case mi.FloatType():
            return "number"
        case mi.BoolType():
            return "`true`, `false`"
    return "map" if isinstance(kind, mi.StructType) else "anything"


def _either(kind: mi.UnionType) -> str:
    words = [kind_in_words(each) for each in kind.types if not isinstance(each, mi.NoneType)]
    if words == ["text", "list of: text"]:
        return "text, or a list of texts"
    if "number" in words:
        words.remove("whole number")
    return ", ".join(dict.fromkeys(words))


def _range(kind: mi.IntType) -> str:
    if kind.ge is None or kind.le is None:
        return "" if kind.ge is None else f", at least {kind.ge}"
    return f", {kind.ge} to {kind.le}"
