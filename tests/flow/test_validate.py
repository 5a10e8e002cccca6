"""The validator against the whole schema: the same verdict, part by part, on any flow."""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.flow import fragments
from ivr.flow.bundle import load_folder
from ivr.flow.checked import CheckedFlow, SharedFiles
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.document import load
from ivr.flow.schema import flow_schema
from ivr.flow.validate import MOST_FINDINGS, shared_prompts, validate
from ivr.states import registry

GOOD = Path(__file__).parent / "good"
FLOWS: dict[str, Any] = {
    path.parent.name: load(path.read_bytes(), path.name).value for path in GOOD.glob("*/flow.yaml")
}
WHOLE = fragments.FlowValidator(flow_schema())
WORDS = sorted({key for flow in FLOWS.values() for key in flow} | set(registry()) | {"on", "go"})


def paths(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a tree, the tree itself included."""
    yield path
    if isinstance(value, dict):
        for key, each in value.items():
            yield from paths(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from paths(each, (*path, index))


PLACES = {name: list(paths(flow)) for name, flow in FLOWS.items()}

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5_000_000_000),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: number % 1 != 0),
    st.text("aZ5_- :#{}$é*", max_size=4),
    st.sampled_from([*WORDS, "5s", "0", "12", "404", "4-8", "Bad-Name", "${env.x}", "x" * 65, ""]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=2)
    ),
    max_leaves=4,
)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A good flow with up to three things wrong with it."""
    name = draw(st.sampled_from(sorted(FLOWS)))
    flow = copy.deepcopy(FLOWS[name])
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(PLACES[name]))
        mutate(draw, flow, path)
    return flow


def mutate(draw: st.DrawFn, flow: Any, path: tuple[Any, ...]) -> None:
    """Change, drop, rename or add one thing; nothing where the place is gone already."""
    place = flow
    try:
        for step in path[:-1]:
            place = place[step]
        if not path:
            flow[draw(st.sampled_from(WORDS))] = draw(VALUES)
        elif draw(st.booleans()):
            place[path[-1]] = draw(VALUES)
        elif isinstance(place, dict):
            value = place.pop(path[-1])
            if draw(st.booleans()):
                place[draw(st.sampled_from(WORDS))] = value
    except (KeyError, IndexError, TypeError, AttributeError):
        return


def by_the_whole(flow: Any) -> Counter[Any]:
    """Place and keyword of everything that the whole schema finds wrong."""
    return Counter(
        (tuple(error.absolute_path), error.validator, str(error.instance)[:40])
        for error in WHOLE.iter_errors(flow)
    )


