"""Folders of flows into bundles: what is left out, what takes a call, how it is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ivr.flow.bundle import Bundle, load_folder
from ivr.flow.diagnostics import Code
from ivr.speech.wav import build
from tests.flow.flow_folders import TONE, bundle_of, codes, flow, record, write

# -- errors leave out only what they concern ----------------------------------------------


def test_a_flow_with_an_error_is_left_out_while_the_others_go_ahead(tmp_path: Path) -> None:
    write(tmp_path, good=flow("good", "default: true"), bad=flow("bad", "start_at: say"))
    loaded = load_folder(tmp_path)
    assert list(bundle_of(loaded).programs) == ["good"]
    assert list(bundle_of(loaded).flows) == ["bad", "good"]
    assert loaded.has_errors


def test_what_is_not_yaml_is_left_out_too(tmp_path: Path) -> None:
    write(tmp_path, good=flow("good"), bad="flow: [")
    loaded = load_folder(tmp_path)
    assert list(bundle_of(loaded).programs) == ["good"]
    assert codes(loaded) == [Code.SYNTAX]
    assert loaded.sources.keys() == {f"{tmp_path.as_posix()}/good/flow.yaml"} | {
        f"{tmp_path.as_posix()}/bad/flow.yaml"
    }


def test_without_a_single_flow_that_runs_there_is_no_bundle(tmp_path: Path) -> None:
    loaded = load_folder(write(tmp_path, bad="flow: bad\n"))
    assert loaded.bundle is None
    assert loaded.has_errors


def test_a_flow_that_runs_a_broken_one_is_broken_however_far_away(tmp_path: Path) -> None:
    def runs(name: str, other: str, outcomes: str) -> str:
        state = (
            f"  go_on: {{ type: run, flow: {other}, on: {{ done: finished, error: finished }} }}\n"
        )
        return flow(name, outcomes, state).replace("next: finished", "next: go_on")

    helper = (
        "flow: helper\nschema: 1\nstart: back\noutcomes: [done]\n"
        "states:\n  back: { type: return, outcome: dnoe }\n"
    )
    middle = runs("middle", "helper", "outcomes: [done]") + "  b: { type: return, outcome: done }\n"
    main = runs("main", "middle", "default: true")
    loaded = load_folder(write(tmp_path, main=main, middle=middle, helper=helper))
    assert loaded.bundle is None
    assert codes(loaded).count(Code.BROKEN_FLOW) == 2


def test_flows_that_use_what_a_shared_file_lost_are_left_out(tmp_path: Path) -> None:
    shared = flow("shared").replace("prompts: { hello: Hello. }\n", "")
    write(tmp_path, shared=shared, own=flow("own", "default: true"))
    (tmp_path / "prompts.yaml").write_text("hello: [", encoding="utf-8")
    loaded = load_folder(tmp_path)
    assert list(bundle_of(loaded).programs) == ["own"]
    assert [each for each in codes(loaded) if each is not Code.NO_CALLS] == [Code.SYNTAX]


# -- shared files -------------------------------------------------------------------------


def test_shared_prompts_and_calendars_are_there_for_all_and_the_flow_wins(tmp_path: Path) -> None:
    states = "  late: { type: hours, calendar: office, on: { open: finished, closed: finished } }\n"
    other = flow("other", "users: [b]", states).replace("next: finished", "next: late")
    other = other.replace("prompts: { hello: Hello. }\n", "")
    write(tmp_path, other=other, own=flow("own", "default: true", words="Own."))
    (tmp_path / "prompts.yaml").write_text("hello: Shared.\n", encoding="utf-8")
    calendar = "office: { timezone: Europe/London, open: { mon-fri: 09:00-17:00 } }\n"
    (tmp_path / "calendars.yaml").write_text(calendar, encoding="utf-8")
    loaded = load_folder(tmp_path)
    programs = bundle_of(loaded).programs
    assert programs["other"].prompts["hello"].template.source == "Shared."
    assert programs["own"].prompts["hello"].template.source == "Own."
    assert "office" in programs["other"].calendars
    assert loaded.diagnostics == ()


# -- the name of a bundle -----------------------------------------------------------------


def test_the_name_is_the_same_wherever_the_folder_is(tmp_path: Path) -> None:
    write(tmp_path / "a", one=flow("one", "default: true"), two=flow("two", "users: [x]"))
    shutil.copytree(tmp_path / "a", tmp_path / "b" / "elsewhere")
    name = bundle_of(load_folder(tmp_path / "a")).name
    assert bundle_of(load_folder(tmp_path / "b" / "elsewhere")).name == name
    assert len(name) == 40
    assert int(name, 16)


@pytest.mark.parametrize("changed", ["flow.yaml", "prompts.yaml", "calendars.yaml", "hello.wav"])
def test_every_byte_of_every_file_changes_the_name(tmp_path: Path, changed: str) -> None:
    write(tmp_path, one=flow("one"))
    record(tmp_path / "one", "hello")
    (tmp_path / "prompts.yaml").write_text("bye: Goodbye.\n", encoding="utf-8")
    (tmp_path / "calendars.yaml").write_text("{}\n", encoding="utf-8")
    before = bundle_of(load_folder(tmp_path)).name
    (path,) = tmp_path.rglob(changed)
    path.write_bytes(path.read_bytes()[:-1] + b"\n" if changed != "hello.wav" else build(TONE[2:]))
    with path.open("ab") as file:
        file.write(b"" if changed == "hello.wav" else b"# a remark\n")
    assert bundle_of(load_folder(tmp_path)).name != before


def test_a_file_under_another_name_is_another_bundle(tmp_path: Path) -> None:
    write(tmp_path / "a", one=flow("one"))
    write(tmp_path / "b", two=flow("two"))
    write(tmp_path / "c", one=flow("one"))
    names = [bundle_of(load_folder(tmp_path / each)).name for each in "abc"]
    assert names[0] == names[2] != names[1]


# -- which flow takes a call --------------------------------------------------------------


NUMBER = "+442079460123"
USER = "8b081ef6-4792-4def-b2c9-c363a1bf41d5"


def three(tmp_path: Path) -> Bundle:
    helper = "flow: helper\nschema: 1\nstart: b\noutcomes: [done]\nusers: [helper]\n"
    return bundle_of(
        load_folder(
            write(
                tmp_path,
                sales=flow("sales", f'numbers: ["{NUMBER}"]'),
                support=flow("support", f"users: [{USER}]"),
                rest=flow("rest", "default: true"),
                calls=flow("calls", 'call_out: { to: "phone:+442079460123" }\nusers: [caller]'),
                helper=helper + "states:\n  b: { type: return, outcome: done }\n",
            )
        )
    )


@pytest.mark.parametrize(
    ("called", "expected"),
    [(NUMBER, "sales"), (USER, "support"), ("+15550100", "rest"), ("caller", "rest"),
     ("helper", "rest"), ("", "rest")],
)  # fmt: skip
def test_a_call_goes_to_the_flow_that_claims_it_else_to_the_default(
    tmp_path: Path, called: str, expected: str
) -> None:
    program = three(tmp_path).program_for(called)
    assert program is not None
    assert program.flow == expected


def test_the_only_incoming_flow_needs_no_claim(tmp_path: Path) -> None:
    calls = flow("calls", 'call_out: { to: "phone:+442079460123" }')
    bundle = bundle_of(load_folder(write(tmp_path, one=flow("one"), calls=calls)))
    program = bundle.program_for("anybody")
    assert program is not None
    assert program.flow == "one"


def test_of_several_flows_without_a_claim_none_takes_the_call(tmp_path: Path) -> None:
    loaded = load_folder(write(tmp_path, one=flow("one"), two=flow("two")))
    assert bundle_of(loaded).program_for("anybody") is None
    assert codes(loaded) == [Code.NO_CALLS, Code.NO_CALLS]


def test_a_flow_does_not_take_the_calls_of_one_that_is_broken(tmp_path: Path) -> None:
    """Two flows are meant; that one has a mistake does not make the other the only one."""
    write(tmp_path, one=flow("one", f'numbers: ["{NUMBER}"]'), two=flow("two", "users: [b]\nx: 1"))
    bundle = bundle_of(load_folder(tmp_path))
    assert bundle.program_for("b") is None
    program = bundle.program_for(NUMBER)
    assert program is not None
    assert program.flow == "one"
