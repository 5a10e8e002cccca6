"""`ivr check`: what is found, in which form, and the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import GREET, TOML, Shell

BROKEN = GREET.replace("answered: done", "answered: doen")
WARNED = TOML.replace("desk", "disk")


def test_good_flows_are_worth_no_word_in_a_pipe(ivr: Shell) -> None:
    ran = ivr("check")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_mistake_is_one_line_with_its_place(ivr: Shell) -> None:
    file = ivr.write("greet", BROKEN)
    line = BROKEN[: BROKEN.index("doen")].count("\n") + 1
    ran = ivr("check")
    assert ran.code == 1
    assert ran.out.startswith(f"{file.relative_to(ivr.folder)}:{line}:")
    assert "doen" in ran.out
    assert ran.err == ""


def test_json_has_the_shape_that_programs_rely_on(ivr: Shell) -> None:
    ivr.write("greet", BROKEN)
    for arguments in (["--json"], ["--format", "json"]):
        ran = ivr("check", *arguments)
        assert ran.code == 1
        found = next(each for each in ran.json["diagnostics"] if each["severity"] == "error")
        assert found.keys() >= {"code", "severity", "message", "file", "range"}
        start = found["range"]["start"]
        assert BROKEN.splitlines()[start["line"] - 1][start["column"] - 1 :].startswith("doen")
        assert ran.json["summary"]["errors"] >= 1


def test_json_of_good_flows_is_a_document_too(ivr: Shell) -> None:
    assert ivr("check", "--json").json["diagnostics"] == []


def test_the_full_form_shows_the_place_and_counts(ivr: Shell) -> None:
    ivr.write("greet", BROKEN)
    out = ivr("check", "--format", "full").out
    assert "answered: doen" in out
    assert "^^^^" in out
    assert "Checked 1 flow," in out
    assert "\x1b[" not in out
    assert "\x1b[" in ivr("check", "--format", "full", "--color", "always").out


@pytest.mark.parametrize(
    ("variable", "value", "begins"),
    [("GITHUB_ACTIONS", "true", "::error file="), ("TF_BUILD", "True", "##vso[task.logissue ")],
)
def test_a_build_service_gets_its_own_form(
    ivr: Shell, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, begins: str
) -> None:
    ivr.write("greet", BROKEN)
    monkeypatch.setenv(variable, value)
    assert ivr("check").out.startswith(begins)


def test_colour_can_be_forced_and_refused(ivr: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    ivr.write("greet", BROKEN)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in ivr("check", "--format", "full").out
    assert "\x1b[" not in ivr("check", "--format", "full", "--color", "never").out


def test_warnings_are_no_failure_unless_asked_for(ivr: Shell) -> None:
    (ivr.folder / "ivr.toml").write_text(WARNED)
    assert ivr("check").code == 0
    assert ivr("check", "--strict").code == 1
    assert ivr("check", "--strict", "--exit-zero").code == 0


@pytest.mark.parametrize(
    "path",
    ["greet", "flows/greet", "flows/greet/", "flows/greet/flow.yaml", "./flows", "flows/../flows"],
)
def test_a_flow_is_given_by_name_by_folder_or_by_file(ivr: Shell, path: str) -> None:
    assert ivr("check", path).code == 0
    ivr.write("greet", BROKEN)
    ran = ivr("check", path)
    assert ran.code == 1
    assert "flow.yaml" in ran.out


def test_of_one_flow_nothing_is_said_of_the_others(ivr: Shell) -> None:
    ivr.write("greet", BROKEN)
    for path in ("remind", "flows/remind", "flows/remind/flow.yaml"):
        ran = ivr("check", path)
        assert (ran.code, ran.out) == (0, "")


def test_several_paths_are_checked_together(ivr: Shell) -> None:
    ivr.write("greet", BROKEN)
    assert ivr("check", "remind", "greet").code == 1


@pytest.mark.parametrize("path", ["nowhere", "flows/nowhere", "nowhere.yaml", "-", "", "greet\0"])
def test_what_is_not_there_is_a_usage_error(ivr: Shell, path: str) -> None:
    ran = ivr("check", path)
    assert ran.code == 2
    assert ran.sentence


def test_a_misspelt_name_is_guessed(ivr: Shell) -> None:
    assert 'Did you mean "greet"?' in ivr("check", "gret").sentence
    assert "greet, remind" in ivr("check", "zzz").sentence


def test_a_folder_without_flows_is_told(ivr: Shell) -> None:
    (ivr.folder / "empty").mkdir()
    assert "There is no flow in empty" in ivr("check", "empty").sentence


@pytest.mark.parametrize(
    "text",
    ["", "a: [", "\x00", "\t- a", "&a [*a]", "!!python/object/apply:os.system [id]", "- 1\n- 2",
     "a: 1\na: 2", "schema: 99", "{" * 2_000],
)  # fmt: skip
def test_bad_yaml_is_a_finding_with_a_place(ivr: Shell, text: str) -> None:
    ivr.write("greet", text)
    ran = ivr("check")
    assert ran.code == 1
    assert ran.out.startswith("flows/greet/flow.yaml:")
    assert ran.err == ""


def test_bytes_that_are_no_text_are_a_finding(ivr: Shell) -> None:
    (ivr.folder / "flows" / "greet" / "flow.yaml").write_bytes(b"\xff\xfe\xfa")
    assert ivr("check").code == 1


def test_the_project_is_found_from_below(ivr: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    below = ivr.folder / "docs" / "notes"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    ivr.write("greet", BROKEN)
    ran = ivr("check")
    assert ran.code == 1
    assert Path(ran.out.partition(":")[0]).name == "flow.yaml"


def test_the_folder_of_flows_may_be_set(ivr: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    (ivr.folder / "flows").rename(ivr.folder / "calls")
    assert ivr("check").code == 2
    monkeypatch.setenv("IVR_FLOWS", "calls")
    assert ivr("check", "greet").code == 0
