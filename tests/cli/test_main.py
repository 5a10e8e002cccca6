"""Every failure is one sentence and a code; nothing a user does shows a traceback."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from ivr.cli.main import COMMANDS
from ivr.errors import (
    CallGone,
    Conflict,
    IvrError,
    MediaError,
    NotSent,
    OutcomeUnknown,
    Refused,
    SpokenValueError,
    StoreUnavailable,
    UsageError,
)
from tests.cli.shell import Shell

ROOT = Path(__file__).parents[2]


def test_without_a_command_it_says_what_there_is(ivr: Shell) -> None:
    ran = ivr()
    assert ran.code == 0
    assert ran.out == ivr("--help").out == ivr("-h").out
    for name in COMMANDS:
        assert f"  {name} " in ran.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(ivr: Shell, command: str) -> None:
    assert find_spec(f"ivr.cli.{command}") is not None
    ran = ivr(command, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"Usage: ivr {command}")


def test_commands_stand_under_headings(ivr: Shell) -> None:
    out = ivr("--help").out
    assert out.index("Start:") < out.index("Author:") < out.index("Run:")


@pytest.mark.parametrize(
    ("typed", "meant"), [("chekc", "check"), ("cal", "call"), ("srve", "serve")]
)
def test_a_misspelt_command_is_guessed(ivr: Shell, typed: str, meant: str) -> None:
    ran = ivr(typed)
    assert ran.code == 2
    assert f"Did you mean `ivr {meant}`?" in ran.sentence


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["flows"],
        ["main"],
        ["--frob"],
        ["check", "--frob"],
        ["check", "--format", "braille"],
        ["call", "--transfer", "maybe"],
        ["serve", "--port", "65536"],
        ["sim", "frob"],
        ["schema", "song"],
        ["version", "now"],
        ["-C", "nowhere", "version"],
        ["-C", "ivr.toml", "version"],
        ["-C"],
    ],
)
def test_what_makes_no_sense_is_a_usage_error(ivr: Shell, arguments: list[str]) -> None:
    ran = ivr(*arguments)
    assert (ran.code, bool(ran.sentence)) == (2, True)


def test_an_unknown_setting_stops_any_command_that_reads_them(
    ivr: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVR_PROT", "8080")
    for command in ("check", "call", "graph", "serve"):
        ran = ivr(command)
        assert ran.code == 2
        assert "did you mean IVR_PORT?" in ran.sentence


def test_another_folder_may_be_given_first(ivr: Shell) -> None:
    (ivr.folder / "deep" / "er").mkdir(parents=True)
    assert ivr("-C", ivr.folder / "deep" / "er", "check").code == 0


def test_the_version_is_told(ivr: Shell) -> None:
    assert ivr("version").out.startswith("ivr ")
    assert ivr("version", "--json").json.keys() == {"ivr", "python"}


CODES: list[tuple[BaseException, int]] = [
    (UsageError("x."), 2),
    (SpokenValueError("x."), 2),
    (NotSent("x."), 4),
    (OutcomeUnknown("x."), 4),
    (StoreUnavailable("x."), 4),
    (Refused("x."), 5),
    (CallGone("x."), 5),
    (MediaError("x."), 3),
    (Conflict("x."), 3),
    (IvrError("x."), 3),
    (OSError(28, "No space left on device", "x"), 2),
    (KeyError("a caller's number"), 3),
    (RecursionError(), 3),
]


@pytest.mark.parametrize(("fault", "code"), CODES, ids=lambda each: type(each).__name__)
def test_every_kind_of_failure_has_its_code(
    ivr: Shell, monkeypatch: pytest.MonkeyPatch, fault: BaseException, code: int
) -> None:
    monkeypatch.setattr(platform, "python_version", Raiser(fault))
    ran = ivr("version")
    assert ran.code == code
    assert ran.sentence
    assert "caller" not in ran.err


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), EOFError()])
def test_an_interrupted_command_ends_with_130_and_says_nothing(
    ivr: Shell, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    monkeypatch.setattr(platform, "python_version", Raiser(fault))
    ran = ivr("version")
    assert (ran.code, ran.out, ran.err.strip()) == (130, "", "")


class Raiser:
    """Fails when it is called."""

    def __init__(self, fault: BaseException) -> None:
        self._fault = fault

    def __call__(self) -> str:
        raise self._fault


def test_a_reader_that_has_heard_enough_is_no_failure() -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "ivr", "version"]
    ended = subprocess.run(command, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (ended.returncode, ended.stderr) == (0, b"")
