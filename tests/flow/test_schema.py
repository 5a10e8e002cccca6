"""The JSON Schema of flow files: sound, complete for editors, and the one that is checked in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ivr.core.options import NAME, WithExits
from ivr.flow import fragments, schema
from ivr.flow.document import load
from ivr.flow.schema_words import SNIPPETS
from ivr.states import registry

ROOT = Path(__file__).parents[2]
GOOD = Path(__file__).parent / "good"
SAMPLES = ROOT.parent / "shared" / "design" / "flows"
WHOLE: Any = schema.flow_schema()
JUDGE = Draft202012Validator(WHOLE)


def parts(of: object) -> Iterator[dict[str, Any]]:
    """Every map in a schema."""
    if isinstance(of, dict):
        yield of
    inner = of.values() if isinstance(of, dict) else of if isinstance(of, list) else ()
    for part in inner:
        yield from parts(part)


def properties() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key that a flow may have, with its schema; `type` of a state is its own story."""
    for part in parts(WHOLE):
        known = part.get("properties")
        if isinstance(known, dict):
            yield from ((name, each) for name, each in known.items() if "const" not in each)


def test_it_is_a_schema_of_draft_2020_12() -> None:
    assert WHOLE["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert WHOLE["$id"]
    Draft202012Validator.check_schema(WHOLE)


def test_the_file_in_the_repository_is_fresh() -> None:
    path = ROOT / "schemas" / "flow.schema.json"
    assert schema.is_fresh(path), "run: ivr schema"


def test_what_is_written_is_fresh_until_it_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "new" / "flow.schema.json"
    assert not schema.is_fresh(path)
    schema.write(path)
    assert schema.is_fresh(path)
    assert json.loads(path.read_text(encoding="utf-8")) == WHOLE
    path.write_text(path.read_text(encoding="utf-8").replace('"menu"', '"menus"', 1))
    assert not schema.is_fresh(path)


def test_it_is_the_same_text_each_time() -> None:
    before = schema.schema_text()
    schema.flow_schema.cache_clear()
    try:
        assert schema.schema_text() == before
    finally:
        schema.flow_schema.cache_clear()


def test_no_alternatives_that_would_multiply_the_errors() -> None:
    assert not [part for part in parts(WHOLE) if {"oneOf", "anyOf", "not"} & part.keys()]


def test_every_key_is_described_for_people() -> None:
    bare = [name for name, each in properties() if not each.get("description")]
    assert bare == []


def test_every_key_of_a_state_is_described_with_markdown() -> None:
    for name in registry():
        for key, each in WHOLE["$defs"][name]["properties"].items():
            assert key == "type" or each["markdownDescription"], (name, key)


def test_descriptions_come_with_an_example_where_there_is_one() -> None:
    ring_for = WHOLE["$defs"]["transfer"]["properties"]["ring_for"]
    assert ring_for["default"] == "1m"
    assert "```yaml\nring_for: 1m\n```" in ring_for["markdownDescription"]


def test_every_type_of_state_is_offered_and_explained() -> None:
    kind = WHOLE["$defs"]["state"]["properties"]["type"]
    assert kind["enum"] == list(registry())
    assert len(kind["enumDescriptions"]) == len(kind["enum"])
    for name, state in registry().items():
        assert WHOLE["$defs"][name]["description"].startswith((state.__doc__ or "?").split("\n")[0])


def test_references_stay_within_the_file() -> None:
    for part in parts(WHOLE):
        if "$ref" in part:
            name = part["$ref"].removeprefix("#/$defs/")
            assert name in WHOLE["$defs"], part["$ref"]


@pytest.mark.parametrize("name", sorted(registry()))
def test_the_example_of_a_state_type_is_valid(name: str) -> None:
    example = load(registry()[name].example, name).value
    assert isinstance(example, dict)
    for state in example.values():
        assert list(fragments.violations(fragments.state(name), state)) == []


@pytest.mark.parametrize("name", sorted(SNIPPETS))
def test_what_an_editor_inserts_is_a_valid_state(name: str) -> None:
    text = re.sub(r"(?<!\\)\$\{[0-9]+:([^}]*)\}", r"\1", json.dumps(SNIPPETS[name]))
    text = re.sub(r"\\\\\$\{env\.\$\{[0-9]+:([^}]*)\}\}", r"${env.\1}", text)
    state = json.loads(text)
    if "digits" in state:
        state["digits"] = int(state["digits"])
    assert list(fragments.violations(fragments.state(name), state)) == []


def test_snippets_cover_the_states_that_take_most_typing() -> None:
    offered = {each["label"] for each in WHOLE["$defs"]["state"]["defaultSnippets"]}
    assert {"menu", "collect", "transfer", "record"} <= offered


@pytest.mark.parametrize("path", sorted(GOOD.glob("*/flow.yaml")), ids=lambda p: p.parent.name)
def test_good_flows_are_valid(path: Path) -> None:
    assert list(JUDGE.iter_errors(load(path.read_bytes(), path.name).value)) == []


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample flows are not on this machine")
def test_the_sample_flows_are_valid() -> None:
    for path in SAMPLES.glob("*.yaml"):
        assert list(JUDGE.iter_errors(load(path.read_bytes(), path.name).value)) == []


WITH_EXITS = sorted(
    name for name, kind in registry().items() if issubclass(kind.Options, WithExits)
)
OUTCOMES = sorted(WHOLE["properties"]["on"]["properties"])


@given(
    st.sampled_from(WITH_EXITS),
    st.sampled_from([*OUTCOMES, "next", "2xx", "404", "199", "10", "00", "*", "#", "hash", "yes"])
    | st.from_regex(NAME, fullmatch=True)
    | st.text(max_size=5),
)
def test_the_outcomes_of_a_state_are_those_of_its_type(name: str, outcome: str) -> None:
    """What `allows` says, and `error`, which every state may have an exit for."""
    on = fragments.state(name).schema["properties"]["on"]  # type: ignore[index]
    accepted = not list(fragments.violations(fragments.FlowValidator(on), {outcome: "somewhere"}))
    kind = registry()[name]
    named = re.fullmatch(NAME, outcome) is not None or name != "run"
    assert accepted == (outcome == "error" or (kind.allows(outcome) and named))


@pytest.mark.parametrize(
    ("state", "is_good"),
    [
        ({"type": "hangup", "result": "served"}, True),
        ({"type": "hangup"}, False),
        ({"type": "hangup", "result": "served", "next": "x"}, False),
        ({"type": "hangup", "result": "Not A Name"}, False),
        ({"type": "wait", "for": "2s", "next": "x"}, True),
        ({"type": "wait", "for": "2", "next": "x"}, False),
        ({"type": "wait", "for": 2, "next": "x"}, False),
        ({"type": "menu", "prompt": "p", "next": "x"}, False),
        ({"type": "menu", "prompt": "p", "on": {"1": {"label": "One", "go": "x"}}}, True),
        ({"type": "menu", "prompt": "p", "on": {"1": {"label": "One"}}}, False),
        ({"type": "collect", "prompt": "p", "digits": 32}, True),
        ({"type": "collect", "prompt": "p", "digits": 33}, False),
        ({"type": "collect", "prompt": "p", "digits": "4-8"}, True),
        ({"type": "collect", "prompt": "p", "digits": True}, False),
        ({"type": "prompt", "prompt": ["a", "b"], "interrupt": True}, True),
        ({"type": "prompt", "prompt": ["a", "b"], "interrupt": "choices"}, False),
        ({"type": "moon"}, False),
        ({"prompt": "p"}, False),
    ],
)
def test_single_states(state: dict[str, object], is_good: bool) -> None:
    flow = {"flow": "f", "schema": 1, "start": "s", "states": {"s": state}}
    assert JUDGE.is_valid(flow) is is_good


def test_a_mistake_in_a_state_gives_one_error_and_not_one_for_every_type() -> None:
    state = {"type": "menu", "prompt": "p", "atempts": 3}
    flow = {"flow": "f", "schema": 1, "start": "s", "states": {"s": state}}
    (error,) = JUDGE.iter_errors(flow)
    assert list(error.absolute_path) == ["states", "s"]
    assert "atempts" in error.message
