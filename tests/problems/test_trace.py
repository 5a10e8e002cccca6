"""The trace: it sees every gap, and the page is what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.simulator.faults.catalogue import FAULTS
from tests.problems.rows import ROWS
from tests.problems.trace import BEGIN, END, Proof, main, missing, page, proofs, story

PAGE = Path(__file__).parents[2] / "docs" / "field-problems.md"
MOST_WORDS = 12


@pytest.fixture(scope="module")
def found() -> list[Proof]:
    return proofs()


def test_every_problem_has_a_fault_and_a_test(found: list[Proof]) -> None:
    assert missing(found) == []
    assert list(ROWS) == [f"P{number:02}" for number in range(1, 71)]


@pytest.mark.parametrize("row", ["P01", "P37", "P70"])
def test_a_problem_without_a_test_is_a_gap(found: list[Proof], row: str) -> None:
    assert missing([each for each in found if each.problem != row]) == [
        f"{row}: no test has this mark."
    ]


@pytest.mark.parametrize(
    ("proof", "told"),
    [
        (Proof("P71", "lost_tones", "t"), "t: there is no problem P71."),
        (Proof("P25", "lost_tunes", "t"), "t: the simulator has no fault 'lost_tunes'."),
        (Proof("P01", "lost_tones", "t"), "t: the fault lost_tones does not stand for P01."),
    ],
)
def test_a_mark_that_makes_no_sense_is_a_gap(found: list[Proof], proof: Proof, told: str) -> None:
    assert missing([*found, proof]) == [told]


def test_a_problem_without_a_fault_is_a_gap(
    found: list[Proof], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name, fault in FAULTS.items() if "P37" in fault.rows]:
        monkeypatch.delitem(FAULTS, name)
    assert "P37: the simulator has no fault for it." in missing(found)


def test_marks_are_read_from_the_tests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "test_one.py").write_text(
        "@pytest.mark.problem('P25', 'P27', fault='lost_tones')\n"
        "@pytest.mark.parametrize('x', [1])\n"
        "async def test_it(): ...\n"
        "def test_nothing(): ...\n"
    )
    name = f"{tmp_path.name}/test_one.py::test_it"
    assert proofs(tmp_path) == [Proof(row, "lost_tones", name) for row in ("P25", "P27")]
    assert main(["--check"], tmp_path) == 1
    told = capsys.readouterr()
    assert f"{name}: the fault lost_tones does not stand for P27." in told.err
    assert "P01: no test has this mark." in told.err
    assert "P25: no test" not in told.err
    assert told.out == "70 problems, 2 proofs, 69 gaps.\n"


def test_the_story_names_each_problem_with_its_tests(found: list[Proof]) -> None:
    told = story(found).split("\n\n")
    assert len(told) == len(ROWS)
    assert "test_verification_cannot_be_left_out" in told[6]


def test_the_page_is_up_to_date(found: list[Proof], tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(text, found) == text, "run python -m tests.problems.trace --write"
    (tmp_path / "page.md").write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n")
    assert main(["--write", str(tmp_path / "page.md")]) == 0
    written = (tmp_path / "page.md").read_text()
    assert written.startswith(f"above\n{BEGIN}\n\n| | problem |")
    assert written.endswith(f"|\n\n{END}\nbelow\n")
    assert "old" not in written.split("| P01")[0]


def test_problems_are_told_in_few_words() -> None:
    assert [row for row, told in ROWS.items() if len(told.problem.split()) > MOST_WORDS] == []
