"""Every text with `${…}` and every condition of a flow, with its place and what it is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from ivr.core.options import Condition, Formula, Text, walk
from ivr.expr.expression import Expression
from ivr.expr.template import Template, parse_template
from ivr.flow.document import Document

if TYPE_CHECKING:
    from ivr.flow.checked import CheckedFlow

Path: TypeAlias = tuple[str | int, ...]
Place: TypeAlias = Literal[
    "prompt", "condition", "check", "url", "query", "header", "json", "target", "set", "with",
    "values", "key", "text",
]  # fmt: skip
"""What a text is for; `text` where nothing more is known, as in a state type of another package."""

_BY_KEY: Final[dict[str | int, Place]] = {
    "to": "target",
    "from": "target",
    "organizer": "target",
    "set": "set",
    "with": "with",
    "values": "values",
    "check": "check",
    "when": "condition",
}
_OF_REQUEST: Final[dict[str | int, Place]] = {
    "query": "query",
    "headers": "header",
    "auth": "header",
    "json": "json",
}


class Use(NamedTuple):
    """One text or condition.

    `path` is its place in `document`, `names` are the variables it reads, with their fields.
    `state` is empty outside of states.
    """

    document: Document
    path: Path
    place: Place
    what: Template | Expression
    names: tuple[tuple[str, ...], ...]
    state: str = ""


def uses_of(flow: CheckedFlow) -> Iterator[Use]:
    """All of a flow, those of the prompts it uses included."""
    for name, (_, options) in flow.states.items():
        yield from _within(flow, options, ("states", name), name)
    for key in ("call_out", "join"):
        yield from _within(flow, getattr(flow.options, key), (key,), "")
    for name, words in flow.prompts.items():
        where = prompt_place(flow, name)
        if where is not None and (name in flow.options.prompts or name in flow.named_prompts):
            text = parse_template(words)
            yield Use(*where, "prompt", text, text.names)


def prompt_place(flow: CheckedFlow, name: str) -> tuple[Document, Path] | None:
    """Where the words of a prompt stand."""
    if name in flow.options.prompts:
        return flow.document, ("prompts", name)
    shared = flow.shared.prompts_document
    return (shared, (name,)) if shared is not None else None


def _within(flow: CheckedFlow, options: object, base: Path, state: str) -> Iterator[Use]:
    own: Mapping[str | int, Place] = getattr(options, "places", {})
    places = {**_BY_KEY, **own}
    for path, thing in walk(options, base):
        what = _readable(thing)
        if what is not None:
            place = _place(path[len(base) :], places)
            yield Use(flow.document, path, place, what, what.names, state)


def _readable(thing: object) -> Template | Expression | None:
    if isinstance(thing, Text | Formula):
        return thing.template
    return thing.expression if isinstance(thing, Condition) else None


def _place(path: Path, places: Mapping[str | int, Place]) -> Place:
    if path[0] == "request":
        return _OF_REQUEST.get(path[1], "url")
    return places.get(path[0], "text")
