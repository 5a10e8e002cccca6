"""A call in words: what the caller heard and did, and where the flow went, line by line."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from msgspec import Struct

from ivr.core.effects import (
    AnyEffect,
    InviteParticipants,
    JoinMeeting,
    PlaceCall,
    SendRequest,
    TransferCall,
)
from ivr.core.events import AnyEvent, CallProgressed, HttpAnswered, HttpFailed, RosterChanged
from ivr.core.step import Step, TraceEntry
from ivr.core.values import Millis
from ivr.simulator.phone.model import Phone
from ivr.simulator.session import Session

HIDDEN = "•"
ATTEMPT = "attempt "


class Line(Struct, frozen=True):
    """One thing that happened at `at` milliseconds into the call.

    `kind` is heard, pressed, said, state, asked, answered, dial, dialled, invite, people,
    transfer or end.
    """

    at: Millis
    kind: str
    text: str


class _Told(Struct):
    """How much of a phone has been told."""

    heard: int = 0
    pressed: int = 0
    clips: int = 0


class Narrator:
    """Tells a session; every call of `news` gives what is new."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._began = session.now
        self._steps = 0
        self._told: list[_Told] = []
        self._over = False

    def news(self) -> list[Line]:
        """What has happened since the last time, in order."""
        lines = [*self._inner(), *self._audible()]
        return sorted(lines, key=lambda line: line.at)

    def _audible(self) -> Iterator[Line]:
        phones = self._session.lines.mains
        while len(self._told) < len(phones):
            self._told.append(_Told())
        for phone, told in zip(phones, self._told, strict=True):
            yield from self._of_phone(phone, told)

    def _of_phone(self, phone: Phone, told: _Told) -> Iterator[Line]:
        for heard in phone.heard[told.heard :]:
            words = self._words(heard.name) if not heard.text else heard.text
            yield Line(heard.started - self._began, "heard", f"{heard.name}\t{words}")
        for pressed in phone.pressed[told.pressed :]:
            key = HIDDEN if self._is_secret(pressed.at) else pressed.key
            yield Line(pressed.at - self._began, "pressed", key)
        for clip in phone.clips[told.clips :]:
            seconds = (clip.ended - clip.started) / 1000
            yield Line(clip.ended - self._began, "said", f"recorded {seconds:.1f} s")
        told.heard, told.pressed = len(phone.heard), len(phone.pressed)
        told.clips = len(phone.clips)

    def _inner(self) -> Iterator[Line]:
        for at, event, step in self._session.steps[self._steps :]:
            when = at - self._began
            yield from (Line(when, kind, text) for kind, text in [_happened(event, step)] if kind)
            for entry in step.trace:
                yield Line(when, *_move(entry))
            yield from (Line(when, kind, text) for kind, text in map(_said, step.effects) if kind)
            snapshot = step.snapshot
            if snapshot.done and snapshot.phase == "ended" and not self._over:
                self._over = True
                yield Line(when, "end", f"{snapshot.result or 'ended'}\t{snapshot.end}")
        self._steps = len(self._session.steps)

    def _words(self, name: str) -> str:
        prompt = self._session.program.prompts.get(name)
        return prompt.template.source if prompt else name

    def _is_secret(self, at: Millis) -> bool:
        """Whether a key that was pressed then was for a secret, whatever is asked by now."""
        steps = self._session.steps
        before = bisect_left(steps, at, key=lambda step: step[0])
        visit = steps[max(before - 1, 0)][2].snapshot.visits[-1]
        program = self._session.program.flows[visit.flow]
        save_as = getattr(program.states[visit.state].options, "save_as", None)
        declared = program.declarations.get(save_as or "")
        return declared is not None and declared.secret


def _happened(event: AnyEvent, step: Step) -> tuple[str, str]:
    match event:
        case HttpAnswered(status=status):
            return "answered", f"HTTP {status}"
        case HttpFailed(timeout=timeout):
            return "answered", "no answer" if timeout else "HTTP error"
        case CallProgressed(failure=failure) if failure:
            return "transfer", f"came back: {failure}"
        case RosterChanged(participants=people) if step.verdict == "ok":
            return "people", f"{len(people)} on the call"
    return "", ""


def _move(entry: TraceEntry) -> tuple[str, str]:
    if entry.note.startswith(ATTEMPT):
        return "dialled", f"{entry.note}: {entry.outcome}"
    return "state", f"{entry.state}\t{entry.outcome}\t{entry.to or 'the end'}"


def _said(effect: AnyEffect) -> tuple[str, str]:
    match effect:
        case TransferCall(to=to):
            return "transfer", f"to {to.kind}:{to.id}"
        case SendRequest(method=method, host=host):
            return "asked", f"{method} {host}"
        case PlaceCall(to=to):
            return "dial", f"{to.kind}:{to.id}"
        case JoinMeeting():
            return "dial", "the meeting"
        case InviteParticipants(to=several):
            return "invite", ", ".join(f"{to.kind}:{to.id}" for to in several)
    return "", ""
