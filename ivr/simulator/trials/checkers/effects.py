"""I01 to I03, I05, I06, I08, I09: what is sent to Graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from ivr.core.effects import AnswerCall, CheckCall, Effect, HangUp, PlayPrompts, RecordCaller
from ivr.core.snapshot import Snapshot
from ivr.core.values import kind_of
from ivr.runtime.lanes import is_down, leg_of
from ivr.simulator.graph import bodies
from ivr.simulator.graph.errors import GraphError
from ivr.simulator.graph.objects import Wire
from ivr.simulator.trials.checkers.record import Record
from ivr.simulator.trials.checkers.registry import Breach, invariant
from ivr.simulator.trials.entries import Asked, CarriedOut, Committed, Leased, Sent, Word
from ivr.simulator.trials.loop import SECOND, Micros

PROVED = {"not_sent"}
MEDIA = {"play_prompts", "record_caller", "send_tones", "hold_participant"}
MOST_CONTEXT = 256
READING: Micros = 50_000
"""A word says that another node has moved a call, and not how: the step has to be read."""

BODIES: dict[str, type[Wire]] = {
    "answer_call": bodies.Answer,
    "reject_call": bodies.Reject,
    "redirect_call": bodies.Redirect,
    "listen_for_tones": bodies.Plain,
    "play_prompts": bodies.PlayPrompt,
    "stop_media": bodies.Plain,
    "record_caller": bodies.RecordResponse,
    "transfer_call": bodies.Transfer,
    "place_call": bodies.NewCall,
    "join_meeting": bodies.NewCall,
    "invite_participants": bodies.Invite,
    "mute_participant": bodies.Plain,
    "unmute_self": bodies.Plain,
    "hold_participant": bodies.HoldMusic,
    "resume_participant": bodies.Plain,
    "send_tones": bodies.SendTones,
    "set_recording_status": bodies.RecordingStatus,
    "keep_alive": bodies.NoMembers,
}


@invariant(
    "I01",
    "A command that cannot be undone reaches the wire at most once for one intent, unless the "
    "first is proved not sent.",
)
def once(record: Record) -> Iterator[Breach]:
    """Every request after the first of an effect is looked at, with what the node had learned of
    those before. An answer may be repeated when a look at the call lies between the two. Judged
    by the truth as well: no such effect is carried out twice.
    """
    for effect_id, requests in record.sent.items():
        effect = requests[0].effect
        if effect.repeatable and not isinstance(effect, AnswerCall):
            continue
        for before, again in pairwise(requests):
            seen = isinstance(effect, AnswerCall) and looked(record, before, again)
            if record.outcome(before) in PROVED or seen:
                continue
            words = f"{requests[0].kind} {effect_id} was sent again, though the first may be done"
            yield Breach(again.at, again.call, words)
    yield from _carried_out_twice(record)


def looked(record: Record, before: Sent, again: Sent) -> bool:
    """Whether the call was looked at between two requests, by anybody, with an answer."""
    looks = (each for each in record.sent_of_call[again.call] if each.kind == "check_call")
    return any(
        record.outcome(look) == "ok"
        and before.at < look.at
        and record.answered_at(look) <= again.at
        for look in looks
    )


def _carried_out_twice(record: Record) -> Iterator[Breach]:
    done: set[str] = set()
    for entry in record.history.of(CarriedOut):
        effect = record.effects.get(entry.effect)
        if effect is None or effect.repeatable:
            continue
        if entry.effect in done:
            yield Breach(entry.at, entry.call, f"{entry.kind} {entry.effect} was done twice")
        done.add(entry.effect)


@invariant("I02", "No command is sent before its intent is durable.")
def durable_first(record: Record) -> Iterator[Breach]:
    """The step that wanted the effect must stand in the store before the request leaves. To ask
    how a call is, is no command.
    """
    asked = [(each.at, each.call, each.effect) for each in record.history.of(Asked)]
    sent = [
        (each.at, each.call, each.effect.id)
        for each in record.history.of(Sent)
        if not isinstance(each.effect, CheckCall)
    ]
    for at, call, effect in sent + asked:
        wanted = record.wanted.get(effect)
        if wanted is None or wanted.at > at:
            yield Breach(at, call, f"{effect} was sent, and no step has wanted it")


@invariant("I03", "No command for a call is sent without a current lease.")
def leased(record: Record) -> Iterator[Breach]:
    """The truth of the store at the moment of sending: the node's lease has not run out, and
    nobody else has taken its name. A command leaves when the node's code hands it to the adapter.
    """
    current: dict[str, Leased] = {}
    holder: dict[str, str] = {}
    for entry in record.history:
        if isinstance(entry, Leased):
            current[entry.node] = entry
            if entry.until:
                holder[entry.name] = entry.node
        elif isinstance(entry, Sent) and not isinstance(entry.effect, CheckCall):
            lease = current.get(entry.node)
            if lease is None or lease.until <= entry.at or holder[lease.name] != entry.node:
                words = f"{entry.node} has sent {entry.kind} without a lease"
                yield Breach(entry.at, entry.call, words)


@invariant("I05", "No command is sent for a call that is known to be over.")
def not_after_the_end(record: Record) -> Iterator[Breach]:
    """Known to the node that sends: it has written the step itself, or was told that another wrote
    it and had the time to read it. What the last step itself wants is allowed: to hang up a line
    that may be there yet, and to look whether it is. What is for recordings and business systems
    goes on.
    """
    words: dict[tuple[str, str], list[Word]] = defaultdict(list)
    for word in record.history.of(Word):
        words[word.node, word.call].append(word)
    for call, requests in record.sent_of_call.items():
        commits = record.commits.get(call, [])
        for request in requests:
            if isinstance(request.effect, HangUp | CheckCall):
                continue
            end = _end_of_line(commits, request)
            known = words[request.node, call]
            if end is not None and any(_tells(word, end, request) for word in known):
                what = f"{request.kind} was sent after the line was known to be down"
                yield Breach(request.at, call, what)


def _tells(word: Word, end: Committed, request: Sent) -> bool:
    reading = 0 if end.node == request.node else READING
    return word.version >= end.version and word.at + reading < request.at


def _end_of_line(commits: list[Committed], request: Sent) -> Committed | None:
    leg = leg_of(request.effect)
    for entry in commits:
        if entry.at > request.at:
            return None
        if is_down(entry.snapshot, leg):
            return entry
    return None


@invariant(
    "I06",
    "One media command of a call is in flight at most, with 20 prompts at most, 1 of them before "
    "a recording.",
)
def one_media_command(record: Record) -> Iterator[Breach]:
    """In flight from its sending until Graph has carried it out or refused it, by the truth, or
    until its node has given up waiting: that an answer is late, or a request lost, does no harm.
    When the lease of a node has run out, others go on without it. And no step wants a new prompt
    while one plays, unless it stops that one first, or the step is what came of its end.
    """
    for call, requests in record.sent_of_call.items():
        media = [each for each in requests if each.kind in MEDIA and not each.effect.leg]
        for before, after in pairwise(media):
            if after.at < _there(record, before):
                words = f"{after.kind} was sent while {before.kind} was on its way"
                yield Breach(after.at, call, words)
    for call, commits in record.commits.items():
        yield from _one_at_a_time(call, commits)
    for request in record.history.of(Sent):
        if isinstance(request.effect, PlayPrompts) and len(request.effect.audio) > 20:
            yield Breach(request.at, request.call, "more than 20 prompts were sent at once")


def _there(record: Record, request: Sent) -> int:
    """When a request is no longer on its way."""
    truth = record.truth.get(request.number)
    if truth is None:
        return request.at
    given_up = min(record.answered_at(request), record.lease_over_at(request))
    return min(truth.at, given_up, request.at + 10 * SECOND)


def _one_at_a_time(call: str, commits: list[Committed]) -> Iterator[Breach]:
    media = ""
    for entry in commits:
        for effect in entry.effects:
            if kind_of(effect) == "stop_media":
                media = ""
            elif isinstance(effect, PlayPrompts | RecordCaller) and not effect.leg:
                if media and not _about(entry, media):
                    words = f"{kind_of(effect)} was wanted while {media} was not over"
                    yield Breach(entry.at, call, words)
                media = effect.id
        media = entry.snapshot.media


def _about(entry: Committed, media: str) -> bool:
    """Whether the step came of the end of what played, or left it to its fate."""
    effect = getattr(entry.event, "effect", None)
    return effect in (media, "") or _moved_phase(entry.snapshot)


def _moved_phase(snapshot: Snapshot) -> bool:
    return snapshot.phase in {"ended", "ending"}


@invariant(
    "I08",
    "Every client context is ASCII of at most 256 characters, unlike any other, and tells nothing "
    "of a caller.",
)
def contexts(record: Record) -> Iterator[Breach]:
    """The context is the effect's id. No two steps want the same one, and none holds a caller's
    number or name.
    """
    seen: set[str] = set()
    callers = {each.call: each.caller for each in record.plan.calls}
    for entry in record.history.of(Committed):
        caller = callers.get(entry.call)
        private = [caller.id.lstrip("+"), caller.name] if caller else []
        for effect in entry.effects:
            if fault := _context_fault(effect, seen, private):
                yield Breach(entry.at, entry.call, f"the context {effect.id!r} {fault}")
            seen.add(effect.id)


def _context_fault(effect: Effect, seen: set[str], private: list[str]) -> str:
    if effect.id in seen:
        return "was used before"
    if len(effect.id) > MOST_CONTEXT or not effect.id.isascii():
        return "is too long, or not ASCII"
    if any(word and word in effect.id for word in private):
        return "holds what a caller is"
    return ""


@invariant("I09", "Outgoing JSON is as Graph's pages have it.")
def golden_json(record: Record) -> Iterator[Breach]:
    """Every body is read by the strict classes of the simulated Graph: no unknown member, no wrong
    case, no value out of range; and its context is the effect's id.
    """
    for request in record.history.of(Sent):
        kind = BODIES.get(request.kind)
        if kind is None:
            continue
        _, _, body = request.wire.partition(b"\n")
        try:
            read = bodies.parse(body, kind)
        except GraphError as error:
            yield Breach(request.at, request.call, f"{request.kind}: {error}")
            continue
        context = getattr(read, "client_context", None)
        if context not in (None, request.effect.id):
            yield Breach(request.at, request.call, f"{request.kind} has another one's context")
