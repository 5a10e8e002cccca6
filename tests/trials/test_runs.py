"""A seed is a run: the same each time and everywhere, and no invariant is broken in a thousand."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest

from ivr.simulator.trials.batch import Chunk, failures, run_chunk
from ivr.simulator.trials.checkers import Record
from ivr.simulator.trials.entries import NodeChanged, Struck
from ivr.simulator.trials.everywhere import crashed_everywhere
from ivr.simulator.trials.faults import PLACES, WINDOWS
from ivr.simulator.trials.goals import GOALS, reached
from ivr.simulator.trials.plan import Profile, plan_of
from ivr.simulator.trials.world import Allowed, run

CHUNK = 50
SEEDS = range(1, 1_001, CHUNK)
PROFILES: dict[int, Profile] = {901: "none", 951: "one"}
"""Which chunks have less than all faults."""

DIGESTS = """
from ivr.simulator.trials.plan import plan_of
from ivr.simulator.trials.world import run
for seed in range(20):
    print(seed, run(plan_of(seed)).history.digest())
"""


@pytest.mark.parametrize("first", SEEDS)
def test_a_thousand_runs_break_no_invariant(first: int) -> None:
    profile = PROFILES.get(first, "all")
    tally = run_chunk(Chunk(range(first, first + CHUNK), profile))
    told = [f"--only {each.seed} --faults {profile}: {each.invariant}, {each.words}"
            for each in tally.failures]  # fmt: skip
    assert not told, "python -m ivr.simulator.trials " + "\n".join(told)
    assert tally.runs == CHUNK


def digests(hash_seed: str) -> str:
    """The histories of twenty runs in a process of their own."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", DIGESTS], env=environment, capture_output=True, check=True, text=True
    )
    return done.stdout


def test_a_seed_gives_the_same_history_in_every_process() -> None:
    one, other = digests("1"), digests("4711")
    assert one == other
    assert len({line.split()[1] for line in one.splitlines()}) == 20


def test_every_kind_of_fault_and_most_rare_states_are_met_in_few_runs() -> None:
    met: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    for seed in range(2_000, 2_150):
        done = run(plan_of(seed))
        met.update(reached(Record(done.history, done.plan)))
        faults.update(entry.fault for entry in done.history.of(Struck))
    missing = sorted({*PLACES, *WINDOWS} - set(faults)) + sorted(set(GOALS) - set(met))
    assert len(missing) <= 4, f"never struck or reached: {missing}"


def test_without_faults_none_strikes_and_no_node_dies() -> None:
    for seed in range(20):
        history = run(plan_of(seed, "none")).history
        assert not history.of(Struck)
        assert {entry.state for entry in history.of(NodeChanged)} == {"up"}


def test_one_kind_of_fault_is_one_kind() -> None:
    for seed in range(40):
        struck = {entry.fault for entry in run(plan_of(seed, "one")).history.of(Struck)}
        assert len(struck) <= 1


def test_a_run_with_all_its_faults_and_acts_allowed_is_that_run() -> None:
    for seed in range(10):
        done = run(plan_of(seed))
        again = run(plan_of(seed), Allowed(frozenset(done.struck), frozenset(done.acted)))
        assert again.history.digest() == done.history.digest()


def test_a_run_of_which_all_faults_and_acts_are_taken_away_has_none() -> None:
    done = run(plan_of(5), Allowed(frozenset(), frozenset()))
    assert not done.struck
    assert not done.acted


@pytest.mark.parametrize("seed", [1, 5])
def test_a_node_may_die_at_every_step(seed: int) -> None:
    """Every write and every command of a run: before, in the middle, and after."""
    places = 0
    for place, done in crashed_everywhere(plan_of(seed, "none")):
        places += 1
        assert set(done.struck) == {place}
        assert not failures(done), f"{place}: {failures(done)}"
    assert places > 20
