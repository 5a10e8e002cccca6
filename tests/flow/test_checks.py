"""Bad flows and every finding in them, with its place: the flows stand in `cases/`.

Each file ends with the findings that are expected in it, one per line, in the order of the file.
A folder in `cases/folders` holds several flows that are checked together.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr import flow as flow_package
from ivr.flow.bundle import load_folder
from ivr.flow.checks import all_checks
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.folder import read_folder
from ivr.flow.reading import read_flows

CASES = Path(__file__).parent / "cases"
GOOD = Path(__file__).parent / "good"
HEAD = "# Expected:\n"
SINGLE = sorted(CASES.glob("*.yaml"))
FOLDERS = sorted((CASES / "folders").iterdir())
SAMPLES = Path(__file__).parents[3] / "shared" / "design" / "flows"


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


# What cannot stand in a file beside its flow is tested in test_bundle.py.
ELSEWHERE = {"recordings"}


@pytest.mark.parametrize("name", [check.name for check in all_checks()])
def test_every_check_has_a_case_in_which_it_finds_something(name: str) -> None:
    if name in ELSEWHERE:
        return
    check = next(each for each in all_checks() if each.name == name)
    case = CASES / f"{name}.yaml"
    flows = read_flows(read_folder(case if case.exists() else CASES / "folders" / name)).checked
    assert [found for flow in flows.values() for found in check.run(flow)]


def test_every_code_of_a_check_is_expected_somewhere() -> None:
    """Codes of YAML itself (S0xx) belong to the reader, those that are named here to others."""
    text = "".join(path.read_text(encoding="utf-8") for path in CASES.rglob("*.yaml"))
    missing = {each.name for each in Code if each.code[1:2] in "12345" and f" {each} " not in text}
    assert missing & OURS == {
        "ENV_MISSING",
        "TOO_LONG",
        "RECORDING",
        "RECORDED_VALUE",
        "RECORDING_SOUND",
        "RECORDING_NAME",
    }


OURS = {
    each.name
    for each in Code
    for path in Path(flow_package.__file__ or "").parent.rglob("*.py")
    if path.name != "diagnostics.py" and f"Code.{each.name}" in path.read_text(encoding="utf-8")
}


def test_good_flows_have_no_findings_at_all() -> None:
    env = {"crm_url": "https://crm.example", "desk": "user:0b9c"}
    assert load_folder(GOOD, env, strict_env=True).diagnostics == ()


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample flows are not on this machine")
@pytest.mark.parametrize("name", ["support_line", "balance_enquiry", "appointment_reminder"])
def test_the_sample_flows_lack_nothing_but_their_environment(name: str) -> None:
    loaded = load_folder(SAMPLES / f"{name}.yaml")
    assert {found.code for found in loaded.diagnostics} == {Code.ENV_PLACEHOLDER}
    assert loaded.bundle is not None
    assert list(loaded.bundle.programs) == [name]


def test_a_mistake_in_one_section_silences_only_what_depends_on_it(tmp_path: Path) -> None:
    """The variable is declared wrongly, so nobody says that it is unknown; the rest is told."""
    path = tmp_path / "flow_file.yaml"
    path.write_text(
        "flow: f\nschema: 1\nstart: say\non: { error: end }\n"
        "vars: { name: { type: txet } }\n"
        "prompts: { hello: 'Hello ${name} and ${nam}.' }\n"
        "states:\n"
        "  say: { type: prompt, prompt: helo, next: ende }\n"
        "  end: { type: hangup, result: served }\n",
        encoding="utf-8",
    )
    codes = [found.code for found in load_folder(path).diagnostics]
    assert codes == [Code.WRONG_WORD, Code.UNKNOWN_PROMPT, Code.UNKNOWN_STATE]


def test_a_finding_points_at_the_name_that_was_meant() -> None:
    found = load_folder(CASES / "targets.yaml").diagnostics[0]
    (related,) = found.related
    assert related.span.line == 10
    assert related.message == "a state with a similar name is defined here"
