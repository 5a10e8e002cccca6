"""What a person is told: of one run that broke an invariant, and of many runs together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec
from msgspec import Struct, field

from ivr.simulator.phone.rules import Rules
from ivr.simulator.trials.checkers import INVARIANTS
from ivr.simulator.trials.faults import PLACES, WINDOWS
from ivr.simulator.trials.goals import GOALS
from ivr.simulator.trials.ladder import ladder
from ivr.simulator.trials.plan import CallPlan, Plan
from ivr.simulator.trials.shrink import Shrunk

WIDTH = 58
HOUR = 3_600


class Failure(Struct, frozen=True):
    """A run that broke an invariant."""

    seed: int
    invariant: str
    words: str


class Tally(Struct):
    """Many runs counted together; `virtual` and `spent` in seconds."""

    runs: int = 0
    events: int = 0
    calls: int = 0
    steps: int = 0
    requests: int = 0
    virtual: float = 0.0
    spent: float = 0.0
    goals: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count other runs as well."""
        for name in ("runs", "events", "calls", "steps", "requests", "virtual", "spent"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.goals = dict(Counter(self.goals) + Counter(other.goals))
        self.faults = dict(Counter(self.faults) + Counter(other.faults))
        self.failures += other.failures


def summary(tally: Tally, seconds: float) -> Iterator[str]:
    """The table at the end."""
    yield from _row("runs", f"{tally.runs:,}")
    yield from _row("calls", f"{tally.calls:,}")
    yield from _row("events in their histories", f"{tally.events:,}")
    yield from _row("steps that were written", f"{tally.steps:,}")
    yield from _row("requests to Graph", f"{tally.requests:,}")
    yield from _row("invariants checked after each run", str(len(INVARIANTS)))
    yield from _row("virtual hours", f"{tally.virtual / HOUR:,.1f}")
    yield from _row("runs in a second", f"{tally.runs / max(seconds, 0.001):,.1f}")
    yield from _row(
        "virtual time against real time", f"{tally.virtual / max(seconds, 0.001):,.0f} : 1"
    )
    yield ""
    yield "runs that came through"
    for words in GOALS:
        yield from _row(f"  {words}", f"{tally.goals.get(words, 0):,}")
    yield ""
    yield "faults that struck"
    for name in (*PLACES, *WINDOWS):
        words = PLACES[name].words if name in PLACES else WINDOWS[name]
        yield from _row(f"  {words}", f"{tally.faults.get(name, 0):,}")
    yield ""
    yield from _failures(tally)


def _row(words: str, number: str) -> Iterator[str]:
    yield f"{words:<{WIDTH}}{number:>12}"


def _failures(tally: Tally) -> Iterator[str]:
    if not tally.failures:
        yield "No invariant was broken."
        return
    broken = Counter(failure.invariant for failure in tally.failures)
    yield "Invariants that were broken, in how many runs, and by which seeds"
    for name, count in sorted(broken.items()):
        seeds = [str(each.seed) for each in tally.failures if each.invariant == name]
        yield f"  {name} {count:,}: {', '.join(seeds[:12])}{', ...' if len(seeds) > 12 else ''}"
        yield f"      {INVARIANTS[name].sentence}"


def story(shrunk: Shrunk) -> Iterator[str]:
    """All that is needed to understand one breach, and to run it again."""
    plan = shrunk.run.plan
    yield f"Seed {plan.seed} breaks {shrunk.invariant.id}: {shrunk.invariant.sentence}"
    yield f"  {shrunk.breach.words}, at {shrunk.breach.at / 1e6:.3f} s, call {shrunk.breach.call}"
    yield f"  Again: python -m ivr.simulator.trials --only {plan.seed} --faults {plan.profile}"
    yield ""
    yield "What the seed decides"
    yield from parameters(plan)
    yield ""
    yield f"The faults that it takes ({len(shrunk.faults)})"
    yield from (f"  {key}" for key in shrunk.faults)
    yield f"What callers do ({len(shrunk.acts)})"
    yield from (f"  {key}" for key in shrunk.acts)
    yield ""
    yield f"The run, shrunk in {shrunk.tries} tries"
    yield from ladder(shrunk.run.history, shrunk.breach.call)


def parameters(plan: Plan) -> Iterator[str]:
    """Every number that was drawn before the run."""
    for name, value in msgspec.to_builtins(plan).items():
        if name == "calls":
            yield from (line for call in plan.calls for line in _call(call))
        elif isinstance(value, tuple | list):
            yield from (f"  {name[:-1]}: {_pairs(each)}" for each in value)
        elif isinstance(value, dict):
            yield from (f"  {name[:-1]} {each}: {rate:.5f}" for each, rate in value.items())
        else:
            yield f"  {name}: {value}"


def _call(call: CallPlan) -> Iterator[str]:
    drawn = msgspec.to_builtins(call)
    rules, usual = drawn.pop("rules"), msgspec.to_builtins(Rules())
    yield f"  call: {_pairs(drawn)}"
    odd = {name: value for name, value in rules.items() if value != usual[name]}
    yield f"    service: {_pairs(odd)}"


def _pairs(members: dict[str, object]) -> str:
    return ", ".join(
        f"{name} {value}" for name, value in members.items() if value not in ("", None)
    )
