"""Bad flows and every finding in them, with its place: the flows stand in `cases/`.

Each file ends with the findings that are expected in it, one per line, in the order of the file.
A folder in `cases/folders` holds several flows that are checked together.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.flow.bundle import load_folder
from ivr.flow.checks import all_checks
from ivr.flow.diagnostics import Code, Diagnostic

CASES = Path(__file__).parent / "cases"
HEAD = "# Expected:\n"
SINGLE = sorted(CASES.glob("*.yaml"))
FOLDERS = sorted((CASES / "folders").iterdir())
SAMPLES = Path("/work/shared/design/flows")


def line_of(found: Diagnostic) -> str:
    """One finding as it stands in a case."""
    span = found.span
    place = f"{span.line}:{span.column}-{span.end_line}:{span.end_column}"
    title = f"{found.message}: {found.detail}" if found.detail else found.message
    return f"{place} {found.code} {title}" + (f"; {found.advice}" if found.advice else "")


def findings(path: Path) -> dict[str, list[str]]:
    """What is found at `path`, by file."""
    found: dict[str, list[str]] = {}
    for each in load_folder(path).diagnostics:
        found.setdefault(each.file, []).append(line_of(each))
    return found


def expected(path: Path) -> list[str]:
    _, head, lines = path.read_text(encoding="utf-8").partition(HEAD)
    assert head, f"{path.name} does not say what is expected"
    return [line.removeprefix("# ") for line in lines.splitlines()]


@pytest.mark.parametrize("case", SINGLE, ids=lambda case: case.stem)
def test_every_finding_of_a_flow_and_its_place(case: Path) -> None:
    assert findings(case).get(case.as_posix(), []) == expected(case)


@pytest.mark.parametrize("case", FOLDERS, ids=lambda case: case.name)
def test_every_finding_of_flows_that_stand_together(case: Path) -> None:
    found = findings(case)
    files = sorted(case.rglob("*.yaml"))
    assert {file.as_posix(): expected(file) for file in files} == {
        file.as_posix(): found.get(file.as_posix(), []) for file in files
    }


