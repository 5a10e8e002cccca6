"""The reference of the flow language as Markdown, from what the engine itself runs by.

Nothing here reads or writes a file: `docs/generate.py` puts these blocks into the pages. A state
type, an option or a code that is added to the engine is in the reference without another edit.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec import inspect as mi

from ivr.core import limits as call_limits
from ivr.core.options import NAME, Body, Condition, Duration, Exit, Formula, StateOptions, convert
from ivr.core.options import Text, Texts, WithExits
from ivr.core.state_type import StateType
from ivr.expr import limits as expr_limits
from ivr.flow.diagnostics import Code
from ivr.flow.document import load
from ivr.flow.flow_options import (
    CallOut,
    CalendarOptions,
    FlowOptions,
    Join,
    QuestionDefaults,
    Variable,
)
from ivr.flow.schema_words import outcome_words
from ivr.limits import MAX_YAML_BYTES, MAX_YAML_DEPTH, MAX_YAML_NODES
from ivr.states import registry

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
_EVERY_STATE: Final = frozenset(StateOptions.__struct_fields__)
_SECTIONS: Final = (
    ("A variable, under `input:`, `output:` or `vars:`", Variable),
    ("`defaults:`", QuestionDefaults),
    ("A calendar, under `calendars:`", CalendarOptions),
    ("`call_out:`", CallOut),
    ("`join:`", Join),
)
_GROUPS: Final = (
    ("S0", "The YAML of the file"),
    ("S1", "Keys and values"),
    ("1", "What the flow refers to"),
    ("2", "Limits and missing exits"),
    ("3", "What the caller lives through"),
    ("4", "Privacy"),
    ("5", "Audio"),
    ("6", "Tests"),
)


def state_types() -> str:
    """Every state type: what it does, an example, its options and its outcomes."""
    common = _options(WithExits, only=WithExits.__struct_fields__)
    parts = ["## Every state", common, *map(_state_type, registry().values())]
    return "\n\n".join(parts)


def top_level() -> str:
    """The keys at the top of a flow file, and of the maps under them."""
    parts = [_options(FlowOptions)]
    for title, struct in _SECTIONS:
        parts += [f"### {title}", inspect.cleandoc(struct.__doc__ or ""), _options(struct)]
    return "\n\n".join(parts)


def diagnostic_codes() -> str:
    """Every code that `ivr check` may print, by group."""
    parts = []
    for prefix, title in _GROUPS:
        rows = [
            (f"`{code}`", str(code.severity), code.meaning)
            for code in sorted(Code, key=str)
            if str(code).lstrip("EW").startswith(prefix)
        ]
        if rows:
            parts += [f"## {title}", table(("code", "severity", "meaning"), rows)]
    return "\n\n".join(parts)


def limits() -> str:
    """What bounds a flow, a call and an expression."""
    return table(("what", "limit"), [(what, str(limit)) for what, limit in _limits()])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; what could end a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


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
        case mi.StrType():
            return "name" if kind.pattern == NAME else "text"
        case mi.IntType():
            return "whole number" + _range(kind)
        case mi.BoolType():
            return "`true`, `false`"
        case mi.FloatType():
            return "number"
    return "map" if isinstance(kind, mi.StructType) else "anything"


def default_in_words(field: mi.Field) -> str:
    """What holds where an option is not written."""
    if field.required:
        return "required"
    default = field.default
    if field.default_factory is not NODEFAULT:
        default = field.default_factory()
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, Duration):
        unit, size = next((unit, size) for unit, size in _UNITS if default % size == 0)
        return f"`{default // size}{unit}`"
    plain = isinstance(default, str | int) and default != ""
    return f"`{default}`" if plain else "–"


def description(field: mi.Field) -> str:
    """The sentence that an option carries."""
    kind = field.type
    schema = kind.extra_json_schema if isinstance(kind, mi.Metadata) else None
    return str((schema or {}).get("description", ""))


def fields_of(struct: type[Struct]) -> tuple[mi.Field, ...]:
    """The fields of a struct, as msgspec tells them."""
    info = mi.type_info(struct)
    assert isinstance(info, mi.StructType)
    return info.fields


def _options(struct: type[Struct], only: Iterable[str] | None = None) -> str:
    return table(("option", "type", "default", "meaning"), _rows(struct, "", only))


def _rows(
    struct: type[Struct], prefix: str, only: Iterable[str] | None
) -> Iterator[tuple[str, str, str, str]]:
    """One row for each option; a map of known keys is followed by its own."""
    for field in fields_of(struct):
        if only is not None and field.name not in only:
            continue
        name = f"{prefix}{field.encode_name}"
        kind = kind_in_words(field.type)
        inner = _inner(field.type) if prefix or struct is not FlowOptions else None
        yield f"`{name}`", kind, default_in_words(field), _sentence(field)
        if inner is not None:
            yield from _rows(inner, f"{name}." if kind == "map" else f"{name}[].", None)


def _sentence(field: mi.Field) -> str:
    fixed = {"type": "What the state does: one of the types on this page."}
    return description(field) or fixed.get(field.name, "")


def _inner(kind: mi.Type) -> type[Struct] | None:
    match kind:
        case mi.Metadata():
            return _inner(kind.type)
        case mi.UnionType():
            return next((each for each in map(_inner, kind.types) if each is not None), None)
        case mi.ListType():
            return _inner(kind.item_type)
        case mi.StructType():
            return kind.cls
    return None


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


def _state_type(kind: StateType[StateOptions]) -> str:
    own = [
        each.name
        for each in fields_of(kind.Options)
        if each.name not in {*_EVERY_STATE, "on", "next"}
    ]
    parts = [
        f"## `{kind.name}`",
        inspect.cleandoc(kind.__doc__ or ""),
        f"```yaml\n{kind.example.strip()}\n```" if kind.example else "",
        _options(kind.Options, only=own) if own else "",
        _outcomes(kind),
        _line(kind),
    ]
    return "\n\n".join(part for part in parts if part)


def _outcomes(kind: StateType[StateOptions]) -> str:
    rows = [*_manners(kind), *(_outcome(kind, each) for each in kind.outcomes)]
    short = next((each for each in kind.outcomes if kind.fallback(each) == "next"), "")
    said = f"\n\n`next: STATE` is a short way to write the exit of `{short}`." if short else ""
    return table(("outcome", "when", "without an exit of its own"), rows) + said if rows else ""


def _manners(kind: StateType[StateOptions]) -> Iterator[tuple[str, str, str]]:
    """Outcomes that have no name of their own."""
    if kind.is_pressed("1"):
        yield '`"0"` … `"9"`, `"10"` …, `star`, `pound`', "The caller has chosen it.", "no choice"
    elif kind.allows("404") and not kind.allows("some_outcome"):
        yield '`"404"` …', "An answer with exactly this status.", "its class, such as `4xx`"
    elif kind.allows("some_outcome"):
        yield "any name", "An outcome that the other flow declares.", "`error`"


def _outcome(kind: StateType[StateOptions], outcome: str) -> tuple[str, str, str]:
    meaning = outcome_words(kind.name, outcome).split("; where it is missing")[0].rstrip(".")
    return f"`{outcome}`", f"{meaning}.", _without(kind, outcome)


def _without(kind: StateType[StateOptions], outcome: str) -> str:
    if outcome == "hangup":
        return "the call ends: `caller_hung_up`"
    chain, way = [], kind.fallback(outcome)
    while way is not None:
        chain.append(f"`{way}`")
        way = kind.fallback(way)
    then = ", then ".join(each for each in chain if each != "`next`")
    if outcome in kind.must:
        return "needed" + (f" (else {then})" if then else "")
    return then or ("the call ends: `failed`" if outcome == "error" else "`error`")


def _line(kind: StateType[StateOptions]) -> str:
    """Whether the type needs the caller, by its example and in its own words."""
    if type(kind).line is StateType.line:
        needs = "Needs no caller: it runs before the answer and after a hang-up too."
        return needs if not kind.ends else "Needs no caller."
    raw = load(kind.example, kind.name).value
    assert isinstance(raw, dict)
    line = kind.line(convert(next(iter(raw.values())), kind.Options))
    word = "Needs the caller" if line == "needed" else "Needs the caller at times"
    return f"{word}. {inspect.cleandoc(type(kind).line.__doc__ or '')}"


def _limits() -> Iterator[tuple[str, object]]:
    seconds = 1_000
    yield "A YAML file", f"{MAX_YAML_BYTES // 1_000_000} MB, {MAX_YAML_NODES:,} keys and values"
    yield "Lists and maps inside each other", f"{MAX_YAML_DEPTH} deep"
    yield "Visits of one state in a call (`max_visits:`)", call_limits.MAX_VISITS_OF_A_STATE
    yield "Visits of all states in a call", call_limits.MAX_VISITS_OF_A_CALL
    yield "Flows that run each other", f"{call_limits.MAX_DEPTH} deep"
    yield "A call (`max_duration:`)", f"{call_limits.MAX_DURATION // 60 // seconds} minutes"
    yield "Before the call is answered", f"{call_limits.ANSWER_WITHIN // seconds} s"
    yield "After the caller has hung up", f"{call_limits.AFTER_HANG_UP // seconds} s"
    yield "Keys kept as type-ahead", call_limits.MAX_TYPE_AHEAD
    yield "Prompts played as one", call_limits.MAX_PROMPTS_AT_ONCE
    yield "All variables of one flow", f"{call_limits.MAX_SCOPE_BYTES // 1024} kB"
    yield "One variable, one text", f"{expr_limits.TEXT_SIZE // 1024} kB"
    yield "An expression", f"{expr_limits.EXPRESSION_LENGTH} characters"
    yield "Expressions inside each other", f"{expr_limits.NESTING} deep"
    yield "A list written out in an expression", f"{expr_limits.LIST_ITEMS} items"
    yield (
        "A number",
        (f"{expr_limits.NUMBER_DIGITS} digits, and {expr_limits.NUMBER_DECIMALS} decimals"),
    )


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")
