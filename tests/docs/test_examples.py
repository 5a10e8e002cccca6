"""The numbered examples: nothing is wrong with them, and they do what their pages show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.generate import ROOT, made
from ivr.cli.main import run
from ivr.flow.bundle import load_folder
from ivr.states import registry

EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir())
in_every_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
LATER = {"answer", "share"}
"""State types that no example needs: the call is answered by itself, and nobody can share yet."""


@in_every_example
def test_nothing_is_wrong(
    example: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(example)
    assert run(["check", "--strict", "--format", "concise"]) == 0
    assert capsys.readouterr().out == ""


@in_every_example
def test_the_page_shows_what_the_tool_prints(example: Path) -> None:
    page = example / "README.md"
    text = page.read_text("utf-8")
    assert made(text, example) == text, "run `make docs`"
    assert "$ ivr call" in text


def test_they_are_numbered_from_small_to_large() -> None:
    states = [_states(example) for example in EXAMPLES]
    assert [path.name[:3] for path in EXAMPLES] == [
        f"{at:02}-" for at in range(1, len(EXAMPLES) + 1)
    ]
    assert [len(each) for each in states] == sorted(len(each) for each in states)


def test_together_they_show_every_type_of_state() -> None:
    shown = {kind for example in EXAMPLES for kind in _states(example)}
    assert set(registry()) - shown == LATER


def test_the_call_of_the_third_one_goes_through_to_its_end() -> None:
    """A transcript that is up to date may still be one of a call that fails."""
    page = (EXAMPLES[2] / "README.md").read_text("utf-8")
    assert "say_goodbye – next → finished" in page
    assert re.search(r"recorded [0-9.]+ s", page)
    assert "redirected" in page


def _states(example: Path) -> list[str]:
    loaded = load_folder(example / "flows")
    assert loaded.bundle is not None
    programs = loaded.bundle.programs.values()
    return [state.type.name for program in programs for state in program.states.values()]
