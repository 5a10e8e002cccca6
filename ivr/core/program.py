"""A flow compiled: one shared `transitions.Machine` and what its states need to run.

This is the only file that imports `transitions`. The machine has no model, no callbacks, no
queue and no automatic transitions: an outcome is its trigger, and all it does is to say
which state comes next. Nothing here changes once it is made, so calls share it freely.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from transitions import Machine

from ivr.core import limits
from ivr.core.calendar import Calendar
from ivr.core.options import StateOptions
from ivr.core.state_type import StateType
from ivr.core.values import Audio, Millis
from ivr.expr.speech_format import Speaker
from ivr.expr.template import Template
from ivr.expr.types import Declaration, Value

logging.getLogger("transitions").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a question does where its state does not say otherwise; times in milliseconds."""

    first_digit: int = 5_000
    between_digits: int = 3_000
    attempts: int = 3
    interrupt: str = "yes"
    type_ahead: bool = True
    max_duration: int = limits.MAX_DURATION
    max_visits: int = limits.MAX_VISITS_OF_A_STATE


@dataclass(frozen=True, slots=True)
class SpokenPrompt:
    """A prompt: fixed audio that exists before the call, or words made during it."""

    name: str
    template: Template
    fixed: Audio | None = None


@dataclass(frozen=True, slots=True)
class State:
    """One named place in a flow. `targets` maps an outcome to the state it leads to."""

    name: str
    type: StateType[StateOptions]
    options: StateOptions
    targets: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    plan: object = None

    def exit_for(self, outcome: str | None) -> str | None:
        """The outcome whose edge is taken for `outcome`, after its fallbacks."""
        while outcome is not None and outcome not in self.targets:
            outcome = self.type.fallback(outcome)
        return outcome

    def label(self, outcome: str) -> str:
        """The name of an outcome for journals and traces: never the key that was pressed."""
        return self.labels.get(outcome, outcome)


@dataclass(frozen=True, slots=True)
class Outward:
    """How a flow begins that nobody calls: it calls somebody, or joins a meeting.

    `entries` are the states where the flow begins, by what became of it. Templates are filled in
    from the flow's inputs; those of a meeting go by the names of `Meeting`'s members.
    """

    entry: Literal["call_out", "join"]
    entries: Mapping[str, str]
    to: Template | None = None
    meeting: Mapping[str, Template] = field(default_factory=dict)
    source: Template | None = None
    ring_for: Millis = 60_000
    attempts: int = 1
    gap: Millis = 900_000
    hours: Calendar | None = None


@dataclass(frozen=True)
class Program:
    """One flow of one bundle. `flows` are all flows of the bundle, this one included."""

    flow: str
    bundle: str
    start: str
    states: Mapping[str, State]
    prompts: Mapping[str, SpokenPrompt]
    calendars: Mapping[str, Calendar]
    declarations: Mapping[str, Declaration]
    initial: Mapping[str, Value]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    outcomes: tuple[str, ...]
    defaults: Defaults
    speaker: Speaker
    language: str
    env: Mapping[str, Value]
    flows: Mapping[str, Program] = field(default_factory=dict)
    title: str = ""
    outward: Outward | None = None

    def __post_init__(self) -> None:
        machine = Machine(
            model=None,
            states=list(self.states),
            transitions=list(_edges(self.states.values())),
            initial=self.start,
            auto_transitions=False,
            send_event=True,
            queued=False,
            model_attribute="Place",
        )
        object.__setattr__(self, "_triggers", machine.events)

    def follow(self, state: str, outcome: str) -> str:
        """The state to which `outcome` leads from `state`, as the machine has it."""
        traveller = _Traveller(state)
        self._triggers[outcome].trigger(traveller)  # type: ignore[attr-defined]
        return traveller.Place


class _Traveller:
    """A model that was never registered: the machine moves it and forgets it.

    Its attribute is spelled as no outcome can be, for the machine refuses a trigger of that name.
    """

    __slots__ = ("Place",)

    def __init__(self, place: str) -> None:
        self.Place = place


def _edges(states: Iterable[State]) -> Iterable[dict[str, str]]:
    for state in states:
        for outcome, target in state.targets.items():
            yield {"trigger": outcome, "source": state.name, "dest": target}
