"""The transcript of a call: what a test says that happens, and what came of it, line by line.

    0.0 > connected
          play_prompts choose
          in ask: media 12.0
    1.5 > key 1
          ask: choice 1 -> sales
          stop_media

A line with `>` is written by hand: the second, and what happens then. All other lines are the
engine's. Deadlines that pass in between happen by themselves and are marked with `*`.

Who is on the call is told by `roster` (a notification) or `listed` (the answer to a question),
each with everybody: id, kind and identity, then perhaps `muted`, `lobby` and a name.

    7.0 > roster us app bot, p1 phone caller, p2 user sales muted Ann
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Mapping

import msgspec

from ivr.core.effects import AnyEffect
from ivr.core.events import (
    AnyEvent,
    CallArrived,
    CallEnded,
    CallProgressed,
    MeetingCreated,
    ParticipantsListed,
    PromptFinished,
    RosterChanged,
)
from ivr.core.step import TraceEntry
from ivr.core.values import Audio, Caller, Meeting, Millis, Participant, Target, kind_of
from tests.universe import ARRIVAL, CALLER, SALES, Ride

_INPUT = re.compile(r"^ *([0-9.]+) > (.+?) *$", re.MULTILINE)
EVERY_CALL = {"keep_alive", "max_duration"}
_MARGIN = " " * 6

_HAPPENINGS: Mapping[str, tuple[AnyEvent, ...]] = {
    "nothing": (),
    "call": (ARRIVAL,),
    "withheld call": (CallArrived(Caller()),),
    "connected": (ARRIVAL, CallProgressed("established", audio=True)),
    "up": (CallProgressed("established", audio=True),),
    "hangs up": (CallEnded("hung_up", "200/4521"),),
}
_ABOUT = {
    "prompt_finished": ("play_prompts", "record_caller"),
    "recording_finished": ("record_caller",),
    "recording_stored": ("fetch_recording",),
    "http_answered": ("send_request",),
    "http_failed": ("send_request",),
    "use_counted": ("count_use",),
    "operation_finished": (
        *("invite_participants", "mute_participant", "unmute_self", "hold_participant"),
        *("resume_participant", "remove_participant", "send_tones", "share_screen"),
        *("set_recording_status", "route_audio"),
    ),
}
_PARTIES = {"caller": CALLER.id, "sales": SALES.partition(":")[2]}


def inputs_of(transcript: str) -> list[tuple[float, str]]:
    """The lines written by hand: when, and what."""
    return [(float(at), words) for at, words in _INPUT.findall(transcript)]


class Scribe:
    """Writes down what comes of it all."""

    def __init__(self, ride: Ride) -> None:
        self.lines: list[str] = []
        self._ride = ride
        self._effects = self._moves = 0
        self._facts: dict[str, str] = {"keys": "typed ahead: nothing", "group": ""}

    def write(self, inputs: list[tuple[float, str]]) -> str:
        """Let everything happen; the whole transcript."""
        for at, words in inputs:
            self._until(self._ride.began + round(at * 1000))
            self.lines.append(f"{self._second(self._ride.now)} > {words}")
            for event in _events(self._ride, words):
                self._ride.tell(event)
                if self._ride.verdict != "ok":
                    self.lines.append(f"{_MARGIN}({self._ride.verdict})")
            self._note()
        return "\n".join(self.lines) + "\n"

    def _until(self, moment: Millis) -> None:
        ride = self._ride
        while (due := ride.next_due()) is not None and due <= moment:
            name = min((at, name) for name, at in self._deadlines())[1]
            ride.fire()
            self.lines.append(f"{self._second(due)} * {name}")
            self._note()
        ride.wait(moment - ride.now)

    def _note(self) -> None:
        ride = self._ride
        news = [_move(entry) for entry in ride.trace[self._moves :]]
        news += [_effect(effect) for effect in ride.done[self._effects :]]
        self._moves, self._effects = len(ride.trace), len(ride.done)
        facts = dict(self._known())
        news += [each for name, each in facts.items() if self._facts.get(name) != each]
        self._facts = facts
        self.lines += [_MARGIN + each for each in news]

    def _known(self) -> Iterator[tuple[str, str]]:
        ride = self._ride
        visit = ride.snapshot.visits[-1]
        for name in visit.scope:
            yield name, f"{name} = {_shown(ride.value(name))}"
        yield "group", "a group call" if ride.snapshot.group else ""
        yield "keys", f"typed ahead: {ride.snapshot.keys or 'nothing'}"
        if ride.snapshot.done:
            yield "result", f"ends: {ride.result}"
        else:
            line = "" if visit.entered else "the line for "
            due = ", ".join(f"{name} {self._second(at)}" for name, at in self._deadlines())
            yield "rest", f"in {line}{visit.state}: {due}"

    def _deadlines(self) -> list[tuple[str, Millis]]:
        """The deadlines, soonest first, without those that every call has."""
        snapshot = self._ride.snapshot
        calls = snapshot.deadlines.items()
        own = list(snapshot.visits[-1].deadlines.items())
        own += [(f"call.{name}", at) for name, at in calls if name not in EVERY_CALL]
        return sorted(own, key=lambda each: each[1])

    def _second(self, moment: Millis) -> str:
        return f"{(moment - self._ride.began) / 1000:.1f}"


def _move(entry: TraceEntry) -> str:
    note = f" ({entry.note})" if entry.note else ""
    return f"{entry.state}: {entry.outcome} -> {entry.to or 'the end'}{note}"


def _effect(effect: AnyEffect) -> str:
    names = [each.name for each in msgspec.structs.fields(effect) if each.name != "id"]
    members = ((name, getattr(effect, name)) for name in names)
    return " ".join(
        (kind_of(effect), *(_member(n, v) for n, v in members if v not in ("", None, ())))
    )


def _member(name: str, value: object) -> str:
    pieces = value if isinstance(value, tuple) else (value,)
    shown = " + ".join(_shown(piece) for piece in pieces)
    return shown if isinstance(pieces[0], Audio | Target) else f"{name}={shown}"


def _shown(value: object) -> str:
    if isinstance(value, Audio):
        return value.name if value.file else f'{value.name} "{value.text}"'
    if isinstance(value, Target):
        return f"{value.kind}:{value.id}" + (f";tenant={value.tenant}" if value.tenant else "")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_shown(each)}" for name, each in value.items()) + "}"
    return str(value)


def _events(ride: Ride, words: str) -> Iterator[AnyEvent]:
    """The events that a line stands for; about the latest effect of the right kind."""
    name, _, rest = words.partition(" ")
    if words in _HAPPENINGS:
        yield from _HAPPENINGS[words]
    elif name == "key":
        for key in rest:
            yield _event(f"tone_pressed key='{key}' sequence={ride.snapshot.next_tone}", ride)
    elif name == "heard":
        yield PromptFinished(ride.snapshot.media, rest or None)  # type: ignore[arg-type]
    elif name == "roster":
        yield RosterChanged(_roster(rest))
    elif name == "listed":
        yield ParticipantsListed(_latest(ride, ("list_participants",)), _roster(rest))
    elif name == "meeting_created":
        meeting = msgspec.convert(dict(each.split("=", 1) for each in rest.split()), Meeting)
        yield MeetingCreated(_latest(ride, ("create_meeting",)), meeting)
    else:
        yield _event(words, ride)


def _event(words: str, ride: Ride) -> AnyEvent:
    tag, *rest = shlex.split(words)
    members = dict(each.split("=", 1) for each in rest)
    kinds = _ABOUT.get(tag, (members.get("kind", ""),))
    about = _latest(ride, kinds)
    if about:
        members = {"effect": about, **members}
    event: AnyEvent = msgspec.convert({"event": tag, **members}, AnyEvent, strict=False)
    return event


def _latest(ride: Ride, kinds: Collection[str]) -> str:
    """The id of the latest effect of one of the kinds; "" where there is none."""
    ids = (effect.id for effect in reversed(ride.done) if kind_of(effect) in kinds)
    return next(ids, "")


def _roster(words: str) -> tuple[Participant, ...]:
    return tuple([_participant(*each.split()) for each in words.split(",") if each.strip()])


def _participant(own_id: str, kind: str, identity: str, *more: str) -> Participant:
    return Participant(
        own_id,
        kind,  # type: ignore[arg-type]
        _PARTIES.get(identity, identity),
        name=" ".join(each for each in more if each not in {"muted", "lobby"}),
        muted="muted" in more,
        in_lobby="lobby" in more,
    )
