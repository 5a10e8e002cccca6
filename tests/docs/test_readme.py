"""The README and the tutorial: whoever follows them sees what they show."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from docs.console import FENCE, NAMED, played, printed
from docs.generate import ROOT, made
from ivr.cli.main import COMMANDS

README = ROOT / "README.md"


def test_the_readme_shows_what_the_tool_prints() -> None:
    text = README.read_text("utf-8")
    assert made(text, ROOT) == text, "run `make docs`"


def test_the_flow_of_the_readme_is_sound_and_short() -> None:
    blocks = FENCE.findall(README.read_text("utf-8"))
    flow = next(body for kind, body in blocks if kind == "yaml")
    assert NAMED.match(flow)
    assert len(flow.splitlines()) <= 25
    assert any("$ ivr check\n\n$ ivr call" in body for kind, body in blocks if kind == "console")


def test_the_readme_names_every_command() -> None:
    text = README.read_text("utf-8")
    assert [name for name in COMMANDS if f"| `ivr {name}` |" not in text] == []


def test_a_process_of_its_own_prints_the_same(tmp_path: Path) -> None:
    """What is run within the tests is what a user runs in a terminal."""
    blocks = FENCE.findall(README.read_text("utf-8"))
    flow = next(body for kind, body in blocks if kind == "yaml")
    shown = next(body for kind, body in blocks if kind == "console")
    place = tmp_path / "flows" / "front_desk"
    place.mkdir(parents=True)
    (place / "flow.yaml").write_text(flow, "utf-8")
    command = next(line for line in shown.splitlines() if line.startswith("$ ivr call"))
    done = subprocess.run(
        [sys.executable, "-m", "ivr", *command.split()[2:]],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == shown[shown.index(command) :].splitlines()[1:]


def test_a_console_block_runs_nothing_but_ivr() -> None:
    with pytest.raises(ValueError, match="ivr only"):
        printed("rm -rf flows")


def test_a_page_is_played_without_the_settings_of_whoever_builds_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IVR_MISSPELT", "1")
    page = "```console\n$ ivr check no_such_folder\n```\n"
    assert "IVR_MISSPELT" not in played(page, tmp_path)
    assert os.environ["IVR_MISSPELT"] == "1"
