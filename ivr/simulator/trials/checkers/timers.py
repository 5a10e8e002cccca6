"""I22 to I25: deadlines and keep-alives."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ivr.core.events import TimerFired
from ivr.core.snapshot import Snapshot
from ivr.core.values import Millis
from ivr.simulator.trials.checkers.record import Record
from ivr.simulator.trials.checkers.registry import Breach, invariant
from ivr.simulator.trials.entries import CarriedOut, LineEnded
from ivr.simulator.trials.loop import SECOND

ALWAYS = {"keep_alive", "max_duration"}
MOST_APART = 45 * 60 * SECOND
TARGET = 31 * 60 * SECOND


@invariant("I22", "Every state that waits has a deadline: none waits for a notification alone.")
def armed(record: Record) -> Iterator[Breach]:
    """After every step of a call that is not closed there is a deadline that moves it on: of its
    state or of its line, not only the keep-alive and the longest duration.
    """
    for call, commits in record.commits.items():
        for entry in commits:
            if not entry.snapshot.closed and not _deadlines(entry.snapshot):
                yield Breach(entry.at, call, f"{entry.snapshot.phase} waits without a deadline")


def _deadlines(snapshot: Snapshot) -> set[str]:
    own = snapshot.visits[-1].deadlines.keys() if snapshot.visits else set()
    return {*own, *snapshot.deadlines} - ALWAYS


@invariant("I23", "A deadline comes once, not early, and only to the state that set it.")
def on_time(record: Record) -> Iterator[Breach]:
    """A step that a timer moved: the earliest deadline of the step before was due by the clock of
    the node that let it pass, and it is not there any more, unless it was set anew for later.
    """
    for call, commits in record.commits.items():
        for before, entry in pairwise(commits):
            if not isinstance(entry.event, TimerFired) or entry.verdict != "ok":
                continue
            due, name, own = _earliest(before.snapshot)
            if due > entry.clock:
                yield Breach(entry.at, call, f"{name} passed {due - entry.clock} ms early")
            elif _still_there(entry.snapshot, name, due, own=own):
                yield Breach(entry.at, call, f"{name} has passed and is still there")


def _earliest(snapshot: Snapshot) -> tuple[Millis, str, bool]:
    due = [(at, False, name) for name, at in snapshot.deadlines.items()]
    if snapshot.visits and not snapshot.done:
        due += [(at, True, name) for name, at in snapshot.visits[-1].deadlines.items()]
    at, own, name = min(due, default=(0, False, "nothing"))
    return at, name, own


def _still_there(snapshot: Snapshot, name: str, due: Millis, *, own: bool) -> bool:
    if own:
        return bool(snapshot.visits) and snapshot.visits[-1].deadlines.get(name) == due
    return snapshot.deadlines.get(name) == due


@invariant("I24", "A living call is kept alive: no 45 minutes pass between two keep-alives.")
def kept_alive(record: Record) -> Iterator[Breach]:
    """By the truth of Graph: no line ends for want of one, and where no fault came between, none
    waits for longer than 31 minutes.
    """
    alive: dict[str, int] = {}
    for entry in record.history.of(CarriedOut):
        if entry.kind == "keep_alive" and entry.call in alive:
            yield from _gap(record, entry.call, alive[entry.call], entry.at)
        if entry.kind in ("keep_alive", "answer_call"):
            alive[entry.call] = entry.at
    for call, since in alive.items():
        end = record.line_ends.get(call)
        yield from _gap(record, call, since, end.at if end else record.end)
    for ended in record.history.of(LineEnded):
        if ended.reason == "keep_alive_missed":
            yield Breach(ended.at, ended.call, "the call ended because nobody kept it alive")


def _gap(record: Record, call: str, since: int, until: int) -> Iterator[Breach]:
    most = TARGET if record.calm else MOST_APART
    if until - since > most:
        minutes = (until - since) // (60 * SECOND)
        yield Breach(until, call, f"the call was not kept alive for {minutes} minutes")


@invariant("I25", "A call that Graph does not know is not kept alive.")
def not_the_dead(record: Record) -> Iterator[Breach]:
    """Once a node has learned that a line is gone, it sends no keep-alive for it."""
    for requests in record.sent_of_call.values():
        gone: dict[tuple[str, str], int] = {}
        for request in requests:
            key = (request.node, request.effect.leg)
            if request.kind == "keep_alive" and gone.get(key, request.at) < request.at:
                yield Breach(request.at, request.call, "a call that is gone was kept alive")
            if record.outcome(request) == "gone":
                gone.setdefault(key, record.answered_at(request))
