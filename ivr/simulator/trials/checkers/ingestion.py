"""I11, I13 to I16: what comes in is kept, once, in order, and concerns nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ivr.core.events import (
    CallArrived,
    CallEnded,
    HttpAnswered,
    OperationFinished,
    PromptFinished,
    RecordingFinished,
    TonePressed,
)
from ivr.core.snapshot import Phase
from ivr.simulator.trials.checkers.record import Record
from ivr.simulator.trials.checkers.registry import Breach, invariant
from ivr.simulator.trials.entries import Committed, Replied
from ivr.simulator.trials.findings import Kept
from ivr.simulator.trials.parts import TENANT

UNDONE = ("busy", "refused", "fault", "reconciled")
ONCE = (
    CallArrived, CallEnded, TonePressed, PromptFinished, RecordingFinished, OperationFinished,
    HttpAnswered,
)  # fmt: skip
"""Events that can be told from a second one of their kind."""

NEXT: dict[Phase, set[Phase]] = {
    "arrived": {"answering", "ending", "ended"},
    "waiting": {"placing", "ended"},
    "placing": {"waiting", "connected", "ending", "ended"},
    "answering": {"connected", "ending", "ended"},
    "connected": {"transferring", "ending", "ended"},
    "transferring": {"connected", "ending", "ended"},
    "ending": {"ended"},
    "ended": set(),
}
"""The lattice: from each phase, where a call can go. Back goes only a transfer that has failed, or
an attempt after which there is another one."""


@invariant("I11", "What is acknowledged is durable, or was known before.")
def acknowledged(record: Record) -> Iterator[Breach]:
    """When a node has said that it took an event in, a step that came of this very delivery stands
    in the store; or, for one that it knew, the call was over before. At the end of the run the
    store holds every step that was ever acknowledged.
    """
    closed = {
        call: commits[-1].at
        for call, commits in record.commits.items()
        if commits[-1].snapshot.closed
    }
    for entry in record.history.of(Replied):
        if entry.reply.startswith(UNDONE) or record.came_of.get(entry.delivery):
            continue
        known = closed.get(entry.call, entry.at + 1) <= entry.at
        unknown = entry.reply == "unknown" and _unknown(record, entry)
        if not (entry.reply == "late" and known) and not unknown:
            words = f"{entry.reply!r} was said to a notification that is nowhere"
            yield Breach(entry.at, entry.call, words)
    for kept in record.history.of(Kept):
        written = len(record.commits[kept.call])
        if kept.journal != written:
            words = f"{written} steps were written, and {kept.journal} are there"
            yield Breach(kept.at, kept.call, words)


def _unknown(record: Record, entry: Replied) -> bool:
    """Nothing was known of the call, and the event was none with which a call can begin."""
    told = record.told.get(entry.number)
    first = record.commits.get(entry.call)
    arrival = told is not None and isinstance(told.event, CallArrived)
    return not arrival and (not first or first[0].at > record.delivered[entry.delivery].at)


@invariant("I13", "A notification is applied once, however often it comes.")
def applied_once(record: Record) -> Iterator[Breach]:
    """Of all steps that came of one notification, one has the verdict ok. Word of how the line is
    has no number and may be true a second time: of that, a second one must want nothing.
    """
    applied: dict[int, Committed] = {}
    for entry in record.history.of(Committed):
        delivered = record.delivered.get(entry.delivery)
        if delivered is None or entry.verdict != "ok":
            continue
        told = record.told.get(delivered.number)
        if told is None or type(entry.event) is not type(told.event):
            continue
        again = isinstance(told.event, ONCE) or entry.effects
        if again and delivered.number in applied:
            words = f"notification {delivered.number} was applied again"
            yield Breach(entry.at, entry.call, words)
        applied[delivered.number] = entry


@invariant("I14", "Events are applied in an order that Graph could have meant; tones in theirs.")
def in_order(record: Record) -> Iterator[Breach]:
    """The phases of each call are a path through `NEXT`, and the number of the next tone never goes
    back but to 1, when the tones of a call begin anew.
    """
    for call, commits in record.commits.items():
        for before, entry in pairwise(commits):
            old, new = before.snapshot, entry.snapshot
            if new.phase != old.phase and new.phase not in NEXT[old.phase]:
                yield Breach(entry.at, call, f"the call went from {old.phase} to {new.phase}")
            if new.next_tone < old.next_tone and new.next_tone > 2:
                yield Breach(entry.at, call, "an earlier tone came after a later one")


@invariant("I15", "What is over stays over, and is remembered longer than anything can be late.")
def over_is_over(record: Record) -> Iterator[Breach]:
    """No step follows the one that closed a call, no call begins twice, and a notification that
    comes a day later, as at the end of every run, changes nothing.
    """
    for call, commits in record.commits.items():
        if sum(entry.version == 1 for entry in commits) > 1:
            yield Breach(commits[-1].at, call, "the call began twice")
        closed = False
        for entry in commits:
            if closed:
                yield Breach(entry.at, call, "a step was written after the call was closed")
            closed = closed or entry.snapshot.closed


@invariant("I16", "An event for one call changes no other, and no stranger changes any.")
def nobody_else(record: Record) -> Iterator[Breach]:
    """Every step that came of a delivery is one of the call that the notification named, and of
    what was sent in another tenant's name none came.
    """
    for delivery, commits in record.came_of.items():
        delivered = record.delivered.get(delivery)
        told = record.told.get(delivered.number) if delivered else None
        for entry in commits:
            if delivered is None or entry.call != delivered.call:
                yield Breach(entry.at, entry.call, "a notification of another call changed it")
            elif told is not None and told.sender != TENANT:
                yield Breach(entry.at, entry.call, "a stranger's notification changed it")
