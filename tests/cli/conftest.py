"""A project in a folder of its own, with nothing of this machine's settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shell import GREET, REMIND, TOML, Shell
from tests.log_state import logging_as_before

OURS = ("IVR_", "GITHUB_ACTIONS", "TF_BUILD", "FORCE_COLOR", "NO_COLOR")


@pytest.fixture
def ivr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    """The command line, in a project with two flows."""
    for name in os.environ:
        if name.startswith(OURS):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    shell = Shell(tmp_path, capsys)
    (tmp_path / "ivr.toml").write_text(TOML)
    shell.write("greet", GREET)
    shell.write("remind", REMIND)
    with logging_as_before():
        yield shell
