"""I12, I17 to I19: the webhook itself.

The deliveries of a run go to the handler; what is special about posts is tried by a small trial of
the real webhook, whose history has `Posted` and `Answered` in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.events import Unrecognised
from ivr.simulator.trials.checkers.record import Record
from ivr.simulator.trials.checkers.registry import Breach, invariant
from ivr.simulator.trials.entries import Committed, Replied
from ivr.simulator.trials.findings import Answered, Posted

REFUSED = range(400, 500)
STORE_DOWN = 503


def _posts(record: Record) -> Iterator[tuple[Posted, Answered]]:
    answers = {entry.number: entry for entry in record.history.of(Answered)}
    for posted in record.history.of(Posted):
        if posted.number in answers:
            yield posted, answers[posted.number]


def _came_of(record: Record, number: int) -> list[Committed]:
    return [entry for entry in record.history.of(Committed) if entry.delivery == number]


@invariant("I12", "Input of nobody whom we know changes nothing.")
def strangers(record: Record) -> Iterator[Breach]:
    """A post without a valid token is refused, and no step comes of it."""
    for posted, answer in _posts(record):
        if posted.authentic:
            continue
        if answer.status not in REFUSED:
            yield Breach(answer.at, posted.call, f"a stranger's post was answered {answer.status}")
        if _came_of(record, posted.number):
            yield Breach(answer.at, posted.call, "a stranger's post changed a call")


@invariant("I17", "What is of an unknown kind is taken in, and stops nothing beside it.")
def unknown_kinds(record: Record) -> Iterator[Breach]:
    """An unknown notification is acknowledged, and of a post that holds one among others every
    other one is applied.
    """
    for entry in record.history.of(Replied):
        told = record.told.get(entry.number)
        if told is not None and isinstance(told.event, Unrecognised) and _refused(entry.reply):
            yield Breach(entry.at, entry.call, f"an unknown kind was answered {entry.reply!r}")
    for posted, answer in _posts(record):
        if not posted.authentic or posted.form != "unknown":
            continue
        if not 200 <= answer.status < 300 and answer.status != STORE_DOWN:
            yield Breach(answer.at, posted.call, f"an unknown kind was answered {answer.status}")
        elif answer.status < 300 and len(_came_of(record, posted.number)) < posted.known:
            yield Breach(answer.at, posted.call, "what came with an unknown kind was not applied")


def _refused(reply: str) -> bool:
    return reply == "refused" or reply.startswith("fault")


@invariant("I18", "A call in the old form is answered 204, and is no call yet.")
def old_form(record: Record) -> Iterator[Breach]:
    """Of a post in the old Skype form nothing comes but its answer."""
    for posted, answer in _posts(record):
        if not posted.authentic or posted.form != "legacy":
            continue
        if answer.status != 204:
            yield Breach(answer.at, posted.call, f"the old form was answered {answer.status}")
        if _came_of(record, posted.number):
            yield Breach(answer.at, posted.call, "the old form began a call")


@invariant("I19", "Whatever comes in, the handler never raises.")
def never_raises(record: Record) -> Iterator[Breach]:
    """No delivery ends in an exception but that of a store that is away, and no post in a 5xx but
    503.
    """
    for entry in record.history.of(Replied):
        if entry.reply.startswith("fault"):
            yield Breach(entry.at, entry.call, f"the handler raised: {entry.reply}")
    for posted, answer in _posts(record):
        if answer.status >= 500 and answer.status != STORE_DOWN:
            yield Breach(answer.at, posted.call, f"a post was answered {answer.status}")
