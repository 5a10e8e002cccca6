"""I04, I07, I10: what may be decided once only, and what must not be guessed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ivr.core.effects import JoinMeeting, PlaceCall, TransferCall
from ivr.core.events import (
    CallEnded,
    CallProgressed,
    EffectFailed,
    LegPlaced,
    OperationFinished,
    TimerFired,
)
from ivr.simulator.trials.checkers.effects import looked
from ivr.simulator.trials.checkers.record import PLACING, Record
from ivr.simulator.trials.checkers.registry import Breach, invariant
from ivr.simulator.trials.entries import CarriedOut, Committed, Learned, LineEnded

DECISIONS = {"answer_call", "reject_call", "redirect_call"}
NOT_DONE = {"not_sent", "refused", "gone"}
EVIDENCE = (CallProgressed, CallEnded, LegPlaced, OperationFinished)


@invariant("I04", "An incoming call is answered, rejected or redirected, and only one of them.")
def one_decision(record: Record) -> Iterator[Breach]:
    """A second decision may be sent only when the first is proved not done: never sent, refused by
    Graph, or looked for in vain. By the truth, one of them is carried out at most. And a call whose
    arrival has been taken in gets a decision, where no fault came between.
    """
    for call, requests in record.sent_of_call.items():
        decisions = [each for each in requests if each.kind in DECISIONS]
        for before, after in pairwise(decisions):
            other = before.effect.id != after.effect.id
            proved = record.outcome(before) in NOT_DONE or looked(record, before, after)
            if other and not proved:
                words = f"{after.kind} was sent after {before.kind}, which may have been done"
                yield Breach(after.at, call, words)
    yield from _decided_twice(record)
    if record.calm:
        yield from _undecided(record)


def _decided_twice(record: Record) -> Iterator[Breach]:
    decided: dict[str, str] = {}
    for entry in record.history.of(CarriedOut):
        if entry.kind in DECISIONS:
            if entry.call in decided:
                words = f"{entry.kind} was done after {decided[entry.call]}"
                yield Breach(entry.at, entry.call, words)
            decided[entry.call] = entry.kind


def _undecided(record: Record) -> Iterator[Breach]:
    decided = {each.call for each in record.history.of(CarriedOut) if each.kind in DECISIONS}
    for entry in record.history.of(LineEnded):
        if entry.reason == "not_answered" and entry.call not in decided:
            yield Breach(entry.at, entry.call, "nobody has decided anything of the call")


@invariant("I07", "No second call is placed for one request to place one, whatever times out.")
def one_leg(record: Record) -> Iterator[Breach]:
    """By the truth: Graph places one leg for one effect. And a new attempt is wanted only when the
    step before it holds no leg of an attempt that may still ring.
    """
    placed: set[str] = set()
    for done in record.history.of(CarriedOut):
        if done.kind in PLACING:
            if done.effect in placed:
                yield Breach(done.at, done.call, f"{done.effect} was placed twice")
            placed.add(done.effect)
    for call, commits in record.commits.items():
        for before, entry in pairwise(commits):
            attempts = [e for e in entry.effects if isinstance(e, PlaceCall | JoinMeeting)]
            if attempts and entry.snapshot.phase == "placing" and _may_ring(before):
                yield Breach(entry.at, call, "a new attempt was made while one may ring")


def _may_ring(entry: Committed) -> bool:
    snapshot = entry.snapshot
    return any(
        leg.state in ("placing", "up")
        for name, leg in snapshot.legs.items()
        if name != snapshot.leg
    )


@invariant(
    "I10",
    "After an unknown outcome the engine asks or waits: it never takes a transfer or a placed call "
    "for done.",
)
def no_guessing(record: Record) -> Iterator[Breach]:
    """Where a node has learned that it does not know: a flow may go on as if the transfer was
    answered, or the leg was up, only when Graph has told something since it was wanted, or was
    asked. And the same thing is not wanted again before that; unless the flow has waited for it in
    vain, until its deadline, and comes to it anew.
    """
    for learned in record.history.of(Learned):
        effect = record.effects.get(learned.effect)
        if learned.outcome != "unknown" or not isinstance(
            effect, TransferCall | PlaceCall | JoinMeeting
        ):
            continue
        wanted = record.wanted[effect.id]
        later = [each for each in record.commits[learned.call] if each.version > wanted.version]
        yield from _guesses(wanted, later, type(effect))


def _guesses(wanted: Committed, later: list[Committed], kind: type) -> Iterator[Breach]:
    for entry in later:
        if isinstance(entry.event, EVIDENCE):
            return
        if isinstance(entry.event, EffectFailed) and entry.event.failure != "unknown":
            return
        if _believes(wanted, entry):
            words = "it was taken for done, and nobody had said so"
            yield Breach(entry.at, entry.call, words)
        if isinstance(entry.event, TimerFired) and _leaves(wanted, entry):
            return
        if any(isinstance(effect, kind) for effect in entry.effects):
            yield Breach(entry.at, entry.call, "it was wanted again before anybody knew")


def _state(wanted: Committed) -> str:
    return wanted.snapshot.visits[-1].state if wanted.snapshot.visits else ""


def _leaves(wanted: Committed, entry: Committed) -> bool:
    return any(each.state == _state(wanted) for each in entry.trace)


def _believes(wanted: Committed, entry: Committed) -> bool:
    state = _state(wanted)
    transferred = any(each.state == state and each.outcome == "answered" for each in entry.trace)
    placed = wanted.snapshot.phase == "placing" and entry.snapshot.phase == "connected"
    return transferred or placed
