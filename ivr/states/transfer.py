"""`transfer`: hand the caller on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from ivr.core.asking import name_places
from ivr.core.effects import CheckCall, TransferCall
from ivr.core.events import (
    AnyEvent,
    CallEnded,
    CallProgressed,
    EffectFailed,
    PromptFinished,
    TimerFired,
)
from ivr.core.options import Duration, Prompts, Text, WithExits, as_list
from ivr.core.state_type import Line, StateType
from ivr.core.turn import Turn
from ivr.core.values import parse_target
from ivr.errors import SpokenValueError

ASK_AGAIN_AFTER = 15_000
ASK_AT_MOST = 6
OUTCOMES = {
    "no_answer": "no_answer",
    "busy": "busy",
    "declined": "declined",
}


class TransferOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What a transfer may set."""

    to: Annotated[
        Text,
        Meta(
            description="The target: `user:ID`, `app:ID`, `instance:ID` or `phone:+…`, usually "
            "from the environment.",
            examples=["${env.reception}"],
        ),
    ]
    mode: Annotated[
        Literal["blind", "consult"],
        Meta(description="Hand on at once, or speak to the other side first."),
    ] = "blind"
    prompt: Annotated[
        Prompts | None, Meta(description="What is said before.", examples=["connecting"])
    ] = None
    ring_for: Annotated[Duration, Meta(description="How long we wait for an outcome.")] = Duration(
        60_000
    )


class Transfer(StateType[TransferOptions]):
    """Hand the caller to somebody else.

    `answered` means that the caller has left us: only states that need no caller may follow.
    The service has no ring time and no cancel for a transfer, so `ring_for` only guards the
    wait, and any other outcome is taken when the caller is back with us. Which code means busy
    or declined is a table; what is unknown is `failed`. Keys pressed before are thrown away.
    """

    name = "transfer"
    Options = TransferOptions
    outcomes = ("answered", "no_answer", "busy", "declined", "failed", "hangup")
    must = ("answered", "failed")
    fallbacks = {  # noqa: RUF012
        "no_answer": "failed",
        "busy": "failed",
        "declined": "failed",
        "failed": "error",
    }
    hears_hang_up = True
    example = """
ring_reception:
  type: transfer
  prompt: connecting
  to: "${env.reception}"
  on:
    answered: finished
    failed: take_message
"""

    def line(self, options: TransferOptions) -> Line:
        """There must be somebody to hand on."""
        return "needed"

    def prompts(self, options: TransferOptions) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """What is said before."""
        return name_places(("prompt",), options.prompt)

    def enter(self, turn: Turn, options: TransferOptions) -> str | None:
        """Say what is to be said, then hand on."""
        turn.snapshot.keys = ""
        if options.prompt:
            turn.play(as_list(options.prompt))
            return None
        return self._hand_on(turn, options)

    def handle(self, turn: Turn, options: TransferOptions, event: AnyEvent) -> str | None:
        """Wait for word of the transfer."""
        if isinstance(event, PromptFinished):
            return self._hand_on(turn, options)
        if isinstance(event, CallProgressed):
            return OUTCOMES.get(event.failure or "no_answer", "failed")
        if isinstance(event, EffectFailed):
            turn.snapshot.phase = "connected"
            return OUTCOMES.get(event.failure, "failed")
        if isinstance(event, CallEnded):
            return "answered" if event.reason == "transferred" else "hangup"
        if isinstance(event, TimerFired):
            return self._no_word(turn)
        return None

    def _hand_on(self, turn: Turn, options: TransferOptions) -> str | None:
        target = parse_target(turn.render(options.to.template))
        if target is None:
            raise SpokenValueError("The transfer target is not of the form user:, app:, phone:.")
        turn.visit.awaiting = turn.emit(TransferCall, to=target)
        turn.snapshot.phase, turn.snapshot.accepted = "transferring", False
        turn.visit.stage = "ringing"
        turn.visit.tries = 0
        turn.wake("ring", int(options.ring_for))
        return None

    def _no_word(self, turn: Turn) -> str | None:
        """Nothing was said of the transfer: ask, and in the end believe that it failed."""
        turn.visit.tries += 1
        if turn.visit.tries > ASK_AT_MOST:
            turn.snapshot.phase = "connected"
            return "no_answer"
        turn.emit(CheckCall)
        turn.wake("ring", ASK_AGAIN_AFTER)
        return None
