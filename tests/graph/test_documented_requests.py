"""Our requests against Microsoft's own words: the OpenAPI document and the published examples.

Both are read in place, in the folder that `SHARED_DIR` names, and are no part of the project.
"""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from ivr.graph.encode import encode
from tests.graph.effects_of_a_call import REQUESTS
from tests.graph.golden_listing import SHARED, documented

OPENAPI = SHARED / "graph" / "openapi-communications.yaml"

pytestmark = pytest.mark.skipif(
    not OPENAPI.is_file(), reason=f"no OpenAPI document at {OPENAPI}; set SHARED_DIR to its folder"
)

EXAMPLES = {
    "answer with audio": "call-answer-2.json",
    "reject": "call-reject-1.json",
    "listen": "call-subscribetotone-1.json",
    "play": "call-playprompt-1.json",
    "stop": "call-cancelmediaprocessing-1.json",
    "consult": "call-transfer-2.json",
    "transfer": "call-transfer-1.json",
    "transfer to a phone": "call-transfer-3.json",
    "keep alive": "call-keepalive-1.json",
    "check": "call-get-1.json",
}
"""A published v1.0 example for each action that has one; answering is with service-hosted media."""

DIFFERENCES = {
    # What the example has and we leave out.
    ("*", "-displayName"): "a name is not needed to find somebody, and is a person's",
    ("*", "-endpointType"): "`default` is the default, and no member of the declared type",
    ("*", "-languageId"): "Graph knows the language of its own users",
    ("*", "-region"): "Graph knows where its own users are",
    ("*", "-clientContext"): "`transfer` declares no such parameter, and nothing echoes it",
    # What we have and the example leaves out.
    ("transfer", "+@odata.type"): "the other examples of the page have the types",
    ("transfer", "+tenantId"): "given in the beta examples: a resource account needs its tenant",
}


@functools.cache
def openapi() -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(OPENAPI.read_text(), Loader=yaml.CSafeLoader)
    return document


def converted(schema: Any) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema 2020-12: `nullable` becomes a type, `$ref` a `$def`.

    An abstract type needs the member that its discriminator names: Graph knows the type by it.
    """
    if isinstance(schema, list):
        return [converted(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": "#/$defs/" + schema["$ref"].rpartition("/")[2]}
    kept = {key: converted(value) for key, value in schema.items() if key != "nullable"}
    if schema.get("nullable"):
        kept["type"] = [kept["type"], "null"]
    if schema.get("x-abstract") and "discriminator" in schema:
        kept["required"] = [schema["discriminator"]["propertyName"]]
    return kept


def validator(template: str, method: str) -> Draft202012Validator:
    operation = openapi()["paths"][template][method.lower()]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    strict = converted(schema) | {"additionalProperties": False}
    strict["required"] = schema.get("x-non-nullable", [])
    return Draft202012Validator(strict | {"$defs": definitions()})


@functools.cache
def definitions() -> dict[str, Any]:
    found = {name: converted(one) for name, one in openapi()["components"]["schemas"].items()}
    Draft202012Validator.check_schema({"$defs": found})
    return found


def concrete(body: Any) -> list[Any]:
    """Every object in a body that says its type, for validation as that type."""
    found = [body] if isinstance(body, dict) and "@odata.type" in body else []
    inner = body.values() if isinstance(body, dict) else body if isinstance(body, list) else ()
    return found + [one for value in inner for one in concrete(value)]


def declared(type_name: str) -> set[str] | None:
    """The members that a type declares, its own and inherited; None for an open type."""
    schema = openapi()["components"]["schemas"][type_name]
    own: set[str] = set()
    for part in schema.get("allOf", [schema]):
        inherited = declared(part["$ref"].rpartition("/")[2]) if "$ref" in part else set()
        if inherited is None or part.get("additionalProperties") is True:
            return None
        own |= inherited | set(part.get("properties", {}))
    return own


def template_of(path: str) -> str:
    head, _, action = path.partition("/communications/calls/")[2].partition("/")
    return f"/communications/calls/{{call-id}}{'/' if action else ''}{action}" if head else path


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_one_of_the_openapi_document(name: str) -> None:
    request = encode(*REQUESTS[name])
    operation = openapi()["paths"][template_of(request.path)][request.method.lower()]
    if request.body is None:
        assert "requestBody" not in operation
        return
    body = json.loads(request.body)
    check = validator(template_of(request.path), request.method)
    assert [error.message for error in check.iter_errors(body)] == []


@pytest.mark.parametrize("name", REQUESTS)
def test_every_object_is_of_the_type_that_it_says(name: str) -> None:
    for one in concrete(json.loads(encode(*REQUESTS[name]).body or b"null")):
        type_name = one["@odata.type"].removeprefix("#")
        schema = {"$ref": f"#/$defs/{type_name}", "$defs": definitions()}
        assert Draft202012Validator(schema).is_valid(one)
        allowed = declared(type_name)
        assert allowed is None or set(one) <= allowed


def members(body: Any) -> set[str]:
    """The names of all members at any depth: values are the caller's affair."""
    inner = body.values() if isinstance(body, dict) else body if isinstance(body, list) else ()
    own = set(body) if isinstance(body, dict) else set()
    return own.union(*(members(value) for value in inner))


def differences(name: str) -> set[tuple[str, str]]:
    """Members that we send and the published example does not (`+`), and the reverse (`-`)."""
    theirs = members(documented("requests")[EXAMPLES[name]]["body"])
    ours = members(json.loads(encode(*REQUESTS[name]).body or b"null"))
    return {(name, f"+{one}") for one in ours - theirs} | {
        ("*", f"-{one}") for one in theirs - ours
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_request_has_the_members_of_a_published_one(name: str) -> None:
    example, request = documented("requests")[EXAMPLES[name]], encode(*REQUESTS[name])
    assert request.method == example["method"]
    assert template_of(request.path) == template_of(str(example["path"]))
    assert differences(name) <= set(DIFFERENCES)


def test_no_difference_is_listed_that_does_not_exist() -> None:
    assert set(DIFFERENCES) == {one for name in EXAMPLES for one in differences(name)}


def test_the_check_is_able_to_fail() -> None:
    """A request with a member that is unknown, of a wrong case or of a wrong type is found out."""
    check = validator("/communications/calls/{call-id}/playPrompt", "POST")
    good = json.loads(encode(*REQUESTS["play"]).body or b"")
    assert check.is_valid(good)
    assert not check.is_valid(good | {"loop": True})
    assert not check.is_valid({"Prompts": good["prompts"]})
    assert not check.is_valid(good | {"prompts": [{"mediaInfo": {"uri": "x"}}]})
    assert not check.is_valid(good | {"prompts": good["prompts"] * 11})
    assert not check.is_valid(good | {"clientContext": "x" * 257})
