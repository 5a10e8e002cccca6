"""Plants each bug in a copy of the project and runs the tests that should notice it.

    python -m mutants                all of them, two at a time
    python -m mutants WORD...        those whose names or files contain one of these words
    python -m mutants --jobs 4       more at a time
    python -m mutants --list         plant nothing; show the bugs and whether they can be planted

Prints for each bug the test that noticed it, then the score. The exit code is 1 when a bug was
overlooked, and 2 when a bug can no longer be planted or its tests fail without it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from time import monotonic

from mutants.catalogue import MUTANTS
from mutants.judging import Verdict, failing, judge
from mutants.mutant import Misplaced, Mutant
from mutants.project_copy import ROOT, Copy


def main() -> int:
    """Run the command that the docstring of this file describes."""
    parser = argparse.ArgumentParser(
        prog="python -m mutants",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("words", nargs="*", metavar="WORD", help="only bugs with one of these")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    parser.add_argument("--list", action="store_true", help="show the bugs, plant none")
    asked = parser.parse_args()
    chosen = [each for each in MUTANTS if not asked.words or _is_meant(each, asked.words)]
    return listed(chosen) if asked.list else tried(chosen, max(asked.jobs, 1))


def listed(mutants: Sequence[Mutant]) -> int:
    """Show the bugs; the exit code."""
    code = 0
    for each in mutants:
        print(f"{each.name}\n    {each.file}: {' '.join(each.tests)}")
        try:
            each.planted(ROOT)
        except Misplaced as error:
            print(f"    BROKEN: {error}")
            code = 2
    print(f"{len(mutants)} bugs.")
    return code


def tried(mutants: Sequence[Mutant], jobs: int) -> int:
    """Plant the bugs, one after the other in each copy; the exit code."""
    began = monotonic()
    with tempfile.TemporaryDirectory(prefix="ivr-mutants-") as folder:
        copies = [Copy(Path(folder) / str(number)) for number in range(jobs)]
        _progress("the tests without any bug")
        fail = failing(mutants, copies)
        code = scored(list(_shown(judge(mutants, copies, fail), len(mutants))))
    print(f"It took {monotonic() - began:.0f} s.")
    return code


def scored(verdicts: Sequence[Verdict]) -> int:
    """Print the score; the exit code."""
    words = [each.word for each in verdicts]
    noticed = words.count("noticed")
    share = 100 * noticed / len(words) if words else 0.0
    print(f"{noticed} of {len(words)} planted bugs were noticed ({share:.0f} %).")
    if "BROKEN" in words:
        return 2
    return 0 if noticed == len(words) else 1


def _is_meant(mutant: Mutant, words: Iterable[str]) -> bool:
    return any(word in mutant.name or word in mutant.file for word in words)


def _shown(verdicts: Iterable[Verdict], total: int) -> Iterator[Verdict]:
    _progress(f"0 of {total}")
    for number, each in enumerate(verdicts, 1):
        _progress("")
        print(f"{each.word:<10} {each.seconds:5.1f} s  {each.mutant.name}\n{'':20}{each.by}")
        sys.stdout.flush()
        _progress(f"{number} of {total}")
        yield each
    _progress("")


def _progress(text: str) -> None:
    """One line that stands at the end of a terminal while it is waited for."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
