"""Nothing left to chance: a run is repeated once for each step at which a node could die.

The run itself has no faults. In each repetition the node dies at one place: before a write, after
it, before a command is sent, when Graph has carried it out, before its answer is noted.
"""

from __future__ import annotations

from collections.abc import Iterator

from ivr.simulator.trials.plan import Plan
from ivr.simulator.trials.world import Allowed, Run, run


def crash_places(plan: Plan) -> tuple[str, ...]:
    """The keys of all crashes that a run without faults could have, in order."""
    return tuple(dict.fromkeys(run(plan).crashes))


def crashed_everywhere(plan: Plan) -> Iterator[tuple[str, Run]]:
    """The run with one crash, for each place of it."""
    for place in crash_places(plan):
        yield place, run(plan, Allowed(forced=frozenset({place})))
