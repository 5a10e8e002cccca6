"""From a run that breaks an invariant to the fewest faults and acts that still break it.

Delta debugging (Zeller and Hildebrandt, 2002): leave out ever smaller parts, and keep what is left
whenever the same invariant is still broken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from ivr.simulator.trials.checkers import Breach, Invariant, Record, breaches
from ivr.simulator.trials.plan import Plan
from ivr.simulator.trials.world import Allowed, Run, run

MOST_TRIES = 400


class Shrunk(NamedTuple):
    """The smallest run that was found, and the first breach in it."""

    run: Run
    faults: tuple[str, ...]
    acts: tuple[str, ...]
    invariant: Invariant
    breach: Breach
    tries: int


class _Search:
    """Runs parts of a run, as long as there are tries left."""

    def __init__(self, plan: Plan, invariant: str) -> None:
        self.plan = plan
        self.invariant = invariant
        self.tries = 0

    def breaks(self, plan: Plan, faults: Sequence[str], acts: Sequence[str]) -> bool:
        """Whether the invariant is still broken with no more than these."""
        if self.tries >= MOST_TRIES:
            return False
        self.tries += 1
        done = run(plan, Allowed(frozenset(faults), frozenset(acts)))
        return bool(breaches(Record(done.history, done.plan), self.invariant))


def shrink(done: Run, invariant: str) -> Shrunk:
    """The smallest run with the same plan that breaks `invariant`, which `done` breaks."""
    search = _Search(done.plan, invariant)
    faults, acts = done.struck, done.acted
    plan = _fewer_calls(search, done.plan, faults, acts)
    faults = _fewer(faults, lambda part: search.breaks(plan, part, acts))
    acts = _fewer(acts, lambda part: search.breaks(plan, faults, part))
    faults = _fewer(faults, lambda part: search.breaks(plan, part, acts))
    smallest = run(plan, Allowed(frozenset(faults), frozenset(acts)))
    broken, breach = breaches(Record(smallest.history, smallest.plan), invariant)[0]
    return Shrunk(smallest, faults, acts, broken, breach, search.tries)


def _fewer_calls(
    search: _Search, plan: Plan, faults: tuple[str, ...], acts: tuple[str, ...]
) -> Plan:
    for call in plan.calls if len(plan.calls) > 1 else ():
        alone = replace(plan, calls=(call,))
        if search.breaks(alone, faults, acts):
            return alone
    return plan


def _fewer(keys: tuple[str, ...], breaks: Callable[[tuple[str, ...]], bool]) -> tuple[str, ...]:
    """The keys that are needed, in their order."""
    keys = tuple(dict.fromkeys(keys))
    if breaks(()):
        return ()
    parts = 2
    while len(keys) > 1:
        size = -(-len(keys) // parts)
        chunks = [keys[start : start + size] for start in range(0, len(keys), size)]
        smaller = next((rest for rest in _without_each(chunks) if breaks(rest)), None)
        if smaller is not None:
            keys, parts = smaller, max(parts - 1, 2)
        elif size == 1:
            break
        else:
            parts = min(parts * 2, len(keys))
    return keys


def _without_each(chunks: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [
        tuple(key for other in chunks if other is not chunk for key in other) for chunk in chunks
    ]
