"""The scratch pad of one `advance`: what a state type may see and do.

A turn works on a copy of the snapshot, so a step that goes wrong half-way has changed
nothing. Whatever is to be done outside is only noted, as effects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from ivr.core import limits
from ivr.core.effects import AnyEffect, Effect, PlayPrompts, StopMedia
from ivr.core.events import RecordingStored
from ivr.core.program import Program, State
from ivr.core.snapshot import Question, Snapshot, Visit
from ivr.core.step import TraceEntry
from ivr.core.values import Audio, Millis
from ivr.errors import SpokenValueError
from ivr.expr.template import Template
from ivr.expr.types import Value, pack, unpack

E = TypeVar("E", bound=Effect)


class Turn:
    """One event's work on one call."""

    __slots__ = (
        "effects", "entering", "now", "program", "returned", "snapshot", "trace", "visit",
    )  # fmt: skip

    def __init__(self, program: Program, snapshot: Snapshot, now: Millis) -> None:
        self.now = now
        self.snapshot = _copy(snapshot)
        self.effects: list[AnyEffect] = []
        self.trace: list[TraceEntry] = []
        self.entering = False
        self.returned: tuple[str, dict[str, object]] | None = None
        self.program = program
        if self.snapshot.visits:
            self._look_at(self.snapshot.visits[-1])

    # -- where the call is -------------------------------------------------------------

    @property
    def state(self) -> State:
        """The compiled state that the call is in."""
        return self.program.states[self.visit.state]

    @property
    def question(self) -> Question:
        """How far the question of this state has come."""
        if self.visit.question is None:
            self.visit.question = Question()
        return self.visit.question

    @property
    def on_line(self) -> bool:
        """Whether the caller can be heard and can hear us."""
        return self.snapshot.phase == "connected" and self.snapshot.audio

    @property
    def gone(self) -> bool:
        """Whether the line is down."""
        return self.snapshot.phase == "ended"

    # -- effects -----------------------------------------------------------------------

    def emit(self, kind: type[E], **members: object) -> str:
        """Want something done; its id."""
        self.snapshot.counter += 1
        effect_id = f"{self.snapshot.call_id}.{self.snapshot.counter}"
        if self.snapshot.leg:
            members.setdefault("leg", self.snapshot.leg)
        self.effects.append(kind(effect_id, **members))  # type: ignore[arg-type]
        return effect_id

    def play(self, names: Sequence[str]) -> str:
        """Play prompts as one operation; `media` until it ends, or the deadline `media` is due."""
        audio = tuple([self.audio(name) for name in names[: limits.MAX_PROMPTS_AT_ONCE]])
        effect_id = self.emit(PlayPrompts, audio=audio)
        self.snapshot.media = effect_id
        self.visit.tries += 1
        length = int(sum([piece.seconds for piece in audio]) * 1000)
        self.wake("media", length + limits.PLAY_MARGIN)
        return effect_id

    def stop_media(self) -> None:
        """Stop what is heard or recorded. Its end is no longer waited for."""
        if self.snapshot.media and not self.gone:
            self.emit(StopMedia)
        self.media_ended()

    def media_ended(self) -> None:
        """Note that nothing is played or recorded any more."""
        self.snapshot.media = ""
        self.visit.deadlines.pop("media", None)

    def audio(self, name: str) -> Audio:
        """The audio of a prompt, its words filled in. Raises `SpokenValueError`."""
        prompt = self.program.prompts[name]
        if prompt.fixed is not None:
            return prompt.fixed
        text = prompt.template.render(self.env(), self.program.speaker)
        return Audio(name, text, "", self.program.language, seconds=0.3 + len(text) * 0.08)

    # -- deadlines ---------------------------------------------------------------------

    def wake(self, name: str, after: Millis) -> None:
        """Be told when `after` milliseconds have passed, unless the state is left before."""
        self.visit.deadlines[name] = self.now + after

    def no_wake(self, name: str) -> None:
        """Forget a deadline of this state."""
        self.visit.deadlines.pop(name, None)

    def wake_call(self, name: str, after: Millis) -> None:
        """Set a deadline of the call, whatever its state."""
        self.snapshot.deadlines[name] = self.now + after

    # -- type-ahead --------------------------------------------------------------------

    def keep_key(self, key: str) -> None:
        """Keep a key that nobody asked for; what is over the limit is dropped."""
        self.snapshot.keys = (self.snapshot.keys + key)[: limits.MAX_TYPE_AHEAD]

    def swallow(self, key: str) -> None:
        """Ignore `key` if it comes within a second: it ended what is over already."""
        self.snapshot.swallow = key
        self.snapshot.swallow_until = self.now + limits.SWALLOW_END_KEY

    # -- variables ---------------------------------------------------------------------

    def env(self) -> Mapping[str, Value]:
        """Everything that expressions of this flow can see."""
        return _Env(self)

    def set(self, name: str, value: object) -> None:
        """Give a variable of the current flow a value of its declared type."""
        packed = pack(value)  # type: ignore[arg-type]
        if isinstance(value, str | list | dict):
            self._check_room({**self.visit.scope, name: packed})
        self.visit.scope[name] = packed

    def keep_clip(self, stored: RecordingStored) -> None:
        """Put a clip where its state wanted it, if that flow still runs. `SpokenValueError`."""
        clip = self.snapshot.unfetched[stored.effect]
        if clip.save_as and clip.flow == self.visit.flow:
            seconds = Decimal(str(stored.seconds))
            value = {"url": stored.url, "seconds": seconds, "ended_by": clip.ended_by}
            self.set(clip.save_as, value)

    def render(self, template: Template) -> str:
        """A text with its values filled in. Raises `SpokenValueError`."""
        return template.render(self.env(), self.program.speaker)

    # -- flows -------------------------------------------------------------------------

    def enter_flow(self, program: Program, values: Mapping[str, object]) -> None:
        """Run another flow; this state waits for its outcome. Raises `SpokenValueError`."""
        if len(self.snapshot.visits) >= limits.MAX_DEPTH:
            raise SpokenValueError("Sub-flows are nested too deeply.")
        given = {**program.initial, **values}
        scope = {name: pack(value) for name, value in given.items()}  # type: ignore[arg-type]
        self._check_room(scope)
        self.visit.entered = True
        visit = Visit(program.flow, program.start, scope)
        self.snapshot.visits.append(visit)
        self._look_at(visit)
        self.entering = True

    def return_with(self, outcome: str, values: Mapping[str, object]) -> None:
        """End the sub-flow that runs."""
        self.returned = (outcome, dict(values))

    def pop(self) -> None:
        """Go back to the state that ran the current sub-flow."""
        visits = self.snapshot.visits
        visits.pop()
        visits[-1] = _copy_visit(visits[-1])
        self._look_at(visits[-1])

    def _look_at(self, visit: Visit) -> None:
        self.visit = visit
        self.program = self.program.flows.get(visit.flow, self.program)

    @staticmethod
    def _check_room(scope: Mapping[str, object]) -> None:
        if len(msgspec.msgpack.encode(scope)) > limits.MAX_SCOPE_BYTES:
            raise SpokenValueError("The variables of the call are larger than 64 kB.")


