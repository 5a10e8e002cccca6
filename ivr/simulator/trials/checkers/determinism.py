"""I33 to I37: the same again, and one version at a time."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.advance import advance, begin
from ivr.core.program import Program
from ivr.core.snapshot import encode
from ivr.core.step import Step
from ivr.simulator.trials.checkers.record import Record
from ivr.simulator.trials.checkers.registry import Breach, invariant
from ivr.simulator.trials.entries import Committed
from ivr.simulator.trials.findings import Reloaded, Repeated
from ivr.simulator.trials.flows import bundle


@invariant("I33", "A journal, replayed, gives the same commands and the same call, byte by byte.")
def replayed(record: Record) -> Iterator[Breach]:
    """Each call is begun again with its flow and told its events at the times at which they were
    written. Every step must be the one that was written.
    """
    for call, commits in record.commits.items():
        program = bundle().programs.get(_flow(commits[0]))
        if program is None:
            continue
        for entry, step in _replay(program, call, commits):
            if encode(step.snapshot) != encode(entry.snapshot):
                yield Breach(entry.at, call, "the call would be another one")
                break
            if [encode(each) for each in step.effects] != [encode(each) for each in entry.effects]:
                yield Breach(entry.at, call, "the commands would be others")
                break


def _flow(first: Committed) -> str:
    return first.snapshot.visits[0].flow if first.snapshot.visits else ""


def _replay(
    program: Program, call: str, commits: list[Committed]
) -> Iterator[tuple[Committed, Step]]:
    snapshot = begin(program, call, commits[0].clock)
    snapshot.started_at = commits[0].snapshot.started_at
    snapshot.sender = commits[0].snapshot.sender
    for entry in commits:
        step = advance(program, snapshot, entry.event, entry.clock)
        snapshot = step.snapshot
        yield entry, step


@invariant("I34", "A call never changes the version of its flow.")
def one_version(record: Record) -> Iterator[Breach]:
    """All steps of a call name the bundle, by the hash of its files, with which it began."""
    for call, commits in record.commits.items():
        for entry in commits:
            if entry.snapshot.bundle != commits[0].snapshot.bundle:
                yield Breach(entry.at, call, "the call went on with another bundle")


@invariant("I35", "The same seed gives the same history.")
def reproduced(record: Record) -> Iterator[Breach]:
    """A run that was run again has the same digest (`Repeated` without a purpose)."""
    for entry in record.history.of(Repeated):
        if not entry.changed and entry.one != entry.other:
            yield Breach(entry.at, "", "the same seed gave another history")


@invariant("I36", "How many nodes there are, and when they restart, changes no call.")
def twins(record: Record) -> Iterator[Breach]:
    """Two runs of the same callers, with other nodes, have the same calls: result, end, path and
    commands (`Repeated` with what was changed).
    """
    for entry in record.history.of(Repeated):
        if entry.changed and entry.one != entry.other:
            words = f"with {entry.changed}: {entry.one} became {entry.other}"
            yield Breach(entry.at, "", words)


@invariant("I37", "Flows are published as a whole or not at all.")
def all_or_nothing(record: Record) -> Iterator[Breach]:
    """After one that was accepted every call is served by what was offered, after one that was
    refused everything is served as before.
    """
    for entry in record.history.of(Reloaded):
        served = set(entry.after)
        if entry.accepted and served != {entry.offered}:
            yield Breach(entry.at, "", "it was accepted, and is not all that is served")
        if not entry.accepted and entry.after != entry.before:
            yield Breach(entry.at, "", "it was refused, and changed what is served")
