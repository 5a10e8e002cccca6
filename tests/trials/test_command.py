"""`python -m ivr.simulator.trials`: what a person sees of many runs, and of one."""

from __future__ import annotations

from click.testing import CliRunner

from ivr.simulator.trials.__main__ import main
from ivr.simulator.trials.batch import chunks, run_all
from ivr.simulator.trials.goals import GOALS
from ivr.simulator.trials.plan import plan_of
from ivr.simulator.trials.report import Tally, summary
from ivr.simulator.trials.world import run


def test_many_runs_are_summed_up() -> None:
    done = CliRunner().invoke(main, ["--runs", "12", "--seed", "3", "--faults", "none"])
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert any(line.startswith("runs ") and line.endswith(" 12") for line in lines)
    assert any(line.startswith("invariants") and line.endswith(" 44") for line in lines)
    assert "No invariant was broken." in done.output
    for words in GOALS:
        assert words in done.output


def test_one_run_is_told_from_beginning_to_end() -> None:
    done = CliRunner().invoke(main, ["--only", "3", "--faults", "none"])
    assert done.exit_code == 0, done.output
    assert "  rings " in done.output
    assert f"history {run(plan_of(3, 'none')).history.digest()}" in done.output


def test_a_wrong_word_is_a_sentence_not_a_traceback() -> None:
    done = CliRunner().invoke(main, ["--faults", "some"])
    assert done.exit_code == 2
    assert "'some' is not one of" in done.output


def test_two_processes_count_what_one_counts() -> None:
    work = chunks(1, 12, "none", size=5)
    seen: list[int] = []
    one = run_all(work, 1, lambda total: seen.append(total.runs))
    two = run_all(work, 2, lambda _: None)
    assert seen == [5, 10, 12]
    assert (one.runs, one.events, one.goals) == (two.runs, two.events, two.goals)


def test_the_table_says_how_fast_and_how_long() -> None:
    lines = list(summary(Tally(runs=500, virtual=7_200.0), 10.0))
    assert any(line.startswith("virtual hours") and line.endswith("2.0") for line in lines)
    assert any(line.startswith("runs in a second") and line.endswith("50.0") for line in lines)
    assert any(line.endswith("720 : 1") for line in lines)
