"""Every state type, case by case: what it does, and where it goes.

A type named `menu` has its cases in `cases/menu.yaml`, each with a flow and the transcript of a
call (see `transcripts`). `UPDATE_GOLDEN=1` writes transcripts that have changed; read them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import indent
from typing import NamedTuple

import pytest

from ivr.core.program import Program
from ivr.flow.bundle import load_folder
from ivr.flow.diagnostics import Severity
from ivr.flow.document import YamlValue, load
from ivr.states import registry
from tests.states.transcripts import Scribe, inputs_of
from tests.universe import NOON, Ride, complete, program, read

CASES = Path(__file__).parent / "cases"
UPDATE = bool(os.environ.get("UPDATE_GOLDEN"))
_TRANSCRIPT = re.compile(r"(?m)^  transcript: \|\n(?:(?:    .*)?\n)*")
HOUR = 3_600_000


class Case(NamedTuple):
    """A call, and what is said to happen to it; the last of several flows takes the call."""

    type: str
    number: int
    name: str
    program: Program
    at: int
    transcript: str


def cases_of(kind: str) -> list[Case]:
    """The cases of a type."""
    path = CASES / f"{kind}.yaml"
    if not path.exists():
        return []
    written = load(path.read_text(), path.name).value
    assert isinstance(written, list)
    return [_case(kind, number, each) for number, each in enumerate(written)]


def _case(kind: str, number: int, raw: YamlValue) -> Case:
    assert isinstance(raw, dict)
    flows = raw["flows"] if "flows" in raw else [raw["flow"]]
    assert isinstance(flows, list)
    sources = [each for each in flows if isinstance(each, dict)]
    at = NOON + int(str(raw.get("hours_later", 0))) * HOUR
    flow = program(sources[-1], *sources[:-1])
    return Case(kind, number, str(raw["case"]), flow, at, str(raw["transcript"]))


def written(case: Case) -> str:
    """The transcript as the engine has it now."""
    return Scribe(Ride(case.program, case.at)).write(inputs_of(case.transcript))


ALL = [case for kind in registry() for case in cases_of(kind)]


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.type}: {case.name}")
def test_case(case: Case) -> None:
    transcript = written(case)
    if UPDATE:
        renew(case, transcript)
    else:
        assert transcript == case.transcript


def renew(case: Case, transcript: str) -> None:
    """Put another transcript in the place of the one that a case has."""
    path = CASES / f"{case.type}.yaml"
    text = path.read_text()
    old = list(_TRANSCRIPT.finditer(text))[case.number]
    new = "  transcript: |\n" + indent(transcript, "    ") + "\n"
    path.write_text((text[: old.start()] + new + text[old.end() :]).rstrip("\n") + "\n")


@pytest.mark.parametrize("kind", registry())
def test_every_outcome_of_a_type_has_a_case(kind: str) -> None:
    taken = {outcome for case in cases_of(kind) for outcome in _taken(case, kind)}
    assert cases_of(kind), f"there is no file cases/{kind}.yaml"
    assert taken >= set(registry()[kind].outcomes)


def _taken(case: Case, kind: str) -> Iterator[str | None]:
    """What came of the states of a type, before and after the fallbacks."""
    ride = Ride(case.program, case.at)
    Scribe(ride).write(inputs_of(case.transcript))
    for entry in ride.trace:
        state = case.program.flows[entry.flow].states[entry.state]
        if state.type.name == kind:
            yield entry.outcome
            yield state.exit_for(entry.outcome)


# What the examples of the state types use.
SURROUNDINGS: Mapping[str, YamlValue] = {
    "timezone": "Europe/London",
    "outcomes": ["done"],
    "env": ["reception", "ticket_url"],
    "secret_env": ["ticket_token"],
    "vars": {
        "account_number": {"type": "digits"},
        "tries": {"type": "number", "start": "0"},
        "slots": {"type": "list", "item": "text"},
        "voicemail": {"type": "recording"},
        "people": {"type": "list", "fields": {"id": "text", "name": "text"}},
        "room": {"type": "record", "fields": {"link": "text"}},
    },
    "calendars": {"office": {"open": {"mon-fri": "09:00-17:30"}}},
    "on": {"error": "sorry"},
}
IDENTIFY = """
flow: identify_caller
outcomes: [done]
states: { identified: { type: return, outcome: done } }
"""


def example_of(kind: str) -> dict[str, YamlValue]:
    """The example of a type, in a flow around it."""
    states = read(registry()[kind].example)
    assert all(isinstance(each, dict) and each["type"] == kind for each in states.values())
    return complete({**SURROUNDINGS, "states": states})


@pytest.mark.parametrize("kind", registry())
def test_the_example_of_a_type_passes_the_checks(kind: str, tmp_path: Path) -> None:
    for flow in (example_of(kind), complete(IDENTIFY)):
        folder = tmp_path / "flows" / str(flow["flow"])
        folder.mkdir(parents=True)
        (folder / "flow.yaml").write_text(json.dumps(flow))
    found = load_folder(tmp_path / "flows").diagnostics
    assert [str(each) for each in found if each.severity is Severity.ERROR] == []


@pytest.mark.parametrize("kind", registry())
def test_the_example_of_a_type_runs_to_the_end_of_a_call(kind: str) -> None:
    ride = Ride(program(example_of(kind), IDENTIFY))
    ride.connect()
    ride.wait(HOUR)
    assert ride.snapshot.closed
    assert ride.result
