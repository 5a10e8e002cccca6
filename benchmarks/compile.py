"""Flows of growing size, read, checked and compiled, as `ivr check` and every publishing do it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks import flows
from benchmarks.table import Table, Target
from ivr.flow.bundle import load_folder

ROUNDS = {100: 9, 500: 5, 1_000: 3, 10_000: 1}
"""How often a flow of so many states is loaded."""


def run() -> Table:
    """Load flows of all sizes, the small ones several times."""
    seconds = {states: _load(states, rounds) for states, rounds in ROUNDS.items()}
    table = Table(
        "compile: a folder with one flow to a program that can take calls",
        ("states", "seconds", "ms a state"),
        rows=[
            (f"{states:,}", f"{took:.3f}", f"{took / states * 1000:.2f}")
            for states, took in seconds.items()
        ],
    )
    growth = (seconds[10_000] / 10_000) / (seconds[1_000] / 1_000)
    table.targets = [
        Target("seconds for 500 states", seconds[500], 0.5),
        Target("a state of 10,000 beside one of 1,000 (linear is 1)", growth, 1.5),
    ]
    return table


def _load(states: int, rounds: int) -> float:
    with tempfile.TemporaryDirectory() as place:
        folder = flows.write(Path(place), "chain", flows.chain(states))
        return median(_once(folder, states) for _ in range(rounds))


def _once(folder: Path, states: int) -> float:
    began = perf_counter()
    loaded = load_folder(folder)
    took = perf_counter() - began
    assert loaded.bundle is not None, loaded.diagnostics[:3]
    assert len(loaded.bundle.programs["chain"].states) == states
    return took