def by_parts(flow: Any) -> Counter[Any]:
    """The same from the parts, put together as `validate` does."""
    found = Counter(keyword(wrong, ()) for wrong in fragments.violations(fragments.top(), flow))
    states = flow.get("states") if isinstance(flow, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        kind = state.get("type") if isinstance(state, dict) else None
        is_known = isinstance(kind, str) and kind in registry()
        judge = fragments.state(str(kind)) if is_known else fragments.any_state()
        found.update(
            keyword(wrong, ("states", name)) for wrong in fragments.violations(judge, state)
        )
    return found


def keyword(wrong: fragments.Violation, base: tuple[Any, ...]) -> tuple[Any, ...]:
    return ((*base, *wrong.path), wrong.keyword, str(wrong.value)[:40])


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_the_parts_say_what_the_whole_schema_says(flow: Any) -> None:
    assert by_parts(flow) == by_the_whole(flow)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_what_the_schema_accepts_can_be_made_into_options(flow: Any) -> None:
    """And what it does not accept is never made into a whole flow."""
    document = load(as_yaml(flow), "flow.yaml")
    checked, found = validate(document, SharedFiles())
    assert not [each for each in found if re.match(r"(Expected|Object|Invalid)", each.message)]
    is_valid = WHOLE.is_valid(document.value)
    assert is_valid == (not found)
    if is_valid:
        assert checked is not None
        assert checked.damaged == frozenset()
        assert checked.states.keys() == flow["states"].keys()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_whatever_is_done_to_a_flow_its_mistakes_are_told_and_nothing_breaks(
    tmp_path: Path, flow: Any
) -> None:
    """And a flow without an error is compiled."""
    path = tmp_path / "any.yaml"
    path.write_text(as_yaml(flow), encoding="utf-8")
    loaded = load_folder(path)
    assert (loaded.bundle is None) == loaded.has_errors
    lines = len(loaded.sources[path.as_posix()])
    assert all(1 <= found.span.line <= lines for found in loaded.diagnostics)
    assert all(found.message and not found.message.endswith(".") for found in loaded.diagnostics)


def as_yaml(value: object) -> str:
    """A tree in YAML that reads back as the same tree."""
    return json.dumps(value, ensure_ascii=False) + "\n"


def check(text: str, name: str = "") -> tuple[CheckedFlow | None, list[Diagnostic]]:
    return validate(load(text, "flow.yaml"), SharedFiles(), name)


def flow_of(state: str) -> str:
    return f"flow: f\nschema: 1\nstart: s\nstates:\n  s: {state}\n"


def only(found: list[Diagnostic]) -> Diagnostic:
    (one,) = found
    return one


@pytest.mark.parametrize(
    ("state", "column", "length", "message", "advice"),
    [
        (
            "{ type: wait, for: 5, next: s }", 25, 1,
            "a time is written with its unit, such as 500ms, 5s, 45m or 2h", "",
        ),
        (
            "{ type: wait, fro: 5s, for: 5s, next: s }", 20, 3,
            "there is no such key here", 'did you mean "for"?',
        ),
        (
            "{ type: transfer, to: 442079460123, on: { answered: s } }", 28, 12,
            "this has to be a text", 'put it in quotes: "442079460123"',
        ),
        (
            "{ type: menu, prompt: p, on: { give_pu: s } }", 37, 7,
            "a menu has no such outcome", 'did you mean "give_up"?',
        ),
        (
            "{ type: hangupp, result: x }", 14, 7,
            "there is no such type of state", 'did you mean "hangup"?',
        ),
        (
            "{ type: transfer, mode: consul, to: x }", 30, 6,
            "this is not one of the words that may stand here", 'did you mean "consult"?',
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_once_at_its_own_place(
    state: str, column: int, length: int, message: str, advice: str
) -> None:
    found = only(check(flow_of(state))[1])
    assert (found.span.line, found.span.column) == (5, column)
    assert found.span.end_column == column + length
    assert (found.message, found.advice) == (message, advice)


def test_a_flow_bears_the_name_of_its_folder() -> None:
    text = flow_of("{ type: hangup, result: x }")
    assert check(text, "f")[1] == []
    found = only(check(text, "g")[1])
    assert found.code is Code.FLOW_NAME
    assert found.span.line == 1
    assert "`flow: g`" in found.help


def test_states_that_are_right_are_kept_beside_those_that_are_not() -> None:
    text = flow_of("{ type: hangup, result: x }") + "  t: { type: nothing }\n"
    flow, found = check(text)
    assert flow is not None
    assert flow.state_names == ("s", "t")
    assert list(flow.states) == ["s"]
    assert "states" in flow.damaged
    assert only(found).code is Code.UNKNOWN_TYPE


def test_names_that_are_right_are_kept_beside_those_that_are_not() -> None:
    text = flow_of("{ type: hangup, result: x }") + "prompts:\n  a: Hello.\n  b: 5\n"
    flow, found = check(text)
    assert flow is not None
    assert flow.prompts == {"a": "Hello."}
    assert "prompts" in flow.damaged
    assert only(found).span.line == 8


@pytest.mark.parametrize("text", ["[]", "hello", "5", "{}", "states: {}", "states: [a]", "flow: f"])
def test_a_file_that_is_no_flow_at_all(text: str) -> None:
    flow, found = check(text)
    assert flow is None
    assert found


@pytest.mark.parametrize("entry", ["p{n}: {n}", "P-{n}: words"])
def test_an_avalanche_in_a_shared_file_is_cut_off(entry: str) -> None:
    lines = [entry.format(n=n) + "\n" for n in range(3 * MOST_FINDINGS)]
    document = load("".join(lines) + "good: Hello.\n", "prompts.yaml")
    _, found = shared_prompts(document)
    assert len(found) == MOST_FINDINGS


def test_an_avalanche_of_unknown_keys_is_cut_off() -> None:
    keys = "".join(f"key_{n}: 1\n" for n in range(3 * MOST_FINDINGS))
    assert len(check(flow_of("{ type: hangup, result: x }") + keys)[1]) == MOST_FINDINGS


def test_an_avalanche_of_mistakes_is_cut_off() -> None:
    states = "".join(f"  s{n}: {{ type: moon, a: {n} }}\n" for n in range(5 * MOST_FINDINGS))
    flow, found = check("flow: f\nschema: 1\nstart: s1\nstates:\n" + states)
    assert len(found) == MOST_FINDINGS
    assert flow is not None
    assert "states" in flow.damaged
