"""The reference of the flow language as Markdown, from what the engine itself runs by.

Nothing here reads or writes a file: `docs/generate.py` puts these blocks into the pages. A state
type, an option or a code that is added to the engine is in the reference without another edit.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct
from msgspec import inspect as mi

from ivr.core import limits as call_limits
from ivr.core.options import StateOptions, WithExits, convert
from ivr.core.state_type import StateType
from ivr.expr import limits as expr_limits
from ivr.flow.diagnostics import Code
from ivr.flow.document import load
from ivr.flow.flow_options import (
    CalendarOptions,
    CallOut,
    FlowOptions,
    Join,
    QuestionDefaults,
    Variable,
)
from ivr.flow.reference_words import (
    default_in_words,
    description,
    fields_of,
    kind_in_words,
    struct_in,
)
from ivr.flow.schema_words import outcome_words
from ivr.limits import MAX_YAML_BYTES, MAX_YAML_DEPTH, MAX_YAML_NODES
from ivr.states import registry

_COMMON: Final = frozenset(WithExits.__struct_fields__)
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
_FIXED: Final = {"type": "What the state does: one of the types on this page."}


def state_types() -> str:
    """Every state type: what it does, an example, its options and its outcomes."""
    common = _options(WithExits)
    return "\n\n".join(["## Every state", common, *map(_state_type, registry().values())])


def top_level() -> str:
    """The keys at the top of a flow file, and of the maps under them."""
    parts = [_options(FlowOptions, deep=False)]
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


def _options(
    struct: type[Struct], *, without: frozenset[str] = frozenset(), deep: bool = True
) -> str:
    fields = [each for each in fields_of(struct) if each.name not in without]
    rows = [row for each in fields for row in _rows(each, "", deep=deep)]
    return table(("option", "type", "default", "meaning"), rows) if rows else ""


def _rows(field: mi.Field, prefix: str, *, deep: bool) -> Iterator[tuple[str, str, str, str]]:
    """The row of one option; where it is a map of known keys, these follow."""
    name, kind = f"{prefix}{field.encode_name}", kind_in_words(field.type)
    meaning = description(field) or _FIXED.get(field.name, "")
    yield f"`{name}`", kind, default_in_words(field), meaning
    inner = struct_in(field.type) if deep else None
    below = f"{name}." if kind == "map" else f"{name}[]."
    for each in fields_of(inner) if inner is not None else ():
        yield from _rows(each, below, deep=True)


def _state_type(kind: StateType[StateOptions]) -> str:
    parts = [
        f"## `{kind.name}`",
        inspect.cleandoc(kind.__doc__ or ""),
        f"```yaml\n{kind.example.strip()}\n```" if kind.example else "",
        _options(kind.Options, without=_COMMON),
        _outcomes(kind),
        _line(kind),
    ]
    return "\n\n".join(part for part in parts if part)


def _outcomes(kind: StateType[StateOptions]) -> str:
    rows = [*_unnamed(kind), *(_outcome(kind, each) for each in kind.outcomes)]
    short = next((each for each in kind.outcomes if kind.fallback(each) == "next"), "")
    said = f"\n\n`next: STATE` is a short way to write the exit of `{short}`." if short else ""
    return table(("outcome", "when", "without an exit of its own"), rows) + said if rows else ""


def _unnamed(kind: StateType[StateOptions]) -> Iterator[tuple[str, str, str]]:
    """Outcomes that have no name of their own: keys, statuses, or another flow's."""
    if kind.is_pressed("1"):
        yield '`"0"` … `"9"`, `"10"` …, `star`, `pound`', "The caller has chosen it.", "no choice"
    elif kind.allows("some_outcome"):
        yield "any name", "An outcome that the other flow declares.", "`error`"
    elif kind.allows("404"):
        yield '`"404"` …', "An answer with exactly this status.", "its class, such as `4xx`"


def _outcome(kind: StateType[StateOptions], outcome: str) -> tuple[str, str, str]:
    meaning = outcome_words(kind.name, outcome).split("; where it is missing")[0].rstrip(".")
    return f"`{outcome}`", f"{meaning}.", _without_exit(kind, outcome)


def _without_exit(kind: StateType[StateOptions], outcome: str) -> str:
    if outcome == "hangup":
        return "the call ends: `caller_hung_up`"
    chain, way = [], kind.fallback(outcome)
    while way is not None:
        chain.append(f"`{way}`")
        way = kind.fallback(way)
    then = ", then ".join(each for each in chain if each != "`next`")
    if outcome in kind.must:
        return f"needed (else {then})" if then else "needed"
    return then or ("the call ends: `failed`" if outcome == "error" else "`error`")


def _line(kind: StateType[StateOptions]) -> str:
    """Whether the type needs the caller: by its example, and in its own words."""
    if type(kind).line is StateType.line:
        anywhere = "" if kind.ends else ": it runs before the answer and after a hang-up too"
        return f"Needs no caller{anywhere}."
    raw = load(kind.example, kind.name).value
    assert isinstance(raw, dict)
    line = kind.line(convert(next(iter(raw.values())), kind.Options))
    word = "Needs the caller" if line == "needed" else "Needs the caller at times"
    return f"{word}. {inspect.cleandoc(type(kind).line.__doc__ or '')}"


def _limits() -> Iterator[tuple[str, object]]:
    yield "A YAML file", f"{MAX_YAML_BYTES // 1_000_000} MB, {MAX_YAML_NODES:,} keys and values"
    yield "Lists and maps inside each other", f"{MAX_YAML_DEPTH} deep"
    yield "Visits of one state in a call (`max_visits:`)", call_limits.MAX_VISITS_OF_A_STATE
    yield "Visits of all states in a call", call_limits.MAX_VISITS_OF_A_CALL
    yield "Flows that run each other", f"{call_limits.MAX_DEPTH} deep"
    yield "A call (`max_duration:`)", f"{call_limits.MAX_DURATION // 60_000} minutes"
    yield "Before the call is answered", f"{call_limits.ANSWER_WITHIN // 1_000} s"
    yield "After the caller has hung up", f"{call_limits.AFTER_HANG_UP // 1_000} s"
    yield "Keys kept as type-ahead", call_limits.MAX_TYPE_AHEAD
    yield "Prompts played as one", call_limits.MAX_PROMPTS_AT_ONCE
    yield "All variables of one flow", f"{call_limits.MAX_SCOPE_BYTES // 1024} kB"
    yield "One variable, one text", f"{expr_limits.TEXT_SIZE // 1024} kB"
    yield "An expression", f"{expr_limits.EXPRESSION_LENGTH} characters"
    yield "Expressions inside each other", f"{expr_limits.NESTING} deep"
    yield "A list written out in an expression", f"{expr_limits.LIST_ITEMS} items"
    digits, decimals = expr_limits.NUMBER_DIGITS, expr_limits.NUMBER_DECIMALS
    yield "A number", f"{digits} digits before the point, {decimals} after it"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