class _Env(Mapping[str, "Value"]):
    """Variables, `call` and `env`, unpacked when they are asked for."""

    __slots__ = ("_turn",)

    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    def __getitem__(self, name: str) -> Value:
        if name in self._turn.program.declarations:
            return unpack(self._turn.visit.scope.get(name))
        if name == "call":
            return _call_values(self._turn)
        if name == "env":
            return dict(self._turn.program.env)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        yield from self._turn.program.declarations
        yield from ("call", "env")

    def __len__(self) -> int:
        return len(self._turn.program.declarations) + 2


def _call_values(turn: Turn) -> dict[str, Value]:
    snapshot = turn.snapshot
    return {
        "id": snapshot.call_id,
        "from": snapshot.caller.id or None,
        "to": snapshot.called or None,
        "from_kind": snapshot.caller.kind,
        "from_name": snapshot.caller.name or None,
        "started_at": datetime.fromtimestamp(snapshot.started_at / 1000, UTC),
        "language": snapshot.caller.language or turn.program.language,
    }


def _copy(snapshot: Snapshot) -> Snapshot:
    """Only what a turn may change: visits below the top one are at rest, and shared."""
    visits = snapshot.visits.copy()
    if visits:
        visits[-1] = _copy_visit(visits[-1])
    return replace(
        snapshot,
        visits=visits,
        visited=snapshot.visited.copy(),
        deadlines=snapshot.deadlines.copy(),
        held=snapshot.held.copy(),
        unfetched=snapshot.unfetched.copy(),
        legs=snapshot.legs.copy(),
        participants=snapshot.participants.copy(),
    )


def _copy_visit(visit: Visit) -> Visit:
    return replace(
        visit,
        scope=visit.scope.copy(),
        deadlines=visit.deadlines.copy(),
        question=visit.question and replace(visit.question),
    )
