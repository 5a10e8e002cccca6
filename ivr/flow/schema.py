"""The JSON Schema of flow files (draft 2020-12), generated from the state types' options.

It serves two readers. Editors complete and explain from it; `ivr.flow.validate` reads the
fragment of one state type at a time. The fragments are joined as an `allOf` of `if`/`then` on
`type`, never as a `oneOf`: a mistake in one state then gives one error, not one for every type.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from ivr.core.options import NAME, Exit, StateOptions
from ivr.core.state_type import StateType
from ivr.flow.compile import EVERYWHERE
from ivr.flow.flow_options import FlowOptions
from ivr.flow.schema_types import Schema, Translator, custom, with_markdown
from ivr.flow.schema_words import KEYS, SNIPPETS, STATUS, outcome_words
from ivr.states import registry

ID: Final = "urn:ivr:flow:1"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_KEY_NAMES: Final = (*"1234567890", "star", "pound")
_MANNERS: Final = (("some_outcome", NAME), ("5", KEYS), ("404", STATUS))
"""An outcome that is typical of a manner of naming outcomes, and the form of all of them."""
_SHORT: Final = ("next", "2xx", "3xx")
_BEGINNINGS: Final = ("CallOut", "Join")
_EXIT: Final[Schema] = {"$ref": "#/$defs/exit"}


@cache
def flow_schema() -> Schema:
    """The whole schema. It is shared: whoever changes it makes a copy first."""
    translator = Translator()
    top = translator.struct(FlowOptions)
    states = {name: _state(name, kind, translator) for name, kind in registry().items()}
    properties = _properties(top)
    properties["on"] = {**properties["on"], **_outcomes_anywhere()}
    properties["states"] = _states(properties["states"])
    _refine_variables(translator.defs["Variable"])
    for name in _BEGINNINGS:
        _describe_outcomes(translator.defs[name])
    return {
        "$schema": DIALECT,
        "$id": ID,
        "title": "Call flow",
        **top,
        "description": "A call flow: named states, and what leads from one to the next.",
        "$defs": {"exit": custom(Exit), "state": _any_state(), **states, **translator.defs},
    }


def schema_text() -> str:
    """The schema as it stands in its file: the same text on every machine."""
    return json.dumps(flow_schema(), indent=2, ensure_ascii=False) + "\n"


def write(path: Path) -> None:
    """Write the schema to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(schema_text(), encoding="utf-8")


def is_fresh(path: Path) -> bool:
    """Whether the file at `path` is this very schema."""
    return path.is_file() and path.read_text(encoding="utf-8") == schema_text()


def _properties(schema: Schema) -> dict[str, Schema]:
    properties = schema["properties"]
    assert isinstance(properties, dict)
    return properties


def _state(name: str, kind: StateType[StateOptions], translator: Translator) -> Schema:
    schema = translator.struct(kind.Options)
    properties = _properties(schema)
    properties["type"] = {"const": name}
    if "on" in properties:
        properties["on"] = {**properties["on"], **_outcomes_of(kind)}
        if not kind.allows("next") or _manner(kind) == NAME:
            del properties["next"]
    words = inspect.cleandoc(kind.__doc__ or name)
    example = f"\n\n```yaml\n{kind.example.strip()}\n```" if kind.example else ""
    return {**schema, "title": name, "description": words, "markdownDescription": words + example}


def _outcomes_of(kind: StateType[StateOptions]) -> Schema:
    """What may stand in the `on:` of a state; its own way out for an `error` always may."""
    manner = _manner(kind)
    keys = _KEY_NAMES if manner == KEYS else ()
    short = [] if manner == NAME else [each for each in _SHORT if kind.allows(each)]
    return _exits(kind.name, [*keys, *kind.outcomes, *short, "error"], manner)


def _manner(kind: StateType[StateOptions]) -> str | None:
    """The form of the outcomes that have no name of their own: keys, statuses, or any name."""
    return next((form for typical, form in _MANNERS if kind.allows(typical)), None)


def _outcomes_anywhere() -> Schema:
    """What may stand in the `on:` of the whole flow: any outcome of any state."""
    kinds = registry().values()
    own = (outcome for kind in kinds for outcome in kind.outcomes if outcome != "next")
    return _exits("", [*EVERYWHERE, *own, *_KEY_NAMES], f"({KEYS})|({STATUS})|({NAME})")


def _exits(type_name: str, outcomes: Iterable[str], manner: str | None) -> Schema:
    properties = {
        outcome: {**_EXIT, "description": outcome_words(type_name, outcome)}
        for outcome in dict.fromkeys(outcomes)
    }
    forms: Schema = {"patternProperties": {manner: _EXIT}} if manner else {}
    return {"properties": properties, **forms, "additionalProperties": False}


def _any_state() -> Schema:
    """Any state: what its `type` is decides what else it may hold."""
    kinds = registry()
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": _types()},
        "allOf": [
            {
                # What is no map at all has every property that is asked for, and every type.
                "if": {
                    "type": "object",
                    "properties": {"type": {"const": name}},
                    "required": ["type"],
                },
                "then": {"$ref": f"#/$defs/{name}"},
            }
            for name in kinds
        ],
        "defaultSnippets": [
            {"label": name, "description": _first_sentence(kinds[name]), "body": body}
            for name, body in SNIPPETS.items()
        ],
    }


def _types() -> Schema:
    kinds = registry()
    schema: Schema = {
        "enum": list(kinds),
        "description": "What the state does.",
        "enumDescriptions": [_first_sentence(kind) for kind in kinds.values()],
    }
    return with_markdown("type", schema)


def _states(schema: Schema) -> Schema:
    return {**schema, "additionalProperties": {"$ref": "#/$defs/state"}}


def _refine_variables(variable: Schema) -> None:
    """A field or an item is a type's name or a declaration of its own."""
    properties = _properties(variable)
    names = properties["type"]["enum"]
    nested: Schema = {
        "if": {"type": "string"},
        "then": {"enum": names},
        "else": {"$ref": "#/$defs/Variable"},
    }
    properties["fields"]["additionalProperties"] = nested
    properties["item"] = {**properties["item"], **nested}


def _describe_outcomes(beginning: Schema) -> None:
    """Say what the outcomes of an outgoing call mean."""
    on = _properties(beginning)["on"]
    for outcome, way in _properties(on).items():
        way["description"] = outcome_words("", outcome)


def _first_sentence(kind: StateType[StateOptions]) -> str:
    words = inspect.cleandoc(kind.__doc__ or kind.name)
    return words.split("\n\n")[0].replace("\n", " ")
