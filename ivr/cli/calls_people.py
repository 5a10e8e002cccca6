"""A CSV file of people to be called: one row for each, its columns are the inputs of a flow.

All of it is checked before anybody is called. Made for what spreadsheets write: UTF-8 with or
without a byte order mark, commas, semicolons or tabs. No value is repeated in an error.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ivr.errors import SpokenValueError, UsageError
from ivr.expr.types import coerce, declare
from ivr.flow.diagnostics import did_you_mean
from ivr.server.api.bodies import FlowShown, InputShown
from ivr.server.masking import masked

MAX_BYTES = 50_000_000
MAX_ROWS = 100_000
SEPARATORS = ",;\t"
NOT_IN_A_CELL = ("list", "record", "recording")

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Person:
    """One row: its number from 1, its line in the file, and its inputs as texts."""

    row: int
    line: int
    inputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class People:
    """A file of people; `digest` is the hash of its content."""

    file: str
    digest: str
    rows: Sequence[Person]

    def key(self, flow: str, batch: str, person: Person) -> str:
        """The idempotency key of one row: another as soon as a byte of the file differs."""
        whole = json.dumps([flow, batch, self.digest])
        return f"csv-{hashlib.sha256(whole.encode()).hexdigest()[:32]}-{person.row}"


def read_people(path: Path, flow: FlowShown) -> People:
    """The people in a file. Raises `UsageError` with the line and the column that is wrong."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read: {error.strerror}.") from None
    if len(raw) > MAX_BYTES:
        raise UsageError(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB: split it.")
    table = _Table(path.name, _text(raw, path.name), flow)
    rows = list(table.people())
    if not rows:
        raise UsageError(f"{path.name} has nobody in it: a line of inputs follows the first line.")
    return People(path.name, hashlib.sha256(raw).hexdigest(), rows)


def check_inputs(given: Mapping[str, str], flow: FlowShown) -> None:
    """The inputs of a single call. Raises `UsageError`, which names the input."""
    for name in given:
        if name not in {each.name for each in flow.inputs}:
            raise UsageError(f"--set {_unknown(name, flow)}")
    for each in flow.inputs:
        if each.name in given and (wrong := _wrong(given[each.name], each)):
            raise UsageError(f"--set {each.name}: {wrong}")
        if each.required and each.name not in given:
            raise UsageError(f"{flow.name} needs `{each.name}`: give it with --set {each.name}=…")


class _Table:
    """The lines of one file."""

    def __init__(self, file: str, text: str, flow: FlowShown) -> None:
        self._file, self._flow = file, flow
        self._inputs = {each.name: each for each in flow.inputs}
        head = text.partition("\n")[0]
        separator = max(SEPARATORS, key=head.count)
        lines = io.StringIO(text, newline="")
        self._reader = csv.reader(lines, delimiter=separator, strict=True)

    def people(self) -> Iterator[Person]:
        """Every row that holds something."""
        lines = self._lines()
        columns = self._columns(next(lines, (1, []))[1])
        row = 0
        for line, cells in lines:
            if any(cells):
                row += 1
                if row > MAX_ROWS:
                    raise self._at(line, f"more than {MAX_ROWS} people are too many: split it")
                yield Person(row, line, self._inputs_of(line, columns, cells))

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        line = 1
        try:
            for cells in self._reader:
                yield line, [cell.strip() for cell in cells]
                line = self._reader.line_num + 1
        except csv.Error:
            raise self._at(line, "a quotation mark is missing or too much") from None

    def _columns(self, names: list[str]) -> list[str]:
        if not any(names):
            raise UsageError(f"{self._file} is empty: its first line names the inputs.")
        if "" in names:
            raise self._at(1, f"column {names.index('') + 1} has no name")
        twice = [name for name, times in Counter(names).items() if times > 1]
        if twice:
            raise self._at(1, f"the column `{masked(twice[0])}` is there twice")
        for name in names:
            if name not in self._inputs:
                raise UsageError(f"{self._file}, line 1: {_unknown(name, self._flow)}")
        for each in self._flow.inputs:
            if each.required and each.name not in names:
                raise self._at(1, f"there is no column `{each.name}`, which the flow needs")
        return names

    def _inputs_of(self, line: int, columns: list[str], cells: list[str]) -> dict[str, str]:
        if len(cells) != len(columns):
            raise self._at(line, f"there are {len(cells)} values for {len(columns)} columns")
        for name, cell in zip(columns, cells, strict=True):
            wrong = _wrong(cell, self._inputs[name])
            if wrong:
                raise UsageError(f"{self._file}, line {line}, column {name}: {wrong}")
        return {name: cell for name, cell in zip(columns, cells, strict=True) if cell}

    def _at(self, line: int, what: str) -> UsageError:
        return UsageError(f"{self._file}, line {line}: {what}.")


def _text(raw: bytes, file: str) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{file}, line {line}: this is not UTF-8: save it as such.") from None
    unseen = _UNSEEN.search(text)
    if unseen:
        line = text.count("\n", 0, unseen.start()) + 1
        raise UsageError(f"{file}, line {line}: there is a character that cannot be seen.")
    return text


def _wrong(cell: str, declared: InputShown) -> str:
    """What is wrong with a value, or ""."""
    if not cell:
        return "it is empty, and the flow needs it." if declared.required else ""
    if declared.type in NOT_IN_A_CELL:
        return f"a {declared.type} cannot be written in a cell; use the admin API."
    try:
        coerce(cell, declare(declared.type))
    except SpokenValueError as error:
        sentence = str(error)
        return f"{sentence[:1].lower()}{sentence[1:]}"
    return ""


def _unknown(name: str, flow: FlowShown) -> str:
    known = [each.name for each in flow.inputs]
    meant = did_you_mean(name, known)
    guess = f"did you mean `{meant}`?" if meant else f"there are: {', '.join(known) or 'none'}."
    return f"`{masked(name[:64])}` is not an input of {flow.name}; {guess}"
