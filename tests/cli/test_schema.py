"""`ivr schema`: the JSON Schema of flows, printed, written and compared."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from tests.cli.shell import GREET, REMIND, Shell
from tests.universe import read


def test_it_is_a_schema_of_the_flows_that_run(ivr: Shell) -> None:
    schema = ivr("schema").json
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for flow in (GREET, REMIND):
        jsonschema.Draft202012Validator(schema).validate(read(flow))


def test_it_can_be_named(ivr: Shell) -> None:
    assert ivr("schema", "flow").out == ivr("schema").out


@pytest.mark.parametrize("place", [".", "mine.json"])
def test_it_is_written_to_a_folder_or_a_file_and_is_fresh_then(ivr: Shell, place: str) -> None:
    ran = ivr("schema", "--out", place)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    path = Path("flow.schema.json" if place == "." else place)
    assert path.read_text(encoding="utf-8") == ivr("schema").out
    assert ivr("schema", "--check", place).code == 0
    path.write_text(path.read_text(encoding="utf-8").replace("menu", "men"), encoding="utf-8")
    ran = ivr("schema", "--check", place)
    assert ran.code == 1
    assert "is not up to date" in ran.sentence


def test_one_that_is_not_there_is_not_fresh(ivr: Shell) -> None:
    assert ivr("schema", "--check", "nowhere.json").code == 1


def test_a_place_that_cannot_be_written_is_told(ivr: Shell) -> None:
    ran = ivr("schema", "--out", "nowhere/at/all.json")
    assert ran.code == 2
    assert "nowhere/at/all.json" in ran.sentence
