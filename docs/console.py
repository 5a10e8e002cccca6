"""Runs the console blocks of a page, so that a page shows what the tool really prints.

In a page, a block of `yaml` or `toml` whose first line is a comment with a file's name stands for
that file, and a block of `console` holds commands (`$ ivr ...`) with their output. A page with
such files is played in an empty folder, any other in the folder it lies in.
"""

from __future__ import annotations

import io
import os
import re
import shlex
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

from ivr.cli.main import run

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# ([\w./-]+\.(?:yaml|toml))\n")
UNWANTED = re.compile("IVR_.*|GITHUB_ACTIONS|TF_BUILD|FORCE_COLOR")
"""Variables of the environment that would change what a command prints."""


def played(text: str, home: Path) -> str:
    """The page with the output of every command as it is now."""
    if not any(NAMED.match(block[2]) for block in FENCE.finditer(text)):
        return _played_in(home, text)
    with TemporaryDirectory() as folder:
        return _played_in(Path(folder), text)


def printed(command: str) -> str:
    """What `ivr ...` prints, on both of its outputs."""
    words = shlex.split(command)
    if words[0] != "ivr":
        raise ValueError(f"A console block runs ivr only, not {words[0]}.")
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        run(words[1:])
    return output.getvalue()


def _played_in(folder: Path, text: str) -> str:
    def block(found: re.Match[str]) -> str:
        name = NAMED.match(found[2])
        if found[1] == "console":
            return f"```console\n{_console(found[2])}```"
        if name is not None:
            path = folder / name[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(found[2], encoding="utf-8")
        return found[0]

    with chdir(folder), _plain_environment():
        return FENCE.sub(block, text)


def _console(block: str) -> str:
    commands = [line for line in block.splitlines() if line.startswith("$ ")]
    parts = [f"{line}\n{printed(line[2:])}" for line in commands]
    return "\n".join(_without_trailing_spaces(part) for part in parts)


def _without_trailing_spaces(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


@contextmanager
def _plain_environment() -> Iterator[None]:
    kept = dict(os.environ)
    for name in filter(UNWANTED.fullmatch, kept):
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
