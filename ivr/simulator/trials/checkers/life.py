"""I20, I21, I26 to I29, I31, I32: every call lives and ends, whatever happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ivr.core import limits
from ivr.core.effects import PlaceCall, TransferCall
from ivr.core.events import CallEnded, CallProgressed
from ivr.simulator.trials.checkers.record import FOREVER, Record
from ivr.simulator.trials.checkers.registry import Breach, invariant
from ivr.simulator.trials.entries import (
    CallRang,
    CarriedOut,
    Claimed,
    Committed,
    Delivered,
    Leased,
    LineEnded,
    NodeChanged,
    Phase,
)
from ivr.simulator.trials.findings import Kept
from ivr.simulator.trials.flows import bundle
from ivr.simulator.trials.loop import SECOND

PATIENCE = 60 * SECOND
TO_HANG_UP = 20 * SECOND
ON_ITS_WAY = SECOND // 50
ESTABLISHING = limits.ESTABLISH_WITHIN * 1_000
FAILED = {"no_answer", "busy", "declined", "failed"}
MOST_VISITS = limits.MAX_VISITS_OF_A_CALL + limits.OVERRUN_VISITS
DECIDED = {"answer_call": "answered", "reject_call": "rejected", "redirect_call": "redirected"}


@invariant("I20", "Every call that was seen comes to exactly one end.")
def one_end(record: Record) -> Iterator[Breach]:
    """At the end of a run, whose faults were over long before, each call that ever was in the store
    is closed, by its last step and no other, and has a result.
    """
    for kept in record.history.of(Kept):
        ends = sum(entry.snapshot.closed for entry in record.commits[kept.call])
        if ends != 1 or not kept.closed:
            yield Breach(kept.at, kept.call, f"the call has {ends} ends")
        elif not kept.result:
            yield Breach(kept.at, kept.call, "the call has ended without a result")


@invariant(
    "I21",
    "When the faults are over, every open call goes on or is closed within 60 s of its nearest "
    "deadline.",
)
def goes_on(record: Record) -> Iterator[Breach]:
    """The next step of a call comes at most 60 s after the deadline that the last one set, or after
    the end of the faults if that is later; and in the end everything is quiet.
    """
    end = record.end
    for call, commits in record.commits.items():
        for entry, after in zip(commits, [*commits[1:], None], strict=False):
            due = entry.snapshot.next_due()
            if entry.snapshot.closed or due is None:
                continue
            latest = max(_moment(record, due), record.faults_off) + PATIENCE
            if (after.at if after else end) > latest:
                yield Breach(latest, call, f"nothing happened after {entry.snapshot.phase}")
    began = record.history.of(CallRang)
    if began and not any(entry.name == "quiet" for entry in record.history.of(Phase)):
        yield Breach(end, "", "the run did not come to rest")


def _moment(record: Record, at: int) -> int:
    """A time of day as a moment of the run."""
    return (at - record.plan.starts_at) * 1_000


@invariant("I26", "A call that has lasted too long is ended by us.")
def not_for_ever(record: Record) -> Iterator[Breach]:
    """By the truth of Graph: its line is down when the longest duration of its flow, the time to
    say goodbye, the time to hang up and one minute have passed, or a minute after the faults. A
    call that we place lasts from the moment at which somebody has picked up. And when a node is
    told of a leg of a call that is over already, we hang it up.
    """
    rang = {entry.call for entry in record.history.of(CallRang) if not entry.outgoing}
    for call, commits in record.commits.items():
        up = [entry for entry in commits if call in rang or entry.snapshot.phase == "connected"]
        program = bundle().programs.get(commits[0].snapshot.visits[0].flow)
        if not up or program is None:
            continue
        most = program.defaults.max_duration + limits.GOODBYE_AFTER_MAX_DURATION
        latest = max(up[0].at + (most + limits.HANG_UP_WITHIN) * 1_000, record.faults_off)
        end = record.line_ends.get(call)
        if (end.at if end else record.end) > latest + PATIENCE:
            yield Breach(latest + PATIENCE, call, "the line is still up")
    yield from _left_behind(record)


def _left_behind(record: Record) -> Iterator[Breach]:
    closed = {
        entry.call: entry.at for entry in record.history.of(Committed) if entry.snapshot.closed
    }
    ends = {
        told.event.leg: told.at
        for told in record.told.values()
        if isinstance(told.event, CallEnded)
    }
    for delivered in record.history.of(Delivered):
        told = record.told.get(delivered.number)
        leg = told.event.leg if told and isinstance(told.event, CallProgressed) else ""
        if not leg or not closed.get(delivered.call, FOREVER) < delivered.at < record.end:
            continue
        latest = delivered.at + TO_HANG_UP
        if ends.get(leg, record.end) > latest and not _hung_up(record, delivered.call, leg):
            yield Breach(latest, delivered.call, "a leg is up, and its call is over")


def _hung_up(record: Record, call: str, leg: str) -> bool:
    """Whether we have tried to, since there is such a leg."""
    requests = record.sent_of_call.get(call, [])
    return any(sent.kind == "hang_up" and sent.effect.leg == leg for sent in requests)


@invariant(
    "I27",
    "Incoming calls are those answered, rejected, redirected and given up; none is counted twice "
    "or lost.",
)
def accounts(record: Record) -> Iterator[Breach]:
    """Graph's count and ours. Each call that rang is of one kind by the truth, and what its row
    says is not what another kind would say.
    """
    decided = {
        entry.call: DECIDED[entry.kind]
        for entry in record.history.of(CarriedOut)
        if entry.kind in DECIDED
    }
    handed_on = {
        entry.call
        for entry in record.history.of(LineEnded)
        if entry.reason in ("transferred", "replaced")
    }
    rows = Counter(kept.call for kept in record.history.of(Kept))
    for rang in record.history.of(CallRang):
        if rows[rang.call] > 1:
            yield Breach(rang.at, rang.call, "the call has two rows")
    for kept in record.history.of(Kept):
        truth = decided.get(kept.call, "given up")
        told = kept.end.partition(" ")[0]
        if told == "transferred" and kept.call not in handed_on:
            yield Breach(kept.at, kept.call, "it is counted as transferred, and was not")
        if told == "redirected" and truth != "redirected":
            yield Breach(kept.at, kept.call, "it is counted as redirected, and was not")
        if kept.result == "rejected" and truth == "answered":
            yield Breach(kept.at, kept.call, "it is counted as rejected, and was answered")


@invariant("I28", "A call that does not come up within 20 s is closed, with a reason.")
def comes_up(record: Record) -> Iterator[Breach]:
    """From the step that wants the answer to the one that leaves that phase: 20 s, and the time
    that anybody needs to notice (5 s), or a minute after the faults.
    """
    for call, commits in record.commits.items():
        since: Committed | None = None
        for entry in commits:
            answering = entry.snapshot.phase == "answering"
            if answering and since is None:
                since = entry
            elif since is not None and not answering:
                yield from _left(record, call, since, entry)
                break


def _left(record: Record, call: str, since: Committed, entry: Committed) -> Iterator[Breach]:
    latest = since.at + ESTABLISHING + 5 * SECOND
    if not record.calm:
        latest = max(latest, record.faults_off) + PATIENCE
    if entry.at > latest:
        yield Breach(entry.at, call, "it took too long to find that the call does not come up")
    if entry.snapshot.phase == "ended" and not entry.snapshot.end:
        yield Breach(entry.at, call, "the call was closed without a reason")


@invariant("I29", "A failed transfer leads on by its failure exit, exactly once.")
def failed_transfers(record: Record) -> Iterator[Breach]:
    """Between one transfer that a call wants, or the leg that it is to replace, and the next one:
    the state that wanted it is left by a failure at most once; and the step that takes in the word
    of a failure leaves it, if the call waits for it.
    """
    for call, commits in record.commits.items():
        state, left, waiting = "", 0, False
        for entry in commits:
            exits = [each for each in entry.trace if each.state == state and each.outcome in FAILED]
            left += len(exits)
            if left > 1:
                yield Breach(entry.at, call, f"{state} was left by its failure {left} times")
            failed = isinstance(entry.event, CallProgressed) and entry.event.failure
            if failed and entry.verdict == "ok" and waiting and not exits:
                yield Breach(entry.at, call, f"{state} was told of a failure, and went on waiting")
            if any(isinstance(effect, TransferCall | PlaceCall) for effect in entry.effects):
                state, left = entry.snapshot.visits[-1].state, 0
            waiting = entry.snapshot.phase == "transferring" and _is_in(entry, state)


def _is_in(entry: Committed, state: str) -> bool:
    return bool(entry.snapshot.visits) and entry.snapshot.visits[-1].state == state


@invariant("I31", "No call visits more states than its budget allows.")
def budget(record: Record) -> Iterator[Breach]:
    """All moves of a call together: 200, and 20 to say goodbye, which is fewer than the 1,000 of
    the reliability study. So a loop comes to its end at once, however fast it turns.
    """
    for call, commits in record.commits.items():
        moves = sum(len(entry.trace) for entry in commits)
        if moves > MOST_VISITS:
            yield Breach(commits[-1].at, call, f"the call made {moves} moves")


@invariant("I32", "A node that is being stopped takes nothing on, and holds no lease when it ends.")
def drains(record: Record) -> Iterator[Breach]:
    """After the word to stop: the node takes over nothing that another has left, and claims only
    what it has wanted itself, which it finishes; it takes in no new call, apart from what was on
    its way to the store at that moment. Its lease was given up before its end, or the store was
    away when it should have been.
    """
    draining: dict[str, int] = {}
    leases: dict[str, int] = {}
    for entry in record.history:
        if isinstance(entry, NodeChanged):
            if entry.state == "draining":
                draining[entry.node] = entry.at
            elif entry.state == "stopped" and leases.get(entry.node, 0) > entry.at:
                yield Breach(entry.at, "", f"{entry.node} has ended with its lease")
        elif isinstance(entry, Leased):
            leases[entry.node] = entry.until
        elif isinstance(entry, Claimed | Committed):
            since = draining.get(entry.node, entry.at)
            if entry.at > since + ON_ITS_WAY and _takes_on(record, entry):
                yield Breach(entry.at, entry.call, f"{entry.node} took work on while it stopped")


def _takes_on(record: Record, entry: Claimed | Committed) -> bool:
    if isinstance(entry, Committed):
        return entry.version == 1
    wanted = record.wanted.get(entry.effect)
    return entry.taken_over or wanted is None or wanted.node != entry.node
