"""Many seeds: one process or several, and everything counted."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ivr.simulator.trials.checkers import Record, breaches
from ivr.simulator.trials.downloads import downloads
from ivr.simulator.trials.entries import Committed, Sent
from ivr.simulator.trials.flows import bundle
from ivr.simulator.trials.goals import reached, struck
from ivr.simulator.trials.history import History
from ivr.simulator.trials.loop import SECOND
from ivr.simulator.trials.plan import Plan, Profile, plan_of
from ivr.simulator.trials.reloads import reloads
from ivr.simulator.trials.report import Failure, Tally
from ivr.simulator.trials.twins import repeated, twins
from ivr.simulator.trials.world import Run, run, silence

CHUNK = 40
REPEATED_EACH = 50
TWINS_EACH = 25
DOWNLOADS_EACH = 5
RELOADS_EACH = 200
"""Of so many seeds one is run again, as twins, and for the small trials."""


class Chunk(NamedTuple):
    """Seeds for one process."""

    seeds: range
    profile: Profile


def chunks(first: int, runs: int, profile: Profile, size: int = CHUNK) -> list[Chunk]:
    """The seeds in parts of at most `size`."""
    last = first + runs
    return [
        Chunk(range(start, min(start + size, last)), profile) for start in range(first, last, size)
    ]


def run_all(work: Sequence[Chunk], jobs: int, watch: Callable[[Tally], None]) -> Tally:
    """All seeds; `watch` is told after each part."""
    total = Tally()
    for part in _parts(work, jobs):
        total.add(part)
        watch(total)
    return total


def _parts(work: Sequence[Chunk], jobs: int) -> Iterator[Tally]:
    if jobs == 1:
        yield from map(run_chunk, work)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(run_chunk, work)


def run_chunk(chunk: Chunk) -> Tally:
    """The seeds of one part, one after the other."""
    bundle()
    tally = Tally()
    began = time.perf_counter()
    with _collected_once():
        for seed in chunk.seeds:
            _count(tally, plan_of(seed, chunk.profile))
    tally.spent = time.perf_counter() - began
    return tally


def _count(tally: Tally, plan: Plan) -> None:
    done = run(plan)
    record = Record(done.history, plan)
    tally.runs += 1
    tally.calls += len(plan.calls)
    tally.events += len(done.history)
    tally.steps += len(done.history.of(Committed))
    tally.requests += len(done.history.of(Sent))
    tally.virtual += done.length / SECOND
    for words in reached(record):
        tally.goals[words] = tally.goals.get(words, 0) + 1
    for fault, count in struck(record).items():
        tally.faults[fault] = tally.faults.get(fault, 0) + count
    tally.failures += failures(done)
    for history in _more(plan.seed, done):
        tally.failures += _failed(plan.seed, Record(history, plan))


def failures(done: Run) -> list[Failure]:
    """The invariants that a run breaks, each once."""
    return _failed(done.plan.seed, Record(done.history, done.plan))


def _failed(seed: int, record: Record) -> list[Failure]:
    broken: dict[str, Failure] = {}
    for invariant, breach in breaches(record):
        broken.setdefault(invariant.id, Failure(seed, invariant.id, breach.words))
    return list(broken.values())


def _more(seed: int, done: Run) -> Iterator[History]:
    """Runs of the same seed that are compared with this one or with each other; small trials."""
    if seed % REPEATED_EACH == 0:
        yield repeated(done)
    if seed % TWINS_EACH == 0:
        yield from twins(seed)
    if seed % DOWNLOADS_EACH == 0:
        yield downloads(seed)
    if seed % RELOADS_EACH == 0:
        with silence(), TemporaryDirectory() as place:
            yield reloads(seed, Path(place))


class _collected_once:  # noqa: N801 - used like a function
    """Runs make little garbage that is not part of a cycle; looking for it all the time is dear."""

    def __enter__(self) -> None:
        self._was_enabled = gc.isenabled()
        gc.collect()
        gc.freeze()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        gc.unfreeze()
        if self._was_enabled:
            gc.enable()
        gc.collect()
