"""The same callers on another set of nodes: their calls must not tell the difference.

No other fault happens in such runs, everything that the seed decides is decided for both, and
everything takes its usual time, and callers do only what they do in answer to what they hear.
Where a call comes to its longest duration, a prompt or a deadline is late since the node that
minded it is being restarted, or a deadline and something else come within a moment of each other,
the moments count, and so the twins are not compared.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from msgspec.structs import replace

from ivr.core.events import TimerFired
from ivr.core.values import Millis
from ivr.simulator.trials.checkers.record import Record
from ivr.simulator.trials.entries import CarriedOut, Claimed, Committed
from ivr.simulator.trials.faults import Window
from ivr.simulator.trials.findings import Kept, Repeated
from ivr.simulator.trials.history import History
from ivr.simulator.trials.loop import SECOND, Micros
from ivr.simulator.trials.plan import plan_of
from ivr.simulator.trials.world import Run, run

QUERIES = {"check_call", "keep_alive"}
TOO_LONG = "max_duration"
LATE: Millis = 300
CLOSE: Micros = 50_000
RESTARTS = (9, 23, 41)
"""Seconds after the beginning at which nodes are restarted, one after the other."""


def repeated(seed_run: Run) -> History:
    """The same run again."""
    again = run(seed_run.plan)
    return _history(seed_run, "", seed_run.history.digest(), again.history.digest())


def twins(seed: int) -> list[History]:
    """One node against four, and two nodes against two that are restarted."""
    plan = replace(plan_of(seed, "none"), steady=True)
    one = run(replace(plan, nodes=1))
    found = []
    for changed, other in (
        ("four nodes instead of one", replace(plan, nodes=4)),
        ("nodes that are restarted", replace(plan, nodes=2, windows=tuple(_restarts()))),
    ):
        twin = run(other)
        if not (_depends_on_time(one) or _depends_on_time(twin)):
            found.append(_history(one, changed, story(one), story(twin)))
    return found


def _depends_on_time(done: Run) -> bool:
    """Whether what became of a call may have hung on the moment at which something happened."""
    if any(claim.taken_over for claim in done.history.of(Claimed)):
        return True
    return any(
        TOO_LONG in [move.outcome for move in entry.trace]
        or _is_late(entry, before)
        or _is_close(entry, before)
        for commits in Record(done.history, done.plan).commits.values()
        for before, entry in pairwise(commits)
    )


def _is_late(entry: Committed, before: Committed) -> bool:
    """Whether a deadline passed much later than it was due, as a node was just being restarted."""
    due = before.snapshot.next_due()
    timer = isinstance(entry.event, TimerFired) and entry.verdict == "ok"
    return timer and due is not None and entry.clock - due > LATE


def _is_close(entry: Committed, before: Committed) -> bool:
    """Whether a deadline and something else came so close together that either may be first."""
    kinds = {type(entry.event), type(before.event)}
    return TimerFired in kinds and entry.at - before.at < CLOSE


def story(done: Run) -> str:
    """What a caller, and whoever reads the record of calls, can know of a run: no times."""
    record = Record(done.history, done.plan)
    commands: dict[str, Counter[str]] = {}
    for entry in done.history.of(CarriedOut):
        if entry.kind not in QUERIES:
            commands.setdefault(entry.call, Counter())[entry.kind] += 1
    return "; ".join(
        f"{kept.call[:8]} {kept.result} {kept.end} {_path(record, kept.call)}"
        f" {sorted(commands.get(kept.call, Counter()).items())}"
        for kept in sorted(done.history.of(Kept), key=lambda kept: kept.call)
    )


def _path(record: Record, call: str) -> str:
    moves = [each for entry in record.commits[call] for each in entry.trace]
    return " ".join(f"{move.state}:{move.outcome}" for move in moves)


def _restarts() -> list[Window]:
    return [
        Window("node_drained", at * SECOND, (at + 1) * SECOND, f"n{number % 2 + 1}")
        for number, at in enumerate(RESTARTS)
    ]


def _history(done: Run, changed: str, one: str, other: str) -> History:
    history = History()
    history.add(Repeated(done.length, changed, one, other))
    return history
