"""A call in words: what the caller heard and did, and where the flow went, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ivr.core.effects import AnyEffect, SendRequest, TransferCall
from ivr.core.events import CallEnded, CallProgressed, HttpAnswered, HttpFailed
from ivr.core.values import Millis
from ivr.simulator.session import Session

HIDDEN = "•"


class Line(Struct, frozen=True):
    """One thing that happened at `at` milliseconds into the call.

    `kind` is heard, pressed, said, state, asked, answered, transfer or end.
    """

    at: Millis
    kind: str
    text: str


class Narrator:
    """Tells a session; every call of `news` gives what is new."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._began = session.now
        self._heard = self._pressed = self._clips = self._steps = 0

    def news(self) -> list[Line]:
        """What has happened since the last time, in order."""
        lines = [*self._inner(), *self._audible()]
        return sorted(lines, key=lambda line: line.at)

    def _audible(self) -> Iterator[Line]:
        phone = self._session.phone
        for heard in phone.heard[self._heard :]:
            words = self._words(heard.name) if not heard.text else heard.text
            yield Line(heard.started - self._began, "heard", f"{heard.name}\t{words}")
        self._heard = len(phone.heard)
        for pressed in phone.pressed[self._pressed :]:
            key = HIDDEN if self._is_secret() else pressed.key
            yield Line(pressed.at - self._began, "pressed", key)
        self._pressed = len(phone.pressed)
        for clip in phone.clips[self._clips :]:
            seconds = (clip.ended - clip.started) / 1000
            yield Line(clip.ended - self._began, "said", f"recorded {seconds:.1f} s")
        self._clips = len(phone.clips)

    def _inner(self) -> Iterator[Line]:
        for at, event, step in self._session.steps[self._steps :]:
            when = at - self._began
            if isinstance(event, HttpAnswered):
                yield Line(when, "answered", f"HTTP {event.status}")
            elif isinstance(event, HttpFailed):
                yield Line(when, "answered", "no answer" if event.timeout else "HTTP error")
            elif isinstance(event, CallProgressed) and event.failure:
                yield Line(when, "transfer", f"came back: {event.failure}")
            for entry in step.trace:
                where = entry.to or "the end"
                yield Line(when, "state", f"{entry.state}\t{entry.outcome}\t{where}")
            yield from (Line(when, kind, text) for kind, text in map(_said, step.effects) if kind)
            if isinstance(event, CallEnded):
                yield Line(when, "end", self._ending())
        self._steps = len(self._session.steps)

    def _ending(self) -> str:
        snapshot = self._session.snapshot
        return f"{snapshot.result or 'ended'}\t{snapshot.end}"

    def _words(self, name: str) -> str:
        prompt = self._session.program.prompts.get(name)
        return prompt.template.source if prompt else name

    def _is_secret(self) -> bool:
        snapshot = self._session.snapshot
        visit = snapshot.visits[-1]
        program = self._session.program.flows[visit.flow]
        save_as = getattr(program.states[visit.state].options, "save_as", None)
        declared = program.declarations.get(save_as or "")
        return declared is not None and declared.secret


def _said(effect: AnyEffect) -> tuple[str, str]:
    if isinstance(effect, TransferCall):
        return "transfer", f"to {effect.to.kind}:{effect.to.id}"
    if isinstance(effect, SendRequest):
        return "asked", f"{effect.method} {effect.host}"
    return "", ""
