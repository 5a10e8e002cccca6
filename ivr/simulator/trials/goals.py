"""Rare states that runs must reach now and then: a search that never finds them proves little."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

from ivr.core.effects import StopMedia
from ivr.core.events import (
    CallArrived,
    CallEnded,
    CallProgressed,
    EffectFailed,
    LegPlaced,
    PromptFinished,
    RecordingFinished,
    RecordingStored,
    TimerFired,
    TonePressed,
)
from ivr.simulator.trials.checkers.record import Record
from ivr.simulator.trials.entries import (
    Claimed,
    Committed,
    Delivered,
    Learned,
    NodeChanged,
    NotCommitted,
    Replied,
    Struck,
    Told,
)
from ivr.simulator.trials.findings import Kept

Goal = Callable[[Record], bool]
GOALS: dict[str, Goal] = {}
MANY = 10


def goal(words: str) -> Callable[[Goal], Goal]:
    """Declare a rare state by what is said of it in the summary."""

    def declared(reached: Goal) -> Goal:
        GOALS[words] = reached
        return reached

    return declared


def reached(record: Record) -> Iterator[str]:
    """The rare states that a run has come through, and the faults that have struck it."""
    yield from (words for words, reached_ in GOALS.items() if reached_(record))


def struck(record: Record) -> Counter[str]:
    """How often each fault has struck."""
    return Counter(entry.fault for entry in record.history.of(Struck))


def _after(record: Record, event: type) -> Iterator[Committed]:
    return (
        entry
        for entry in record.history.of(Committed)
        if isinstance(entry.event, event) and entry.verdict == "ok"
    )


def _events(record: Record, event: type) -> bool:
    return any(True for _ in _after(record, event))


@goal("an end was told before the answer to its request")
def _end_before_answer(record: Record) -> bool:
    ends = {
        told.event.effect: told.at
        for told in record.history.of(Told)
        if isinstance(told.event, PromptFinished)
    }
    learned = record.history.of(Learned)
    return any(ends.get(entry.effect, entry.at) < entry.at for entry in learned)


@goal("a notification came ten times or more")
def _many_times(record: Record) -> bool:
    counts = Counter(entry.number for entry in record.history.of(Delivered))
    return max(counts.values(), default=0) >= MANY


@goal("a call was over before it was known")
def _over_first(record: Record) -> bool:
    return any(
        entry.reply == "unknown"
        and isinstance(getattr(record.told.get(entry.number), "event", None), CallEnded)
        for entry in record.history.of(Replied)
    )


@goal("an unknown outcome was settled by looking")
def _settled_by_look(record: Record) -> bool:
    return any(
        isinstance(entry.event, CallProgressed) and entry.event.checked
        for entry in record.history.of(Committed)
    )


@goal("nobody knew whether a transfer was done")
def _unknown_transfer(record: Record) -> bool:
    return any(
        entry.kind == "transfer_call" and entry.outcome == "unknown"
        for entry in record.history.of(Learned)
    )


@goal("work that nobody had begun was taken over")
def _taken_over(record: Record) -> bool:
    return any(entry.taken_over and not entry.begun for entry in record.history.of(Claimed))


@goal("work that was begun was taken over")
def _taken_over_begun(record: Record) -> bool:
    return any(entry.taken_over and entry.begun for entry in record.history.of(Claimed))


@goal("a node without a lease was kept from writing")
def _fenced(record: Record) -> bool:
    return any(entry.why == "fenced" for entry in record.history.of(NotCommitted))


@goal("two nodes wrote at once")
def _conflict(record: Record) -> bool:
    return any(entry.why == "conflict" for entry in record.history.of(NotCommitted))


@goal("a step was written and reported as failed")
def _unsure(record: Record) -> bool:
    return any(entry.unsure for entry in record.history.of(Committed))


@goal("a node came back when another one had its name")
def _zombie(record: Record) -> bool:
    up: set[str] = set()
    for entry in record.history.of(NodeChanged):
        name, _, incarnation = entry.node.partition("#")
        if entry.state == "up":
            up.add(entry.node)
        later = any(each.startswith(f"{name}#") and each > entry.node for each in up)
        if entry.state == "resumed" and later and incarnation:
            return True
    return False


@goal("a node was stopped with care")
def _drained(record: Record) -> bool:
    return any(entry.state == "stopped" for entry in record.history.of(NodeChanged))


@goal("a key ran ahead of the one before it")
def _held(record: Record) -> bool:
    return any(entry.snapshot.held for entry in record.history.of(Committed))


@goal("a key was waited for in vain")
def _given_up(record: Record) -> bool:
    return any(
        before.snapshot.held and entry.snapshot.next_tone > before.snapshot.next_tone
        and isinstance(entry.event, TimerFired)
        for commits in record.commits.values()
        for before, entry in pairwise(commits)
    )  # fmt: skip


@goal("keys were typed ahead")
def _typed_ahead(record: Record) -> bool:
    return any(entry.snapshot.keys for entry in record.history.of(Committed))


@goal("a key interrupted a prompt")
def _interrupted(record: Record) -> bool:
    return any(
        isinstance(effect, StopMedia)
        for entry in _after(record, TonePressed)
        for effect in entry.effects
    )


@goal("a recording was stored")
def _stored(record: Record) -> bool:
    return _events(record, RecordingStored)


@goal("a recording was lost")
def _lost(record: Record) -> bool:
    return any(
        entry.event.kind == "fetch_recording"
        for entry in _after(record, EffectFailed)
        if isinstance(entry.event, EffectFailed)
    )


@goal("a recording was cut off by the caller")
def _cut_off(record: Record) -> bool:
    return any(
        isinstance(entry.event, RecordingFinished) and entry.event.cancelled
        for entry in record.history.of(Committed)
    )


@goal("a transfer failed and the flow went on")
def _failed_transfer(record: Record) -> bool:
    return any(
        isinstance(entry.event, CallProgressed) and entry.event.failure
        for entry in _after(record, CallProgressed)
    )


@goal("a transfer was answered")
def _transferred(record: Record) -> bool:
    return any(entry.end.startswith("transferred") for entry in record.history.of(Kept))


@goal("a call was redirected before it was answered")
def _redirected(record: Record) -> bool:
    return any(entry.result == "redirected" for entry in record.history.of(Kept))


@goal("a call was rejected")
def _rejected(record: Record) -> bool:
    return any(entry.result == "rejected" for entry in record.history.of(Kept))


@goal("a loop was broken off")
def _overrun(record: Record) -> bool:
    return any(entry.snapshot.overrun for entry in record.history.of(Committed))


@goal("a call came to its longest duration")
def _too_long(record: Record) -> bool:
    return any(
        move.outcome == "max_duration"
        for entry in record.history.of(Committed)
        for move in entry.trace
    )


@goal("a call was kept alive")
def _kept_alive(record: Record) -> bool:
    return any(entry.kind == "keep_alive" for entry in record.history.of(Learned))


@goal("a stranger was refused")
def _refused(record: Record) -> bool:
    return any(entry.reply == "refused" for entry in record.history.of(Replied))


@goal("something came when the call was closed")
def _too_late(record: Record) -> bool:
    return any(entry.reply == "late" for entry in record.history.of(Replied))


@goal("a call was not taken in before it had ended")
def _arrived_late(record: Record) -> bool:
    return any(
        entry.kind == "answer_call" and entry.outcome == "gone"
        for entry in record.history.of(Learned)
    )


@goal("a call arrived while the store was away")
def _arrived_in_vain(record: Record) -> bool:
    return any(
        entry.reply == "busy"
        and isinstance(getattr(record.told.get(entry.number), "event", None), CallArrived)
        for entry in record.history.of(Replied)
    )


@goal("a leg that we placed was known by its notification first")
def _leg_by_notification(record: Record) -> bool:
    return any(entry.delivery for entry in _after(record, LegPlaced))
