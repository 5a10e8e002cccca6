"""The schema in the pieces by which a flow is validated: its top, and each type of state.

A state is judged by the fragment of its own type alone, which is what the whole schema comes to
and a tenth of the work; a test holds the two against each other. Validators are made once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from ivr.flow.schema import ID, flow_schema
from ivr.flow.schema_types import Schema
from ivr.states import registry

_FOR_EDITORS: Final = frozenset(
    {"title", "markdownDescription", "examples", "default", "enumDescriptions", "defaultSnippets"}
)
_NAMED: Final = frozenset({"properties", "patternProperties"})
_REFERRED_TO: Final = frozenset({"Variable"})
"""What holds itself, and so cannot be written out in full."""


def _is_whole(_: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


FlowValidator: Final[type[Validator]] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole),
)
"""The draft, but that `8.0` is no whole number, for it is none to the engine either."""


class Violation(NamedTuple):
    """One keyword of the schema that a value does not keep to.

    `path` leads to the value from the part that was validated; with `of_name`, the value is a
    name in the map at `path`. `wanted` is what stands after the keyword, `schema` all around it.
    """

    path: tuple[str | int, ...]
    keyword: str
    wanted: Any
    value: Any
    schema: Mapping[str, Any]
    of_name: bool


def violations(validator: Validator, value: Any) -> Iterator[Violation]:
    """Everything that is wrong with `value`; one for each mistake."""
    for error in validator.iter_errors(value):
        yield Violation(
            tuple(error.absolute_path),
            str(error.validator),
            error.validator_value,
            error.instance,
            error.schema if isinstance(error.schema, Mapping) else {},
            "propertyNames" in error.relative_schema_path,
        )


@cache
def top() -> Validator:
    """What stands beside the states; of these only that they are named."""
    schema = _slim(flow_schema())
    states = {**schema["properties"]["states"], "additionalProperties": True}
    properties = {**schema["properties"], "states": states}
    return _validator({**schema, "properties": properties})


@cache
def any_state() -> Validator:
    """A map with a known `type`; of the rest nothing."""
    schema = _definition("state")
    return _validator({key: schema[key] for key in ("type", "required", "properties")})


@cache
def state(type_name: str) -> Validator:
    """Everything about a state of this type."""
    assert type_name in registry()
    return _validator(_definition(type_name))


@cache
def section(name: str) -> Validator:
    """One key of the top, such as `prompts`, for a file that holds nothing else."""
    return _validator(_slim(flow_schema())["properties"][name])


def _validator(schema: Schema) -> Validator:
    made: Validator = FlowValidator({**schema, "$id": f"{ID}:part"}, registry=_registry())
    return made


@cache
def _registry() -> Registry[Any]:
    whole = DRAFT202012.create_resource({"$defs": {n: _definition(n) for n in _REFERRED_TO}})
    known: Registry[Any] = Registry().with_resource(ID, whole)
    return known


def _definition(name: str) -> dict[str, Any]:
    definitions = flow_schema()["$defs"]
    assert isinstance(definitions, dict)
    return _slim(definitions[name])


def _slim(schema: Schema) -> dict[str, Any]:
    """The schema without what only editors read, and with its references written out."""
    return {
        key: {_whole(name): _part(each) for name, each in value.items()}
        if key in _NAMED and isinstance(value, dict)
        else (_whole(value) if key == "pattern" else _part(value))
        for key, value in schema.items()
        if key not in _FOR_EDITORS and key != "$defs"
    }


def _whole(pattern: object) -> object:
    """`$` is the end; for Python alone it is also the place before a last line break.

    https://json-schema.org/draft/2020-12/json-schema-validation#section-6.3.3, by ECMA-262.
    """
    return re.sub(r"\$(?=$|\))", r"\\Z", pattern) if isinstance(pattern, str) else pattern


def _part(value: object) -> Any:
    if isinstance(value, list):
        return [_part(each) for each in value]
    if not isinstance(value, dict):
        return value
    name = str(value.get("$ref", "")).rpartition("/")[2]
    if not name:
        return _slim(value)
    if name in _REFERRED_TO:
        return {"$ref": f"{ID}#/$defs/{name}"}
    return _definition(name)
