"""Whether the tests notice each bug, as many bugs at a time as there are copies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from time import monotonic
from typing import Literal, NamedTuple

from mutants.mutant import Misplaced, Mutant
from mutants.project_copy import LIMIT, QUICKLY, Copy, Run

Word = Literal["noticed", "OVERLOOKED", "BROKEN"]
SLIPS = ("NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError", "SyntaxError")
"""What fails with these was no bug of a program that runs: any test would notice it."""


class Verdict(NamedTuple):
    """What became of one bug; `by` is the test that noticed it, or why there is no verdict."""

    mutant: Mutant
    word: Word
    by: str
    seconds: float = 0.0


def failing(mutants: Sequence[Mutant], copies: Sequence[Copy]) -> Mapping[str, str]:
    """The files of tests that fail without any bug, each with one test that does.

    Raises `RuntimeError` when the tests cannot be run.
    """
    tests = sorted({test for each in mutants for test in each.tests})
    shares = [tests[number :: len(copies)] for number in range(len(copies))]
    with _at_once(copies) as pool:
        runs = list(pool.map(_without_bug, copies, shares))
    for run in runs:
        if run.ended == "crashed" and not run.unhappy:
            raise RuntimeError(f"The tests cannot be run: {run.last}")
    return {_file(each.test): each.test for run in runs for each in run.unhappy}


def judge(
    mutants: Sequence[Mutant], copies: Sequence[Copy], fail: Mapping[str, str]
) -> Iterator[Verdict]:
    """Every bug with its verdict, in order; `fail` are the files that fail without a bug."""
    free: SimpleQueue[Copy] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def one(mutant: Mutant) -> Verdict:
        copy, began = free.get(), monotonic()
        try:
            return _judged(mutant, copy, fail)._replace(seconds=monotonic() - began)
        finally:
            free.put(copy)

    with _at_once(copies) as pool:
        yield from pool.map(one, mutants)


@contextmanager
def _at_once(copies: Sequence[Copy]) -> Iterator[ThreadPoolExecutor]:
    """A thread for each copy; whoever interrupts us interrupts what they run."""
    pool = ThreadPoolExecutor(len(copies))
    try:
        yield pool
    except BaseException:
        for copy in copies:
            copy.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _without_bug(copy: Copy, tests: Sequence[str]) -> Run:
    return copy.run(tests, limit=None) if tests else Run("passed")


def _judged(mutant: Mutant, copy: Copy, fail: Mapping[str, str]) -> Verdict:
    for test in mutant.tests:
        bad = next((found for file, found in fail.items() if file.startswith(_file(test))), "")
        if bad:
            return Verdict(mutant, "BROKEN", f"{bad} fails without it")
    try:
        with copy.with_bug(mutant):
            run = copy.run(mutant.tests, *QUICKLY)
    except Misplaced as error:
        return Verdict(mutant, "BROKEN", str(error))
    if run.ended == "passed":
        return Verdict(mutant, "OVERLOOKED", f"by {' '.join(mutant.tests)}")
    if run.ended == "hung":
        return Verdict(mutant, "noticed", f"no end within {LIMIT} s")
    if run.ended == "crashed" or not run.unhappy:
        return Verdict(mutant, "BROKEN", f"no test has failed: {run.last}")
    first = run.unhappy[0]
    if first.why.startswith(SLIPS):
        return Verdict(mutant, "BROKEN", f"it is a slip, not a bug: {first.why}")
    return Verdict(mutant, "noticed", first.test)


def _file(test: str) -> str:
    return test.partition("::")[0]
