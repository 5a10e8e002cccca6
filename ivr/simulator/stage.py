"""Where a scenario is played: what its steps need of a call, whoever runs it.

The in-process stage is the engine on the virtual clock; the same scenario can be played on a
stage that is a server on the other side of a wire. Every method lets the call go on until it
can answer.
"""

from __future__ import annotations

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
        """The transfer that is asked for as number `index`."""
        ...

    def decide(self, outcome: Outcome) -> None:
        """What the other side does with the transfer that rings."""
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
        self.session.run(lambda: self.session.over or len(self._prompts()) > index)
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
        asked = self.session.phone.handovers
        self.session.run(lambda: self.session.over or len(asked) > index)
        return asked[index] if len(asked) > index else None

    def decide(self, outcome: Outcome) -> None:
        """See `Stage`."""
        self.session.phone.set_transfer_outcome(self.session.now, outcome)

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
        return [heard for heard in self.session.phone.heard if heard.name != "beep"]


def spelled(target: Target) -> str:
    """A target as flows and scenarios write it."""
    tenant = f";tenant={target.tenant}" if target.tenant else ""
    return f"{target.kind}:{target.id}{tenant}"
