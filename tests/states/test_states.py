"""Every state type, case by case: what it does, and where it goes.

A type named `menu` has its cases in `cases/menu.yaml`, each with a flow and the transcript of a
call (see `transcripts`). `UPDATE_GOLDEN=1` writes the transcripts anew; read them afterwards.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import indent
from typing import NamedTuple

import pytest

from ivr.core.events import TimerFired
from ivr.core.program import Program
from ivr.flow.document import YamlValue, load
from ivr.states import registry
from tests.states.transcripts import Scribe, inputs_of
from tests.universe import ENV, NOON, Ride, program, read

CASES = Path(__file__).parent / "cases"
UPDATE = bool(os.environ.get("UPDATE_GOLDEN"))
_TRANSCRIPT = re.compile(r"(?m)^  transcript: \|\n(?:(?:    .*)?\n)*")
HOUR = 3_600_000


class Case(NamedTuple):
    """A call, and what is said to happen to it; the last of several flows takes the call."""

    type: str
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
    return [_case(kind, each) for each in written if isinstance(each, dict)]


def _case(kind: str, raw: Mapping[str, YamlValue]) -> Case:
    flows = raw["flows"] if "flows" in raw else [raw["flow"]]
    assert isinstance(flows, list)
    sources = [each for each in flows if isinstance(each, dict)]
    at = NOON + int(str(raw.get("hours_later", 0))) * HOUR
    flow = program(sources[-1], *sources[:-1])
    return Case(kind, str(raw["case"]), flow, at, str(raw["transcript"]))


def written(case: Case) -> str:
    """The transcript as the engine has it now."""
    return Scribe(Ride(case.program, case.at)).write(inputs_of(case.transcript))


ALL = [case for kind in registry() for case in cases_of(kind)]


@pytest.mark.skipif(UPDATE, reason="the transcripts are being written")
@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.type}: {case.name}")
def test_case(case: Case) -> None:
    assert written(case) == case.transcript


@pytest.mark.skipif(not UPDATE, reason="only with UPDATE_GOLDEN=1")
@pytest.mark.parametrize("kind", registry())
def test_write_the_transcripts_anew(kind: str) -> None:
    path = CASES / f"{kind}.yaml"
    texts = iter(written(case) for case in cases_of(kind))

    def renewed(_: re.Match[str]) -> str:
        return "  transcript: |\n" + indent(next(texts), "    ") + "\n"

    path.write_text(_TRANSCRIPT.sub(renewed, path.read_text()).rstrip("\n") + "\n")


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
    "vars": {
        "account_number": {"type": "digits"},
        "tries": {"type": "number", "start": "0"},
        "slots": {"type": "list", "item": "text"},
        "voicemail": {"type": "recording"},
    },
    "calendars": {"office": {"open": {"mon-fri": "09:00-17:30"}}},
    "on": {"error": "sorry"},
}
IDENTIFY = """
flow: identify_caller
outcomes: [done]
states: { identified: { type: return, outcome: done } }
"""


@pytest.mark.parametrize("kind", registry())
def test_the_example_of_a_type_runs_to_the_end_of_a_call(kind: str) -> None:
    states = read(registry()[kind].example)
    assert all(isinstance(each, dict) and each["type"] == kind for each in states.values())
    ride = Ride(program({**SURROUNDINGS, "env": list(ENV), "states": dict(states)}, IDENTIFY))
    ride.connect()
    ride.wait(HOUR)
    assert ride.snapshot.closed
    assert isinstance(ride.result, str)
    assert ride.tell(TimerFired()).verdict == "late"
