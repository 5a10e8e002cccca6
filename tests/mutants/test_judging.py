"""What becomes of a bug: noticed by a test that fails, overlooked, or no verdict at all."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager

import pytest

from mutants.judging import failing, judge
from mutants.mutant import Misplaced, Mutant
from mutants.project_copy import Copy, Run, Unhappy, unhappy_of

TEST = "tests/test_sums.py::test_most"
MUTANT = Mutant("the most is the least", "sums.py", "max", "min", (TEST,))
FAILED = Run("failed", (Unhappy(TEST, "assert 1 == 3"),))


class Told(Copy):
    """A copy in which nothing is run: it ends as it was told."""

    def __init__(self, run: Run, misplaced: str = "") -> None:
        self.told, self.misplaced, self.stopped = run, misplaced, False

    @contextmanager
    def with_bug(self, mutant: Mutant) -> Iterator[None]:
        if self.misplaced:
            raise Misplaced(self.misplaced)
        yield

    def run(self, tests: Iterable[str], *options: str, limit: float | None = 1.0) -> Run:
        return self.told

    def stop(self) -> None:
        self.stopped = True


def judged(run: Run, misplaced: str = "") -> tuple[str, str]:
    [verdict] = judge([MUTANT], [Told(run, misplaced)], {})
    return verdict.word, verdict.by


def test_a_test_that_fails_has_noticed_it() -> None:
    assert judged(FAILED) == ("noticed", TEST)


def test_tests_that_pass_have_overlooked_it() -> None:
    assert judged(Run("passed")) == ("OVERLOOKED", f"by {TEST}")


def test_tests_that_never_end_have_noticed_it() -> None:
    assert judged(Run("hung"))[0] == "noticed"


@pytest.mark.parametrize(
    "run",
    [
        Run("crashed", last="no tests ran"),
        Run("crashed", (Unhappy("tests/test_sums.py", "SyntaxError"),)),
        Run("failed", (Unhappy(TEST, "NameError: name 'x' is not defined"),)),
        Run("failed", last="the disk is full"),
    ],
)
def test_what_any_test_would_notice_is_no_verdict(run: Run) -> None:
    assert judged(run)[0] == "BROKEN"


def test_a_bug_without_its_place_is_no_verdict() -> None:
    assert judged(FAILED, "it is not there") == ("BROKEN", "it is not there")


def test_what_fails_without_a_bug_says_nothing_of_one() -> None:
    fail = failing([MUTANT], [Told(FAILED), Told(FAILED)])
    [verdict] = judge([MUTANT], [Told(FAILED)], fail)
    assert (verdict.word, verdict.by) == ("BROKEN", f"{TEST} fails without it")


def test_tests_that_cannot_be_run_are_told() -> None:
    with pytest.raises(RuntimeError, match="no module"):
        failing([MUTANT], [Told(Run("crashed", last="no module named pytest"))])


def test_many_bugs_come_back_in_their_order() -> None:
    names = [f"bug {number}" for number in range(20)]
    mutants = [MUTANT._replace(name=name) for name in names]
    verdicts = judge(mutants, [Told(FAILED), Told(Run("passed"))], {})
    assert [verdict.mutant.name for verdict in verdicts] == names


def test_whoever_gives_up_leaves_nothing_running() -> None:
    copy = Told(FAILED)
    verdicts = judge([MUTANT] * 9, [copy], {})
    assert isinstance(verdicts, Generator)
    next(verdicts)
    with pytest.raises(KeyboardInterrupt):
        verdicts.throw(KeyboardInterrupt)
    assert copy.stopped


def test_what_pytest_prints_is_read() -> None:
    said = """
F.
/tmp/copy/.left/test_most0/data.db: holds digits of a caller
=========================== short test summary info ============================
FAILED tests/test_sums.py::test_most[a - b] - AssertionError: assert [1] == [3]
ERROR tests/test_sums.py::test_least - OSError: no space
FAILED tests/test_sums.py::test_none
"""
    assert list(unhappy_of(said)) == [
        Unhappy("tests/test_sums.py::test_most[a - b]", "AssertionError: assert [1] == [3]"),
        Unhappy("tests/test_sums.py::test_least", "OSError: no space"),
        Unhappy("tests/test_sums.py::test_none"),
        Unhappy("test_most0/data.db: holds digits of a caller"),
    ]
