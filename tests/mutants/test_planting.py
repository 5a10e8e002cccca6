"""A bug is planted where it was meant to be, and only if it is a bug of a program that runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from mutants.mutant import Misplaced, Mutant

SOURCE = """\
def most(numbers):
    return max(numbers)


def least(numbers):
    return min(numbers)
"""


def planted(folder: Path, old: str, new: str, file: str = "sums.py") -> str:
    (folder / "sums.py").write_text(SOURCE)
    return Mutant("the most is the least", file, old, new, ()).planted(folder)


def test_the_place_is_changed_and_nothing_else(tmp_path: Path) -> None:
    assert planted(tmp_path, "max(numbers)", "min(numbers)") == SOURCE.replace("max", "min")
    assert (tmp_path / "sums.py").read_text() == SOURCE


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("sum(numbers)", "0", "0 times"),
        ("(numbers)", "()", "4 times"),
        ("return max", "return return", "does not compile"),
        ("max(numbers)", "max( numbers )", "means the same"),
        ("max(numbers)", "max(numbers)  # of all", "means the same"),
    ],
)
def test_what_is_no_bug_is_not_planted(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(Misplaced, match=told):
        planted(tmp_path, old, new)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misplaced, match=r"gone\.py cannot be read"):
        planted(tmp_path, "max", "min", "gone.py")
