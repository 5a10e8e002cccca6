"""A copy of the project, in which bugs are planted one after the other and tests are run.

All that a run leaves behind (bytecode, examples of hypothesis, temporary folders) is in the copy.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path
from typing import Literal, NamedTuple

from mutants.mutant import Mutant

ROOT = Path(__file__).parents[1]
LIMIT = 120
"""Seconds after which the tests of one bug are given up: the bug has made something hang."""

QUICKLY = ("-x", "--tb=no")
COMMON = ("-rfE", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist",
          "--hypothesis-seed=0", "--basetemp=.left")  # fmt: skip

_UNHAPPY = re.compile(r"(?:FAILED|ERROR) (\S+?(?:\[.*?\])?)(?: - (.*))?")
_LEAK = re.compile(r"\S*/\.left/(\S+: holds digits of a caller)")
"""What `tests/conftest.py` says in the end of a file that a test has left behind."""

_FAILED = 1
"""The exit code of pytest when tests have run and some have failed; others mean no verdict."""


class Unhappy(NamedTuple):
    """A test that failed, and the first line of why."""

    test: str
    why: str = ""


class Run(NamedTuple):
    """How a run ended, the tests that failed, and the last line that was printed."""

    ended: Literal["passed", "failed", "hung", "crashed"]
    unhappy: tuple[Unhappy, ...] = ()
    last: str = ""


class Copy:
    """The project's files as they stand, those that git ignores left out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: subprocess.Popen[str] | None = None
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True,
        )  # fmt: skip
        for name in listed.stdout.decode().split("\0"):
            if name and (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)

    @contextmanager
    def with_bug(self, mutant: Mutant) -> Iterator[None]:
        """The bug is there; afterwards all is as before. Raises `Misplaced`."""
        found, path = mutant.planted(self.folder), self.folder / mutant.file
        before = path.read_text(encoding="utf-8")
        try:
            _write(path, found)
            yield
        finally:
            _write(path, before)

    def run(self, tests: Iterable[str], *options: str, limit: float | None = LIMIT) -> Run:
        """Run some tests here; `limit` is in seconds."""
        self._running = running = self._begin([*options, *tests])
        try:
            said, _ = running.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            return Run("hung", last=_last(_ended(running)))
        finally:
            shutil.rmtree(self.folder / ".left", ignore_errors=True)
        if running.returncode == 0:
            return Run("passed")
        ended: Literal["failed", "crashed"]
        ended = "failed" if running.returncode == _FAILED else "crashed"
        return Run(ended, tuple(unhappy_of(said)), _last(said))

    def stop(self) -> None:
        """Interrupt what runs here, so that it clears away what it has started."""
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(signal.SIGINT)

    def _begin(self, arguments: Iterable[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *COMMON, *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder), "COLUMNS": "400"},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip


def _write(path: Path, text: str) -> None:
    """Bytecode is told from its source by whole seconds and the length, which may be the same."""
    path.write_text(text, encoding="utf-8")
    Path(cache_from_source(str(path))).unlink(missing_ok=True)


def _ended(running: subprocess.Popen[str]) -> str:
    """Interrupt tests that hang, and end them where that does not help; what they said."""
    running.send_signal(signal.SIGINT)
    try:
        return running.communicate(timeout=20)[0]
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        return running.communicate()[0]


def unhappy_of(said: str) -> Iterator[Unhappy]:
    """The tests that failed, and then what they have left behind."""
    lines = said.splitlines()
    for match in filter(None, map(_UNHAPPY.fullmatch, lines)):
        yield Unhappy(match[1], match[2] or "")
    for match in filter(None, map(_LEAK.fullmatch, lines)):
        yield Unhappy(match[1])


def _last(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1] if lines else ""
