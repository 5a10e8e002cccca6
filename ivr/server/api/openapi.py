"""The OpenAPI 3.1 document of the admin API, made from the declarations of its operations.

Bodies come from the structs that check them, so the two cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TypeAlias, cast

import msgspec

from ivr import __version__
from ivr.server.api.operation import Operation
from ivr.server.api.problems import ErrorShown

Json: TypeAlias = dict[str, object]

SCHEMAS = "#/components/schemas/"
EVERYWHERE = (400, 401, 429, 503)
"""The statuses that every operation may answer with."""


def document(operations: Sequence[Operation], root: str) -> Json:
    """The document for operations that are served below `root`."""
    bodies = [each.asked for each in operations if each.method != "GET"]
    kinds = [*bodies, *(each.answer for each in operations), ErrorShown]
    _, schemas = msgspec.json.schema_components(
        list(dict.fromkeys(kinds)), schema_hook=_anything, ref_template=SCHEMAS + "{name}"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "ivr admin API", "version": __version__},
        "servers": [{"url": root}],
        "security": [{"token": []}],
        "paths": _paths(operations),
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _paths(operations: Sequence[Operation]) -> dict[str, Json]:
    paths: dict[str, Json] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _described(each)
    return paths


def _described(each: Operation) -> Json:
    body = {"required": True, "content": _json(each.asked.__name__)}
    return {
        "operationId": each.name,
        "summary": each.summary,
        "parameters": _parameters(each),
        **({} if each.method == "GET" else {"requestBody": body}),
        "responses": {
            str(each.status): {"description": "Done.", "content": _json(each.answer.__name__)},
            **{str(status): _problem(status) for status in sorted({*EVERYWHERE, *each.problems})},
        },
    }


def _parameters(each: Operation) -> list[Json]:
    found: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", each.path)
    ]
    if each.method == "GET":
        found += [
            {"name": name, "in": "query", "schema": schema}
            for name, schema in _members(each).items()
        ]
    if each.keyed:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "A request with the key of an earlier one does nothing new.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 200},
            }
        )
    return found


def _members(each: Operation) -> Mapping[str, object]:
    """The schema of every parameter in the query."""
    _, schemas = msgspec.json.schema_components([each.asked])
    properties = schemas[each.asked.__name__].get("properties", {})
    return cast("Mapping[str, object]", properties)


def _json(name: str) -> Json:
    return {"application/json": {"schema": {"$ref": SCHEMAS + name}}}


def _problem(status: int) -> Json:
    return {"description": f"{HTTPStatus(status).phrase}.", "content": _json("ErrorShown")}


def _anything(_: type) -> Json:
    """An input may be any JSON; msgspec wants to hear something of it."""
    return {"description": "Any JSON value."}
