"""The invariants by their ids, and how one is declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ivr.simulator.trials.checkers.record import Record


class Breach(NamedTuple):
    """One place where an invariant does not hold; `at` in microseconds of the run."""

    at: int
    call: str
    words: str


Check = Callable[[Record], Iterator[Breach]]


class Invariant(NamedTuple):
    """What must hold of every history, and what finds where it does not."""

    id: str
    sentence: str
    check: Check


INVARIANTS: dict[str, Invariant] = {}


def invariant(id_: str, sentence: str) -> Callable[[Check], Check]:
    """Declare a checker. Its docstring says how the invariant is judged."""

    def declared(check: Check) -> Check:
        assert id_ not in INVARIANTS, f"{id_} is declared twice"
        INVARIANTS[id_] = Invariant(id_, sentence, check)
        return check

    return declared


def breaches(record: Record, only: str = "") -> list[tuple[Invariant, Breach]]:
    """All breaches of a history, those of one invariant if it is named, the earliest first."""
    found = [
        (each, breach)
        for each in INVARIANTS.values()
        if only in ("", each.id)
        for breach in each.check(record)
    ]
    return sorted(found, key=lambda pair: (pair[1].at, pair[0].id))
