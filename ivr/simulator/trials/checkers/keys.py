"""I38 to I40: the keys that callers press."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

from ivr.core import limits
from ivr.core.effects import PlayPrompts
from ivr.core.events import TonePressed
from ivr.core.program import State
from ivr.core.question import Rules
from ivr.simulator.trials.checkers.record import Record
from ivr.simulator.trials.checkers.registry import Breach, invariant
from ivr.simulator.trials.entries import Asked, Committed, Pressed
from ivr.simulator.trials.flows import bundle


@invariant(
    "I38",
    "The flow gets the digits that were pressed, in order and none twice, but for those that were "
    "lost on the way.",
)
def digits(record: Record) -> Iterator[Breach]:
    """Two ways. The tones that a call has taken in are those that were pressed, by their numbers;
    where no fault has happened none of them is left out. And a number that reached the business
    system is a part of what was pressed, in its order.
    """
    pressed: dict[str, dict[int, str]] = {}
    everything: dict[str, str] = {}
    for each in record.history.of(Pressed):
        pressed.setdefault(each.call, {})[each.sequence] = each.key
        everything[each.call] = everything.get(each.call, "") + each.key
    for call, commits in record.commits.items():
        yield from _taken_in(record, call, commits, pressed.get(call, {}))
    for asked in record.history.of(Asked):
        number = _number(asked)
        if number and not _is_part(number, everything.get(asked.call, "")):
            yield Breach(asked.at, asked.call, "a number was sent on that was never pressed so")


def _taken_in(
    record: Record, call: str, commits: list[Committed], pressed: dict[int, str]
) -> Iterator[Breach]:
    next_tone = 1
    for entry in commits:
        event = entry.event
        tone = event if isinstance(event, TonePressed) and entry.verdict == "ok" else None
        if tone and tone.sequence and pressed.get(tone.sequence) != tone.key:
            yield Breach(entry.at, call, f"tone {tone.sequence} is not what was pressed")
        skipped = entry.snapshot.next_tone > next_tone + 1 and not tone
        if skipped and record.calm:
            yield Breach(entry.at, call, f"tone {next_tone} was left out, and nothing was lost")
        next_tone = entry.snapshot.next_tone


def _number(asked: Asked) -> str:
    """The account number that a flow of the trials posts."""
    if not asked.url.endswith("/account"):
        return ""
    return str(json.loads(asked.body).get("account") or "")


def _is_part(number: str, pressed: str) -> bool:
    """Whether the digits stand in what was pressed in this order, others perhaps between."""
    keys = iter(pressed)
    return all(digit in keys for digit in number)


@invariant("I39", "Keys typed ahead are bounded, and forgotten before a secret and a recording.")
def type_ahead(record: Record) -> Iterator[Breach]:
    """The buffer of every step holds 32 keys at most. A step that comes to a state which asks for a
    secret, records, transfers or wants no type-ahead leaves it empty, unless that very step has
    also left the state again.
    """
    for call, commits in record.commits.items():
        place = ""
        for entry in commits:
            snapshot = entry.snapshot
            if len(snapshot.keys) > limits.MAX_TYPE_AHEAD:
                yield Breach(entry.at, call, "too many keys were kept")
            if not snapshot.visits or snapshot.done:
                continue
            visit = snapshot.visits[-1]
            here = f"{visit.flow}/{visit.state}/{snapshot.moves}"
            if here != place and visit.entered and snapshot.keys and _empties(entry):
                yield Breach(entry.at, call, f"{visit.state} began with keys from before")
            place = here if visit.entered else place


def _empties(entry: Committed) -> bool:
    state = _state(entry)
    if state is None:
        return False
    if state.type.name in {"record", "transfer"}:
        return True
    rules = state.plan
    if not isinstance(rules, Rules):
        return False
    program = bundle().programs[entry.snapshot.visits[-1].flow]
    declared = program.declarations.get(rules.save_as or "")
    return not rules.type_ahead or (declared is not None and declared.secret)


def _state(entry: Committed) -> State | None:
    visit = entry.snapshot.visits[-1]
    program = bundle().programs.get(visit.flow)
    return program.states.get(visit.state) if program else None


@invariant("I40", "After the first key of an answer no further prompt of its question begins.")
def barge_in(record: Record) -> Iterator[Breach]:
    """In a question that a key interrupts: the step that takes in a key while a prompt plays stops
    it. And no step plays one while a part of an answer is there, unless the question is asked
    again or reads back what was entered.
    """
    for call, commits in record.commits.items():
        for before, entry in pairwise(commits):
            if not _interrupted(before, entry):
                continue
            kinds = [type(effect).__name__ for effect in entry.effects]
            if "StopMedia" not in kinds:
                yield Breach(entry.at, call, "a key came, and the prompt went on")
            elif _same_question(before, entry) and PlayPrompts.__name__ in kinds:
                yield Breach(entry.at, call, "a key came, and the next prompt began")


def _interrupted(before: Committed, entry: Committed) -> bool:
    """Whether the step took in the first key that a playing question was waiting for."""
    if not isinstance(entry.event, TonePressed) or entry.verdict != "ok":
        return False
    old = before.snapshot
    if not old.media or not old.visits or old.phase != "connected" or old.swallow:
        return False
    taken = entry.snapshot.next_tone > old.next_tone or not entry.event.sequence
    state = _state(before)
    rules = state.plan if state else None
    return (
        taken and isinstance(rules, Rules) and rules.interrupt == "yes" and old.visits[-1].entered
    )


def _same_question(before: Committed, entry: Committed) -> bool:
    if not entry.snapshot.visits:
        return False
    old, new = before.snapshot.visits[-1], entry.snapshot.visits[-1]
    one, other = old.question, new.question
    if before.snapshot.moves != entry.snapshot.moves or one is None or other is None:
        return False
    return (one.attempt, one.confirming, one.refused, one.repeated) == (
        other.attempt, other.confirming, other.refused, other.repeated,
    )  # fmt: skip
