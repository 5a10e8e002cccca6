"""Our requests against Microsoft's own words: the OpenAPI document and the published examples.

Both are read in place, in the folder that `SHARED_DIR` names, and are no part of the project.
"""

from __future__ import annotations

import functools
import json
import re
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.graph.effects_of_a_call import REQUESTS, requested
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
    "transfer from a group": "call-transfer-5.json",
    "call a user": "application-post-calls-1.json",
    "call a phone": "application-post-calls-7.json",
    "join by organizer": "application-post-calls-5.json",
    "create a meeting": "application-post-onlinemeetings-1.json",
    "invite from another call": "participant-delete-2.json",
    "remove": "participant-delete-1.json",
    "mute us": "call-mute-1.json",
    "hold with music": "participant-startholdmusic-1.json",
    "whisper": "call-post-audioroutinggroups-beta-1.json",
    "tell several": "call-post-audioroutinggroups-beta-2.json",
}
"""A published v1.0 example for each action that has one; answering is with service-hosted media."""

DIFFERENCES = {
    # What the example has and we leave out.
    ("*", "-displayName"): "a name is not needed to find somebody, and is a person's",
    ("*", "-endpointType"): "`default` is the default, and no member of the declared type",
    ("*", "-languageId"): "Graph knows the language of its own users",
    ("*", "-region"): "Graph knows where its own users are",
    ("*", "-identityProvider"): "Graph knows where a user's account is",
    ("*", "-countryCode"): "null: that of the tenant",
    ("*", "-preFetchMedia"): "what the flow plays first is fetched when it is played",
    ("*", "-uri"): "of `preFetchMedia`",
    ("*", "-resourceId"): "of `preFetchMedia`",
    ("*", "-tenantId"): "of a transferee's identity: the participant's id says who it is",
    ("*", "-id"): "an optional name of our own for the group, and the same for every group",
    ("*", "-clientContext"): "`transfer` declares no such parameter, and nothing echoes it",
    # What we have and the example leaves out.
    ("call a user", "+direction"): "given in other examples of the page",
    ("call a phone", "+direction"): "given in other examples of the page",
    ("join by organizer", "+direction"): "given in other examples of the page",
    ("call a user", "+tenantId"): "needed for others, and right for all",
    ("transfer from a group", "+@odata.type"): "the other examples of the page have the types",
    ("hold with music", "+resourceId"): "a member of mediaInfo: then the file is cached",
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
        return {"$ref": "#/$defs/" + type_of(schema)}
    kept = {key: converted(value) for key, value in schema.items() if key != "nullable"}
    if schema.get("nullable"):
        kept["type"] = [kept["type"], "null"]
    if schema.get("x-abstract") and "discriminator" in schema:
        kept["required"] = [schema["discriminator"]["propertyName"]]
    return kept


def validator(template: str, method: str) -> Draft202012Validator:
    operation = openapi()["paths"][template][method.lower()]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    strict = converted(schema)
    if "$ref" in schema:
        strict["propertyNames"] = {"enum": sorted(declared_by(type_of(schema)))}
    else:
        strict |= {"additionalProperties": False, "required": schema.get("x-non-nullable", [])}
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


def type_of(schema: dict[str, Any]) -> str:
    return str(schema["$ref"].rpartition("/")[2])


def parts(type_name: str) -> list[dict[str, Any]]:
    """The schema of a type and those that it inherits from."""
    schema = openapi()["components"]["schemas"][type_name]
    found: list[dict[str, Any]] = []
    for part in schema.get("allOf", [schema]):
        found += parts(type_of(part)) if "$ref" in part else [part]
    return found


def declared_by(type_name: str) -> set[str]:
    """The members that a type declares, its own and inherited."""
    return {name for part in parts(type_name) for name in part.get("properties", {})}


def declared(type_name: str) -> set[str] | None:
    """The same, but None for a type that is open to others."""
    is_open = any(part.get("additionalProperties") is True for part in parts(type_name))
    return None if is_open else declared_by(type_name)


def template_of(path: str) -> str:
    """The path with names in place of its ids, as the OpenAPI document has it."""
    path = re.sub(r"(?<=/calls/)[^/]+", "{call-id}", path)
    path = re.sub(r"(?<=/participants/)(?!invite)[^/]+", "{participant-id}", path)
    path = path.replace("/me/", "/users/me/")  # an app has no `me`: it names the user
    return re.sub(r"(?<=^/users/)[^/]+", "{user-id}", path)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_one_of_the_openapi_document(name: str) -> None:
    request = requested(name)
    operation = openapi()["paths"][template_of(request.path)][request.method.lower()]
    if request.body is None:
        assert "requestBody" not in operation
        return
    body = json.loads(request.body)
    check = validator(template_of(request.path), request.method)
    assert [error.message for error in check.iter_errors(body)] == []


@pytest.mark.parametrize("name", REQUESTS)
def test_every_object_is_of_the_type_that_it_says(name: str) -> None:
    for one in concrete(json.loads(requested(name).body or b"null")):
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
    ours = members(json.loads(requested(name).body or b"null"))
    return {(name, f"+{one}") for one in ours - theirs} | {
        ("*", f"-{one}") for one in theirs - ours
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_request_has_the_members_of_a_published_one(name: str) -> None:
    example, request = documented("requests")[EXAMPLES[name]], requested(name)
    assert request.method == example["method"]
    assert template_of(request.path) == template_of(str(example["path"]))
    assert differences(name) <= set(DIFFERENCES)


def test_no_difference_is_listed_that_does_not_exist() -> None:
    assert set(DIFFERENCES) == {one for name in EXAMPLES for one in differences(name)}


def test_the_check_is_able_to_fail() -> None:
    """A request with a member that is unknown, of a wrong case or of a wrong type is found out."""
    check = validator("/communications/calls/{call-id}/playPrompt", "POST")
    good = json.loads(requested("play").body or b"")
    assert check.is_valid(good)
    assert not check.is_valid(good | {"loop": True})
    assert not check.is_valid({"Prompts": good["prompts"]})
    assert not check.is_valid(good | {"prompts": [{"mediaInfo": {"uri": "x"}}]})
    assert not check.is_valid(good | {"prompts": good["prompts"] * 11})
    assert not check.is_valid(good | {"clientContext": "x" * 257})
