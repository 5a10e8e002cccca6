"""How a question is asked: attempts, timers, type-ahead, interruption.

Theory of operation. A question plays its prompts and listens. Keys are gathered until the
state type's `match` says that they are an answer, may become one, or cannot. Two timers
never both run: `first_digit` from the end of the prompts to the first key, `between_digits`
from each key to the next. An attempt fails for one of two reasons, `no_input` (no key at
all) or `no_match` (keys that are no answer); each failure uses up one attempt, and the one
after the last leaves the state by its reason.

The same engine asks a read-back (`confirm`), whose silence and wrong keys repeat it twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ivr.core.events import AnyEvent, PromptFinished, TimerFired, TonePressed
from ivr.core.turn import Turn

Fit = Literal["answer", "perhaps", "more", "wrong"]
"""answer: at once; perhaps: an answer unless more keys come; more: not yet; wrong: never."""

FREE_REFUSALS = 2
READ_BACK_REPEATS = 2


@dataclass(frozen=True, slots=True)
class Rules:
    """A question as its state has it; times in milliseconds.

    `fit` judges the keys entered so far. `accept` turns an answer into an outcome, or None
    when its check fails. `starts` tells whether a key can begin an answer. `end_key` is
    swallowed for a second after an answer that did not need it. `save_as` is the variable of
    the answer; where that is secret, no key counts that was pressed before the question.
    """

    prompts: list[str]
    attempts: int
    first_digit: int
    between_digits: int
    interrupt: str
    type_ahead: bool
    fit: Callable[[str], Fit]
    accept: Callable[[Turn, str], str | None]
    starts: Callable[[str], bool]
    retry: Mapping[str, list[str]] = field(default_factory=dict)
    save_as: str | None = None
    end_key: str = ""
    confirm: Confirm | None = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """Reading an answer back: the prompt, and the keys for yes and no."""

    prompts: list[str]
    yes: str
    no: str


def ask(turn: Turn, rules: Rules) -> str | None:
    """Begin the question; keys that were pressed before may answer it at once."""
    declared = turn.program.declarations.get(rules.save_as or "")
    if not rules.type_ahead or (declared is not None and declared.secret):
        turn.snapshot.keys = ""
    return _say(turn, rules, _words(turn, rules))


def handle(turn: Turn, rules: Rules, event: AnyEvent) -> str | None:
    """Take a key, the end of the prompts or a timer."""
    if isinstance(event, TonePressed):
        return _key(turn, rules, event.key)
    if isinstance(event, PromptFinished):
        return _listen(turn, rules)
    if isinstance(event, TimerFired):
        return _silence(turn, rules)
    return None


def _words(turn: Turn, rules: Rules) -> list[str]:
    question = turn.question
    retries = rules.retry.get(question.failed, [])
    retry = [retries[min(question.attempt - 1, len(retries)) - 1]] if retries else []
    return [*retry, rules.prompts[min(question.attempt, len(rules.prompts)) - 1]]


def _listen(turn: Turn, rules: Rules) -> str | None:
    """The prompts are over, heard or not: from now on the caller has `first_digit`."""
    turn.question.listening = True
    if rules.interrupt != "yes" and turn.snapshot.keys:
        return _read_ahead(turn, rules)
    turn.wake("first_digit", rules.first_digit)
    return None


def _key(turn: Turn, rules: Rules, key: str) -> str | None:
    if turn.snapshot.media and not _interrupts(turn, rules, key):
        if rules.interrupt == "no" and rules.type_ahead:
            turn.keep_key(key)
        return None
    turn.stop_media()
    return _enter_key(turn, rules, key)


def _interrupts(turn: Turn, rules: Rules, key: str) -> bool:
    if rules.interrupt == "choices":
        confirm = rules.confirm
        if turn.question.confirming and confirm is not None:
            return key in {confirm.yes, confirm.no}
        return rules.starts(key)
    return rules.interrupt == "yes"


def _read_ahead(turn: Turn, rules: Rules) -> str | None:
    """Enter the keys that wait, one by one, until there is an answer or none are left."""
    turn.visit.remark = "typed ahead"
    while turn.snapshot.keys:
        key, turn.snapshot.keys = turn.snapshot.keys[0], turn.snapshot.keys[1:]
        was = (turn.question.attempt, turn.question.confirming)
        outcome = _enter_key(turn, rules, key)
        if outcome is not None or was != (turn.question.attempt, turn.question.confirming):
            return outcome
    return None


def _enter_key(turn: Turn, rules: Rules, key: str) -> str | None:
    question = turn.question
    question.listening = True
    turn.no_wake("first_digit")
    if question.confirming:
        return _confirmed(turn, rules, key)
    question.keys += key
    fit = rules.fit(question.keys)
    if fit == "answer":
        return _answer(turn, rules)
    if fit == "wrong":
        return _failed(turn, rules, "no_match")
    turn.wake("between_digits", rules.between_digits)
    return None


def _silence(turn: Turn, rules: Rules) -> str | None:
    question = turn.question
    if question.confirming:
        return _repeat_read_back(turn, rules)
    if not question.keys:
        return _failed(turn, rules, "no_input")
    if rules.fit(question.keys) == "perhaps":
        return _answer(turn, rules)
    return _failed(turn, rules, "no_match")


def _answer(turn: Turn, rules: Rules) -> str | None:
    question = turn.question
    turn.no_wake("between_digits")
    if rules.end_key and not question.keys.endswith(rules.end_key):
        _swallow(turn, rules.end_key)
    outcome = rules.accept(turn, question.keys.removesuffix(rules.end_key or "\0"))
    if outcome is None:
        return _failed(turn, rules, "no_match")
    if rules.confirm is None:
        return outcome
    question.confirming, question.repeated, question.listening = True, 0, False
    return _read_back(turn, rules)


def _swallow(turn: Turn, end_key: str) -> None:
    """The end key of an answer that is complete without it, typed ahead or yet to come."""
    if turn.snapshot.keys:
        turn.snapshot.keys = turn.snapshot.keys.removeprefix(end_key)
    else:
        turn.swallow(end_key)


def _say(turn: Turn, rules: Rules, prompts: list[str]) -> str | None:
    """Play prompts, unless keys that wait make them needless."""
    if turn.snapshot.keys:
        return _read_ahead(turn, rules)
    turn.play(prompts)
    return None


def _failed(turn: Turn, rules: Rules, reason: str) -> str | None:
    """One attempt is used up; the one after the last leaves by its reason."""
    question = turn.question
    if reason == "no_match":
        turn.snapshot.keys = ""
    if question.attempt >= rules.attempts:
        return reason
    question.attempt += 1
    question.failed = reason
    return _ask_again(turn, rules)


def _ask_again(turn: Turn, rules: Rules) -> str | None:
    question = turn.question
    question.keys, question.listening, question.confirming = "", False, False
    turn.visit.deadlines.clear()
    return _say(turn, rules, _words(turn, rules))


def _read_back(turn: Turn, rules: Rules) -> str | None:
    assert rules.confirm is not None
    turn.visit.deadlines.clear()
    return _say(turn, rules, rules.confirm.prompts)


def _confirmed(turn: Turn, rules: Rules, key: str) -> str | None:
    assert rules.confirm is not None
    if key == rules.confirm.yes:
        return rules.accept(turn, turn.question.keys.removesuffix(rules.end_key or "\0"))
    if key == rules.confirm.no:
        return _refused(turn, rules)
    turn.snapshot.keys = ""
    return _repeat_read_back(turn, rules)


def _repeat_read_back(turn: Turn, rules: Rules) -> str | None:
    if turn.question.repeated >= READ_BACK_REPEATS:
        return _refused(turn, rules)
    turn.question.repeated += 1
    return _read_back(turn, rules)


def _refused(turn: Turn, rules: Rules) -> str | None:
    """The first two refusals are free; a later one uses up an attempt."""
    question = turn.question
    question.refused += 1
    question.failed = ""
    if question.refused > FREE_REFUSALS:
        if question.attempt >= rules.attempts:
            return "give_up"
        question.attempt += 1
    return _ask_again(turn, rules)
