"""A caller who follows a list: one item for each question, and silence after the last."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable

from ivr.errors import UsageError
from ivr.simulator.session import Session

GAP = 200
"""Milliseconds between two keys of one item."""

SPEECH = 3_000
ITEM = re.compile(r"[0-9*#A-D]{1,40}|wait|say|hangup")


def read_keys(text: str) -> list[str]:
    """`1,wait,2` as items. Raises `UsageError` for an item that is none."""
    items = [item.strip() for item in text.split(",")] if text.strip() else []
    for item in items:
        if not ITEM.fullmatch(item):
            raise UsageError(f"--keys: {item!r} is not keys (0-9 * #), `wait`, `say` or `hangup`.")
    return items


def play(session: Session, items: Iterable[str], watch: Callable[[], None] = lambda: None) -> None:
    """Let the call run to its end, the caller doing one item at each question."""
    waiting = deque(items)
    while not session.over:
        asked = next_question(session, watch)
        if not asked:
            break
        act(session, waiting.popleft() if waiting else "wait")
        watch()
        leave_question(session, asked, watch)


def next_question(session: Session, watch: Callable[[], None]) -> tuple[object, ...]:
    """Run until the caller is asked for something; what tells that question from the next."""

    def asked() -> bool:
        watch()
        return session.listening or session.recording

    return _question(session) if session.run(asked) and not session.over else ()


def leave_question(session: Session, asked: tuple[object, ...], watch: Callable[[], None]) -> None:
    """Run until that question is over, answered or not."""

    def over() -> bool:
        watch()
        return session.over or _question(session) != asked

    session.run(over)


def act(session: Session, item: str) -> None:
    """Do one item now."""
    if item == "hangup":
        session.hang_up()
    elif item == "say":
        session.speak(SPEECH)
    elif item != "wait":
        for number, key in enumerate(item):
            if number:
                session.wait(GAP)
            session.press(key)


def _question(session: Session) -> tuple[object, ...]:
    """What is asked just now: the same as long as nothing has come of it."""
    visit = session.snapshot.visits[-1]
    question = visit.question
    state = (visit.flow, visit.state, session.snapshot.moves)
    if question is None:
        return (*state, session.recording)
    return (*state, question.attempt, question.confirming, question.repeated, question.refused,
            session.listening)  # fmt: skip
