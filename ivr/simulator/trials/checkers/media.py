"""I30, I41 to I44: what callers hear, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from ivr.core.effects import HoldParticipant, PlayPrompts, RecordCaller
from ivr.core.events import CallProgressed, EffectFailed, RecordingStored, TimerFired
from ivr.core.values import Audio
from ivr.simulator.trials.checkers.record import Record
from ivr.simulator.trials.checkers.registry import Breach, invariant
from ivr.simulator.trials.entries import ClipKept, Committed, LineEnded, Sent, Told
from ivr.simulator.trials.findings import Listened, TokenSent
from ivr.simulator.trials.flows import bundle
from ivr.simulator.trials.loop import SECOND

MOST_SILENCE = 3 * SECOND
OURS = "https://ivr.trials.invalid/media/"
WAITING = {"wait", "record", "transfer", "http"}
"""States in which silence is what the flow says, or the caller's turn."""


@invariant("I30", "A caller is never left in silence for 3 s without a reason.")
def silence(record: Record) -> Iterator[Breach]:
    """Judged where no fault has happened. From the moment at which a caller can hear to the end of
    the line: stretches in which nothing plays. A reason is a question that is open, a recording,
    a transfer, a pause or a request that the flow has come to.
    """
    if not record.calm:
        return
    ends = {entry.call: entry.at for entry in record.history.of(LineEnded)}
    audible = _audible(record)
    for call, since in audible.items():
        heard = [each for each in record.history.of(Listened) if each.call == call]
        until = ends.get(call, since)
        edges = [since, *(edge for each in heard for edge in (each.begins, each.ends)), until]
        for quiet, sound in zip(edges[::2], edges[1::2], strict=True):
            if sound - quiet > MOST_SILENCE and not _explained(record, call, quiet, sound):
                yield Breach(quiet, call, f"silence for {(sound - quiet) / SECOND:.1f} s")


def _audible(record: Record) -> dict[str, int]:
    first: dict[str, int] = {}
    for told in record.history.of(Told):
        if isinstance(told.event, CallProgressed) and told.event.audio and not told.event.leg:
            first.setdefault(told.call, told.at)
    return first


def _explained(record: Record, call: str, since: int, until: int) -> bool:
    """Whether at most 3 s of the silence were spent in a step that gives no reason for it."""
    commits = record.commits[call]
    unexplained = 0
    for entry, after in zip(commits, [*commits[1:], None], strict=False):
        begins, ends = max(entry.at, since), min(after.at if after else until, until)
        if begins < ends and not _has_reason(entry):
            unexplained += ends - begins
    return unexplained <= MOST_SILENCE


def _has_reason(entry: Committed) -> bool:
    snapshot = entry.snapshot
    if snapshot.done or snapshot.phase != "connected" or not snapshot.visits:
        return True
    visit = snapshot.visits[-1]
    program = bundle().programs.get(visit.flow)
    state = program.states[visit.state] if program else None
    asked = visit.question is not None and (visit.question.listening or bool(visit.question.keys))
    return asked or state is None or state.type.name in WAITING


@invariant("I41", "Every prompt is fetched from us, over https.")
def ours(record: Record) -> Iterator[Breach]:
    """Each address in each request is https, on our own host, below the path of media, and names a
    WAV file by what is no caller's.
    """
    for request in record.history.of(Sent):
        for uri, _ in request.sounds:
            parts = urlsplit(uri)
            if not uri.startswith(OURS) or not parts.path.endswith(".wav") or parts.query:
                yield Breach(request.at, request.call, f"{request.kind} plays {parts.netloc}")


@invariant("I42", "The same audio has the same resource id, and other audio another one.")
def resource_ids(record: Record) -> Iterator[Breach]:
    """Over the whole run, between an id and the audio that it stands for. What is made for one call
    has none, so that nobody caches it.
    """
    ids: dict[str, str] = {}
    for request in record.history.of(Sent):
        for audio, (_, name) in zip(_audio(request), request.sounds, strict=False):
            content = f"{audio.language} {audio.text}" if audio.file else ""
            if bool(name) != bool(content):
                yield Breach(request.at, request.call, "private audio has an id, or fixed none")
            elif name and ids.setdefault(name, content) != content:
                yield Breach(request.at, request.call, "one id stands for two sounds")
            elif content and ids.setdefault(content, name) != name:
                yield Breach(request.at, request.call, "one sound has two ids")


def _audio(request: Sent) -> tuple[Audio, ...]:
    effect = request.effect
    if isinstance(effect, PlayPrompts):
        return effect.audio
    if isinstance(effect, RecordCaller | HoldParticipant):
        return (effect.audio,) if effect.audio else ()
    return ()


@invariant("I43", "Every recording comes to one end: stored, or lost and noted.")
def recordings(record: Record) -> Iterator[Breach]:
    """For each clip that a call has taken in: the step after which it is not waited for any more
    came of its being stored or lost, or of the deadline by which it is given up; and that happens
    once. What is kept is kept whole, and for a time.
    """
    for kept in record.history.of(ClipKept):
        if kept.size != kept.declared:
            yield Breach(kept.at, kept.call, "a clip was kept in part")
        if kept.expires <= record.plan.starts_at:
            yield Breach(kept.at, kept.call, "a clip is not kept for a time")
    for call, commits in record.commits.items():
        yield from _clips(call, commits)


def _clips(call: str, commits: list[Committed]) -> Iterator[Breach]:
    waiting: set[str] = set()
    ended: set[str] = set()
    for entry in commits:
        event = entry.event
        told = event.effect if isinstance(event, RecordingStored | EffectFailed) else ""
        if entry.verdict == "ok" and told in ended:
            yield Breach(entry.at, call, f"{told} came to an end again")
        now = set(entry.snapshot.unfetched)
        for effect in sorted(waiting - now):
            if effect != told and not isinstance(event, TimerFired):
                yield Breach(entry.at, call, f"{effect} was forgotten")
            ended.add(effect)
        waiting = now


@invariant(
    "I44", "A recording's token goes to the hosts that are allowed, and is never redirected."
)
def tokens(record: Record) -> Iterator[Breach]:
    """Every request with such a token, as the small trial of the downloads has noted it."""
    for entry in record.history.of(TokenSent):
        if not entry.allowed or entry.hop:
            where = "after a redirect" if entry.hop else "to a host that is not allowed"
            yield Breach(entry.at, "", f"a token was sent {where}: {entry.host}")
