"""Steps of `advance` beside other engines, on one machine of 30 states and the same walk.

A step of ours does all of an engine's work for one event: it judges it, copies the snapshot,
counts visits, sets deadlines, wants effects, keeps a trace, and follows one edge of a shared
`transitions` machine. The others only follow the edge.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks import flows
from benchmarks.engines import NAMES, TRIGGERS, Walk, python_statemachine, raw_transitions, sismic
from benchmarks.table import Table, Target, side_by_side
from ivr.core.advance import advance, begin
from ivr.core.events import AnyEvent, CallArrived, CallProgressed, PromptFinished, TonePressed
from ivr.core.program import Program
from ivr.core.snapshot import Snapshot
from ivr.core.values import Caller, Millis
from ivr.flow.bundle import load_folder

ROUNDS = 15
WALKS = {"ivr advance": 60, "transitions": 150, "python-statemachine": 12, "sismic": 20}
"""Walks of one round: about 30 ms for each engine."""


def run() -> Table:
    """Measure all engines in turns, and compare medians."""
    walks = {
        "ivr advance": ours(),
        "transitions": raw_transitions(),
        "python-statemachine": python_statemachine(),
        "sismic": sismic(),
    }
    seconds: dict[str, list[float]] = {name: [] for name in walks}
    for _ in range(ROUNDS):
        for name, walk in walks.items():
            seconds[name].append(sum(walk() for _ in range(WALKS[name])) / WALKS[name])
    return _table(seconds)


def _table(seconds: dict[str, list[float]]) -> Table:
    own = seconds["ivr advance"]
    step = {name: median(found) / len(TRIGGERS) for name, found in seconds.items()}
    ratio = {name: side_by_side(own, found) for name, found in seconds.items()}
    return Table(
        f"steps: one event on a machine of {len(NAMES)} states, median of {ROUNDS} rounds in turns",
        ("engine", "µs a step", "steps/s", "ivr takes"),
        rows=[
            (name, f"{each * 1e6:.1f}", f"{1 / each:,.0f}", f"{ratio[name]:.2f} ×")
            for name, each in step.items()
        ],
        targets=[
            Target("a step beside a raw transitions trigger", ratio["transitions"], 3),
            Target("a step beside sismic's", ratio["sismic"], 1 / 3),
        ],
        notes=["ivr: the whole work of an event; the others: the move from state to state alone."],
    )


def ours() -> Walk:
    """Prompts that end and keys that are pressed, on a call that is connected."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = load_folder(flows.write(Path(folder), "chain", flows.chain(len(NAMES)))).bundle
    assert bundle is not None
    program = bundle.programs["chain"]
    first = _connected(program)
    events = _events(program, first)

    def walk() -> float:
        snapshot = first
        began = perf_counter()
        for event, now in events:
            snapshot = advance(program, snapshot, event, now).snapshot
        took = perf_counter() - began
        assert snapshot.done
        return took

    return walk


def _connected(program: Program) -> Snapshot:
    snapshot = begin(program, "00000000-0000-4000-8000-000000000001", 0)
    snapshot = advance(program, snapshot, CallArrived(Caller("phone", "+441632960000")), 0).snapshot
    return advance(program, snapshot, CallProgressed("established", audio=True), 10).snapshot


def _events(program: Program, snapshot: Snapshot) -> Sequence[tuple[AnyEvent, Millis]]:
    """What happens to the call, one thing for each move; found by walking once."""
    events: list[tuple[AnyEvent, Millis]] = []
    for at in range(len(TRIGGERS)):
        event: AnyEvent = PromptFinished(snapshot.media)
        if at % 2:
            event = TonePressed("1", at // 2 + 1)
        events.append((event, 1_000 * at))
        snapshot = advance(program, snapshot, *events[-1]).snapshot
    return events
