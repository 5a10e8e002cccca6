"""Reads a folder of flows from disk, once, and without ever leaving it.

    flows/
      support_line/
        flow.yaml
        prompts/en-GB/*.wav
      prompts.yaml        shared prompts (optional)
      calendars.yaml      shared calendars (optional)

Everything is read into memory here, so that what is checked is what runs, whatever becomes of
the files meanwhile. One flow's folder inside a folder named `flows`, or the `flow.yaml` in it,
brings the flows beside it along; any other YAML file stands alone.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ivr.errors import UsageError
from ivr.flow.diagnostics import Code, Diagnostic, Span
from ivr.limits import MAX_YAML_BYTES

FLOW: Final = "flow.yaml"
PROMPTS: Final = "prompts.yaml"
CALENDARS: Final = "calendars.yaml"
_DIGEST_DIGITS: Final = 40
_START: Final = Span(1, 1, 1, 1)
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class File:
    """A YAML file: its name as diagnostics write it, and its bytes."""

    shown: str
    text: bytes


@dataclass(frozen=True, slots=True)
class FlowFile:
    """The file of one flow and its folder, whose name the flow bears; None if it stands alone."""

    file: File
    folder: Path | None


@dataclass(frozen=True, slots=True)
class FlowFolder:
    """What was read: the flows, what they share, and what could not be read.

    `only` is the flow that was asked for, where it was one of several. `digest` is 40 hexadecimal
    digits that change with every byte of every file, and are the same on every machine.
    """

    flows: tuple[FlowFile, ...]
    prompts: File | None
    calendars: File | None
    only: str | None
    problems: tuple[Diagnostic, ...]
    digest: str


def read_folder(path: Path) -> FlowFolder:
    """Read the flows at `path`: a folder of flows, the folder of one, or one file.

    Raises:
        UsageError: there is nothing at `path`, or no flow in it.
    """
    if path.is_file() and path.name != FLOW:
        return _alone(path)
    place = path.parent if path.is_file() else path
    if not place.is_dir():
        raise UsageError(f"There is no folder {path}: give the folder that holds the flows.")
    if not (place / FLOW).is_file():
        return _several(place, None)
    name = Path(os.path.abspath(place)).name
    around = place / ".." if place.name in ("", "..") else place.parent
    if Path(os.path.abspath(around)).name == "flows":
        return _several(around, name)
    return _Reading(around).result([name])


def _alone(path: Path) -> FlowFolder:
    reading = _Reading(path.parent)
    file = reading.file(path.name)
    flows = (FlowFile(file, None),) if file is not None else ()
    return FlowFolder(flows, None, None, None, tuple(reading.problems), reading.digest())


def _several(root: Path, only: str | None) -> FlowFolder:
    reading = _Reading(root)
    names = [entry.name for entry in _visible(root) if (entry / FLOW).exists()]
    if not names:
        raise UsageError(
            f"There is no flow in {root}: a flow is a folder that holds a file {FLOW}."
        )
    prompts, calendars = (
        reading.file(name) if (root / name).exists() else None for name in (PROMPTS, CALENDARS)
    )
    return reading.result(names, prompts, calendars, only)


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


class _Reading:
    """Reads files below one root, hashing whatever it reads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._limits = os.path.realpath(root)
        self._hashes: dict[str, bytes] = {}
        self.problems: list[Diagnostic] = []

    def result(
        self,
        names: Iterable[str],
        prompts: File | None = None,
        calendars: File | None = None,
        only: str | None = None,
    ) -> FlowFolder:
        """What is in the folders `names`, recordings hashed too."""
        flows = tuple(flow for name in names if (flow := self._flow(name)) is not None)
        problems = tuple(self.problems)
        return FlowFolder(flows, prompts, calendars, only, problems, self.digest())

    def file(self, name: str) -> File | None:
        """The file `name` below the root; None, and a problem, if it cannot be read."""
        shown = (self._root / name).as_posix()
        try:
            text = self._read(name)
        except OSError as error:
            self._problem(shown, f"this file cannot be read: {error.strerror}", "")
            return None
        if text is None:
            message = "this is a link out of the folder of the flows, or not a file at all"
            self._problem(shown, message, "put a copy of the file in its place")
            return None
        self._hashes[name] = hashlib.sha256(text).digest()
        return File(shown, text)

    def digest(self) -> str:
        """One name for all that was read."""
        whole = hashlib.sha256(b"ivr bundle 1")
        for name, content in sorted(self._hashes.items()):
            encoded = name.encode("utf-8", "surrogateescape")
            whole.update(len(encoded).to_bytes(4, "big") + encoded + content)
        return whole.hexdigest()[:_DIGEST_DIGITS]

    def _flow(self, name: str) -> FlowFile | None:
        file = self.file(f"{name}/{FLOW}")
        if file is None:
            return None
        for path in sorted((self._root / name / "prompts").glob("*/*.[wW][aA][vV]")):
            self._hash(path.relative_to(self._root).as_posix())
        return FlowFile(file, self._root / name)

    def _read(self, name: str) -> bytes | None:
        path = self._inside(name)
        if path is None:
            return None
        with path.open("rb") as file:
            return file.read(MAX_YAML_BYTES + 1)

    def _inside(self, name: str) -> Path | None:
        """The regular file behind `name`, unless that lies elsewhere; a pipe would block us."""
        path = Path(os.path.realpath(self._root / name))
        is_file = path.is_relative_to(self._limits) and stat.S_ISREG(path.stat().st_mode)
        return path if is_file else None

    def _hash(self, name: str) -> None:
        """Hash a recording; what is wrong with it is found by whoever checks it."""
        try:
            path = self._inside(name)
            if path is not None:
                with path.open("rb") as file:
                    self._hashes[name] = hashlib.file_digest(file, "sha256").digest()
        except OSError:
            return

    def _problem(self, shown: str, message: str, advice: str) -> None:
        self.problems.append(Diagnostic(Code.UNREADABLE, message, shown, _START, help=advice))
