"""Which flows there are in a folder, and files that are not what they seem."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ivr.errors import UsageError
from ivr.flow.bundle import load_folder
from ivr.flow.diagnostics import Code
from tests.flow.flow_folders import bundle_of, codes, flow, record, write

GOOD = Path(__file__).parent / "good"


# -- which flows there are ----------------------------------------------------------------


def test_every_folder_with_a_flow_is_one(tmp_path: Path) -> None:
    write(tmp_path, sales=flow("sales", "default: true"), support=flow("support", "users: [a]"))
    (tmp_path / "notes").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "flow.yaml").write_text("not a flow", encoding="utf-8")
    loaded = load_folder(tmp_path)
    assert list(bundle_of(loaded).programs) == ["sales", "support"]
    assert loaded.diagnostics == ()
    assert not loaded.has_errors


def test_programs_are_ready_to_take_calls(tmp_path: Path) -> None:
    program = bundle_of(load_folder(write(tmp_path, sales=flow("sales")))).programs["sales"]
    assert program.start == "say"
    assert program.follow("say", "next") == "finished"
    assert program.prompts["hello"].fixed is not None


def test_flows_of_a_bundle_know_each_other() -> None:
    bundle = bundle_of(load_folder(GOOD))
    for program in bundle.programs.values():
        assert program.flows == bundle.programs
        assert program.bundle == bundle.name


def test_one_file_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "anything.yaml"
    path.write_text(flow("sales"), encoding="utf-8")
    assert list(bundle_of(load_folder(path)).programs) == ["sales"]


def test_one_flow_folder_stands_alone(tmp_path: Path) -> None:
    write(tmp_path, sales=flow("sales"), broken="nothing")
    loaded = load_folder(tmp_path / "sales")
    assert list(bundle_of(loaded).programs) == ["sales"]
    assert loaded.diagnostics == ()


@pytest.mark.parametrize("asked", ["sales", "sales/flow.yaml"])
def test_a_flow_in_a_folder_named_flows_brings_along_what_it_needs(
    tmp_path: Path, asked: str
) -> None:
    top = "vars: { x: { type: record } }"
    run = "  go_on: { type: run, flow: helper, on: { done: finished, error: finished } }\n"
    sales = flow("sales", top, run).replace("next: finished", "next: go_on")
    helper = (
        "flow: helper\nschema: 1\nstart: back\noutcomes: [done]\n"
        "states:\n  back: { type: return, outcome: done }\n"
    )
    write(tmp_path / "flows", sales=sales, helper=helper, broken="nothing")
    loaded = load_folder(tmp_path / "flows" / asked)
    assert sorted(bundle_of(loaded).programs) == ["helper", "sales"]
    assert not loaded.has_errors


def test_only_one_flow_is_looked_at_when_asked(tmp_path: Path) -> None:
    write(tmp_path, sales=flow("sales"), broken="nothing")
    loaded = load_folder(tmp_path, only="sales")
    assert list(bundle_of(loaded).programs) == ["sales"]
    assert loaded.diagnostics == ()
    with pytest.raises(UsageError, match=r'no flow called "sale".*mean "sales"'):
        load_folder(tmp_path, only="sale")


@pytest.mark.parametrize("asked", ["nowhere", "nowhere.yaml", "empty"])
def test_where_there_is_no_flow_a_sentence_says_so(tmp_path: Path, asked: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=asked):
        load_folder(tmp_path / asked)


def test_the_working_folder_is_as_good_as_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "flows", sales=flow("sales", "nonsense: 1"))
    monkeypatch.chdir(tmp_path)
    assert load_folder(Path("flows")).diagnostics[0].file == "flows/sales/flow.yaml"
    monkeypatch.chdir(tmp_path / "flows" / "sales")
    assert codes(load_folder(Path())) == [Code.UNKNOWN_KEY]
    assert codes(load_folder(Path("flow.yaml"))) == [Code.UNKNOWN_KEY]


# -- files that are not what they seem ----------------------------------------------------


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "flows", good=flow("good"))
    outside = tmp_path / "outside.yaml"
    outside.write_text(flow("bad"), encoding="utf-8")
    (tmp_path / "flows" / "bad").mkdir()
    (tmp_path / "flows" / "bad" / "flow.yaml").symlink_to(outside)
    (tmp_path / "flows" / "prompts.yaml").symlink_to(outside)
    loaded = load_folder(tmp_path / "flows")
    assert codes(loaded) == [Code.UNREADABLE] * 2
    assert list(bundle_of(loaded).programs) == ["good"]


def test_a_link_within_the_folder_is_fine(tmp_path: Path) -> None:
    """As a Kubernetes volume has them."""
    write(tmp_path / "..data", good=flow("good"))
    (tmp_path / "good").symlink_to(tmp_path / "..data" / "good")
    assert list(bundle_of(load_folder(tmp_path)).programs) == ["good"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes on this system")
def test_a_pipe_does_not_keep_anybody_waiting(tmp_path: Path) -> None:
    write(tmp_path, good=flow("good"))
    (tmp_path / "bad").mkdir()
    os.mkfifo(tmp_path / "bad" / "flow.yaml")
    record(tmp_path / "good", "hello")
    os.mkfifo(tmp_path / "good" / "prompts" / "en-GB" / "pipe.wav")
    loaded = load_folder(tmp_path)
    assert Code.UNREADABLE in codes(loaded)


def test_a_file_that_is_too_large_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    write(tmp_path, good=flow("good"), large="")
    with (tmp_path / "large" / "flow.yaml").open("wb") as file:
        file.truncate(100_000_000)
    loaded = load_folder(tmp_path)
    assert codes(loaded) == [Code.TOO_LARGE]
    assert list(bundle_of(loaded).programs) == ["good"]
