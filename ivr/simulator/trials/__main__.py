"""`python -m ivr.simulator.trials`: many seeded runs, and the invariants after each.

Exit code 1 when an invariant is broken; the first seed that does so is shrunk and told.
"""

from __future__ import annotations

import sys
import time

import click

from ivr.simulator.trials.batch import chunks, failures, run_all
from ivr.simulator.trials.everywhere import crashed_everywhere
from ivr.simulator.trials.ladder import ladder
from ivr.simulator.trials.plan import Profile, plan_of
from ivr.simulator.trials.report import Failure, Tally, parameters, story, summary
from ivr.simulator.trials.shrink import shrink
from ivr.simulator.trials.world import run


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--runs", default=1_000, show_default=True, type=click.IntRange(1), help="How many.")
@click.option("--seed", default=1, show_default=True, help="The first seed.")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1), help="Processes.")
@click.option("--only", type=int, help="Run this seed alone, and tell all that happened.")
@click.option("--everywhere", type=int, help="Let a node die at every step of this seed's run.")
@click.option(
    "--faults",
    type=click.Choice(["none", "one", "all"]),
    default="all",
    show_default=True,
    help="No faults, one kind of them, or every kind.",
)
def main(
    runs: int, seed: int, jobs: int, only: int | None, everywhere: int | None, faults: Profile
) -> None:
    """Run the whole service under faults, on virtual time, and check its invariants."""
    if only is not None:
        sys.exit(_one(only, faults))
    if everywhere is not None:
        sys.exit(_everywhere(everywhere))
    began = time.perf_counter()
    tally = run_all(chunks(seed, runs, faults), jobs, lambda total: _progress(total, runs, began))
    click.echo(err=True, nl=sys.stderr.isatty())
    for line in summary(tally, time.perf_counter() - began):
        click.echo(line)
    if tally.failures:
        click.echo()
        _tell(tally.failures[0], faults)
        sys.exit(1)


def _one(seed: int, faults: Profile) -> int:
    done = run(plan_of(seed, faults))
    broken = failures(done)
    if broken:
        _tell(broken[0], faults)
        return 1
    for line in (*parameters(done.plan), "", *ladder(done.history)):
        click.echo(line)
    click.echo(f"\nSeed {seed} breaks nothing; history {done.history.digest()}.")
    return 0


def _everywhere(seed: int) -> int:
    places = broken = 0
    for place, done in crashed_everywhere(plan_of(seed, "none")):
        places += 1
        found = failures(done)
        broken += bool(found)
        for failure in found:
            click.echo(f"{place}: {failure.invariant}, {failure.words}")
    click.echo(f"Seed {seed}: a node died at {places} places, and {broken} of these runs broke.")
    return int(broken > 0)


def _tell(failure: Failure, faults: Profile) -> None:
    done = run(plan_of(failure.seed, faults))
    if failure.invariant not in {each.invariant for each in failures(done)}:
        click.echo(f"Seed {failure.seed} broke {failure.invariant} among twins: {failure.words}")
        return
    for line in story(shrink(done, failure.invariant)):
        click.echo(line)


def _progress(total: Tally, runs: int, began: float) -> None:
    if sys.stderr.isatty():
        speed = total.runs / (time.perf_counter() - began)
        words = f"{total.runs:,} of {runs:,} runs, {speed:,.0f} in a second"
        broken = f", {len(total.failures)} broken" if total.failures else ""
        click.echo(f"\r{words}{broken}   ", nl=False, err=True)


if __name__ == "__main__":
    main()
