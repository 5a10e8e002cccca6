"""The invariants I01 to I44 of the reliability study, each judged over one history.

A module has those that belong together; to import them is to declare them.
"""

from ivr.simulator.trials.checkers import (
    choices,
    determinism,
    effects,
    ingestion,
    keys,
    life,
    media,
    timers,
    webhook,
)
from ivr.simulator.trials.checkers.record import Record
from ivr.simulator.trials.checkers.registry import INVARIANTS, Breach, Invariant, breaches

__all__ = [
    "INVARIANTS", "Breach", "Invariant", "Record", "breaches", "choices", "determinism", "effects",
    "ingestion", "keys", "life", "media", "timers", "webhook",
]  # fmt: skip
