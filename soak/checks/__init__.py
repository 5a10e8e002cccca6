"""What must be true of every run, each judged over its history by a function of its own.

The invariants of `ivr.simulator.trials.checkers` see the steps inside of a node; these see only
what the world outside saw, and what the store holds in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from soak.checks.answers import answers
from soak.checks.doubled import doubled
from soak.checks.logs import logs
from soak.checks.lost import lost
from soak.checks.processes import processes
from soak.checks.stuck import stuck
from soak.record import Breach, Record

CHECKS: Mapping[str, Callable[[Record], Iterator[Breach]]] = {
    "stuck": stuck,
    "lost": lost,
    "doubled": doubled,
    "answers": answers,
    "processes": processes,
    "logs": logs,
}


def breaches(record: Record) -> dict[str, list[Breach]]:
    """All breaches by check, the earliest first."""
    return {name: sorted(check(record)) for name, check in CHECKS.items()}
