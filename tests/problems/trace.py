"""Which test proves what about each problem that calling bots have in the field.

    python -m tests.problems.trace                each problem with its faults and tests
    python -m tests.problems.trace --check        nothing but what is missing
    python -m tests.problems.trace --write PAGE   the table in a page (docs/field-problems.md)

A test says for itself what it proves: `@pytest.mark.problem("P13", fault="lost_established")`. The
faults are those of the simulator's catalogue, which names the problems that it stands for. The
tests are read, not run: the suite runs them. The exit code is 1 when a problem has no fault or no
test, or a mark makes no sense.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ivr.simulator.faults.catalogue import FAULTS
from tests.problems.rows import ROWS

TESTS = Path(__file__).parents[1]
MARK = "pytest.mark.problem"
BEGIN = "<!-- from here on written by `python -m tests.problems.trace --write` -->"
END = "<!-- up to here -->"
HEAD = ("| | problem | what `ivr` does about it | faults | tests |", "| --- |" + " --- |" * 4)


class Proof(NamedTuple):
    """One mark: the problem, the fault that the test injects, and where the test stands."""

    problem: str
    fault: str
    test: str


def proofs(folder: Path = TESTS) -> list[Proof]:
    """Every mark in the tests below a folder."""
    files = sorted(folder.rglob("test_*.py"))
    return [proof for file in files for proof in _of_file(file, folder)]


def missing(found: Sequence[Proof]) -> list[str]:
    """A sentence for everything that keeps the trace from being whole."""
    proved = {each.problem for each in found}
    faulty = {row for fault in FAULTS.values() for row in fault.rows}
    lines = [f"{row}: no test has this mark." for row in ROWS if row not in proved]
    lines += [f"{row}: the simulator has no fault for it." for row in ROWS if row not in faulty]
    return lines + [f"{each.test}: {wrong}" for each in found if (wrong := _wrong_with(each))]


def story(found: Sequence[Proof]) -> str:
    """Each problem in our words, with its faults and tests."""
    return "\n\n".join(
        "\n".join((f"{row}  {told.problem}", *(f"     {each.fault:<32} {each.test}"
                                                for each in _of_row(found, row))))
        for row, told in ROWS.items()
    )  # fmt: skip


def table(found: Sequence[Proof]) -> str:
    """The trace as a Markdown table."""
    return "\n".join((*HEAD, *(_line(found, row) for row in ROWS)))


def page(text: str, found: Sequence[Proof]) -> str:
    """A page with the table as it is now between its two marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{begin}\n\n{table(found)}\n\n{end}{after}"


def _line(found: Sequence[Proof], row: str) -> str:
    told, own = ROWS[row], _of_row(found, row)
    faults = " ".join(f"`{name}`" for name in dict.fromkeys(each.fault for each in own))
    tests = "<br>".join(sorted({each.test.removeprefix("tests/") for each in own}))
    return f"| {row} | {told.problem} | {told.answer} | {faults} | {tests} |"


def _of_row(found: Sequence[Proof], row: str) -> list[Proof]:
    return sorted(each for each in found if each.problem == row)


def _wrong_with(proof: Proof) -> str:
    if proof.problem not in ROWS:
        return f"there is no problem {proof.problem}."
    if proof.fault not in FAULTS:
        return f"the simulator has no fault {proof.fault!r}."
    if proof.problem not in FAULTS[proof.fault].rows:
        return f"the fault {proof.fault} does not stand for {proof.problem}."
    return ""


def _of_file(file: Path, folder: Path) -> Iterator[Proof]:
    where, text = file.relative_to(folder.parent).as_posix(), file.read_text(encoding="utf-8")
    if MARK not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for mark in node.decorator_list:
                yield from _of_mark(mark, f"{where}::{node.name}")


def _of_mark(mark: ast.expr, test: str) -> Iterator[Proof]:
    if not (isinstance(mark, ast.Call) and ast.unparse(mark.func) == MARK):
        return
    fault = {word.arg: ast.literal_eval(word.value) for word in mark.keywords}.get("fault", "")
    for problem in mark.args:
        yield Proof(ast.literal_eval(problem), fault, test)


def main(arguments: Sequence[str], folder: Path = TESTS) -> int:
    """Run the command that the docstring of this file describes."""
    found = proofs(folder)
    lacking = missing(found)
    if arguments[:1] == ["--write"]:
        target = Path(arguments[1])
        target.write_text(page(target.read_text(encoding="utf-8"), found), encoding="utf-8")
    elif "--check" not in arguments:
        print(story(found))
    for line in lacking:
        print(line, file=sys.stderr)
    print(f"{len(ROWS)} problems, {len(found)} proofs, {len(lacking)} gaps.")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
