"""Where a scenario is played: what its steps need of a call, whoever runs it.

The in-process stage is the engine on the virtual clock; the same scenario can be played on a
stage that is a server on the other side of a wire. Every method lets the call go on until it
can answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ivr.core.values import KEY_WORDS, Millis, Target
from ivr.simulator.phone.rules import Outcome
from ivr.simulator.phone.signals import Handover, Heard
from ivr.simulator.session import Session


class Stage(Protocol):
    """A call that a scenario plays in."""

    def heard(self, index: int) -> Heard | None:
        """What the caller hears as number `index`, the beep left out; None if nothing comes."""
        ...

    def listen(self) -> bool:
        """Let the flow come to wait for keys; false when it does not."""
        ...

    def key_for(self, option: str) -> str | None:
        """The key that the current menu gives to a choice."""
        ...

    def handover(self, index: int) -> Handover | None:
        """The transfer that is asked for as number `index`, blind or with a consultation."""
        ...

    def decide(self, outcome: Outcome) -> None:
        """What the other side does with the transfer that rings."""
        ...

    def dialled(self, index: int) -> Target | None:
        """Whom the flow calls as number `index`."""
        ...

    def pick_up(self, outcome: Outcome) -> None:
        """What the one does who is being called."""
        ...

    def invited(self, index: int) -> Sequence[Target]:
        """Who is invited as number `index`; nobody if no such invitation is sent."""
        ...

    def accept(self, outcome: Outcome) -> None:
        """What those do who are invited."""
        ...

    def join(self, who: Target, name: str) -> bool:
        """Somebody joins the call by himself; false when there is none to join."""
        ...

    def leave(self, who: Target) -> bool:
        """Somebody leaves the call; false when he is not there."""
        ...

    def record(self) -> bool:
        """Let a recording begin; false when none does."""
        ...

    def react(self) -> None:
        """Let the flow do something by itself."""
        ...

    def wait(self, length: Millis) -> None:
        """Let time pass."""
        ...

    def press(self, key: str) -> None:
        """The caller presses a key."""
        ...

    def speak(self, length: Millis) -> None:
        """The caller speaks."""
        ...

    def hang_up(self) -> None:
        """The caller hangs up."""
        ...

    def ending(self) -> tuple[str, str]:
        """Let the call end: its result, and how the line went down."""
        ...


class VirtualStage:
    """The engine in this process, on a clock that jumps."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def heard(self, index: int) -> Heard | None:
        """See `Stage`."""
        self._until(lambda: len(self._prompts()) > index)
        prompts = self._prompts()
        return prompts[index] if len(prompts) > index else None

    def listen(self) -> bool:
        """See `Stage`."""
        session = self.session
        session.run(lambda: session.over or session.listening or session.recording)
        return not session.over

    def key_for(self, option: str) -> str | None:
        """See `Stage`."""
        state = self.session.current_state
        labels = {way.label.lower(): outcome
                  for outcome, way in state.type.exits(state.options).items()}  # fmt: skip
        outcome = labels.get(option.lower())
        return KEY_WORDS.get(outcome, outcome) if outcome else None

    def handover(self, index: int) -> Handover | None:
        """See `Stage`."""
        self._until(lambda: len(self._handovers()) > index)
        asked = self._handovers()
        return asked[index] if len(asked) > index else None

    def decide(self, outcome: Outcome) -> None:
        """See `Stage`."""
        self.session.lines.transferee_does(self.session.now, outcome)
        self.session.settle()

    def dialled(self, index: int) -> Target | None:
        """See `Stage`."""
        self._until(lambda: len(self._dialled()) > index)
        placed = self._dialled()
        return placed[index] if len(placed) > index else None

    def pick_up(self, outcome: Outcome) -> None:
        """See `Stage`."""
        self.session.lines.callee_does(self.session.now, outcome)
        self.session.settle()

    def invited(self, index: int) -> Sequence[Target]:
        """See `Stage`."""
        self._until(lambda: len(self._invited()) > index)
        sent = self._invited()
        return sent[index] if len(sent) > index else ()

    def accept(self, outcome: Outcome) -> None:
        """See `Stage`."""
        self.session.lines.invitee_does(self.session.now, outcome)
        self.session.settle()

    def join(self, who: Target, name: str) -> bool:
        """See `Stage`."""
        self._connect()
        person = self.session.phone.conference.join(self.session.now, who, name)
        self.session.settle()
        return bool(person)

    def leave(self, who: Target) -> bool:
        """See `Stage`."""
        conference = self.session.phone.conference
        there = [one.id for one in conference.people.all() if one.identity == who.id]
        gone = bool(there) and conference.leave(self.session.now, there[-1])
        self.session.settle()
        return gone

    def record(self) -> bool:
        """See `Stage`."""
        self.session.run(lambda: self.session.over or self.session.recording)
        return self.session.recording

    def react(self) -> None:
        """See `Stage`."""
        prompts, moves = len(self._prompts()), self.session.snapshot.moves
        self.session.run(
            lambda: (
                self.session.over
                or len(self._prompts()) > prompts
                or self.session.snapshot.moves > moves
            )
        )

    def wait(self, length: Millis) -> None:
        """See `Stage`."""
        self.session.wait(length)

    def press(self, key: str) -> None:
        """See `Stage`."""
        self.session.press(key)

    def speak(self, length: Millis) -> None:
        """See `Stage`."""
        self.session.speak(length)

    def hang_up(self) -> None:
        """See `Stage`."""
        self.session.hang_up()

    def ending(self) -> tuple[str, str]:
        """See `Stage`."""
        self.session.run(lambda: self.session.over)
        snapshot = self.session.snapshot
        return snapshot.result, snapshot.end.partition(" ")[0]

    def _prompts(self) -> list[Heard]:
        mains = self.session.lines.mains
        return [heard for phone in mains for heard in phone.heard if heard.name != "beep"]

    def _handovers(self) -> list[Handover]:
        """Those of the caller; a consultation counts when it is begun, not when it is ended."""
        lines = self.session.lines
        blind = [each for phone in lines.mains for each in phone.handovers if not each.replaces]
        asked = [Handover(each.at, each.to) for each in lines.placed if each.aside and each.to]
        return sorted([*blind, *asked], key=lambda each: each.at)

    def _dialled(self) -> list[Target]:
        placed = self.session.lines.placed
        return [each.to for each in placed if each.to and not each.aside]

    def _invited(self) -> list[tuple[Target, ...]]:
        return [sent.to for phone in self.session.lines.mains for sent in phone.invited]

    def _connect(self) -> None:
        lines = self.session.lines
        self._until(lambda: lines.main is not None and lines.main.state == "established")

    def _until(self, found: Callable[[], bool]) -> None:
        self.session.run(lambda: self.session.over or found())


def spelled(target: Target) -> str:
    """A target as flows and scenarios write it."""
    tenant = f";tenant={target.tenant}" if target.tenant else ""
    return f"{target.kind}:{target.id}{tenant}"
