"""`transfer`: hand the caller on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta, field

from ivr.core import legs, limits
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
from ivr.core.options import Duration, Name, Prompts, Text, WithExits, as_list
from ivr.core.state_type import Line, StateType
from ivr.core.turn import Turn
from ivr.core.values import Target, parse_target
from ivr.errors import SpokenValueError

ASK_AGAIN_AFTER = 15_000
ASK_AT_MOST = 6
HAND_ON_WITHIN = 20_000
"""How long a transfer to somebody who is on the line already may take."""

LOOKS = 3
"""How often we look whether a transfer of which nobody knows was begun, before we think not."""

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
    music: Annotated[
        Name | None,
        Meta(description="With `mode: consult`: a prompt that is played while it rings."),
    ] = None
    source: Annotated[
        Text | None,
        Meta(description="With `mode: consult`: the resource account that calls, `instance:ID`."),
    ] = field(name="from", default=None)
    ring_for: Annotated[Duration, Meta(description="How long we wait for an outcome.")] = Duration(
        60_000
    )


class Transfer(StateType[TransferOptions]):
    """Hand the caller to somebody else.

    `answered` means that the caller has left us: only states that need no caller may follow.
    With `mode: blind` the service has no ring time and no cancel, so `ring_for` only guards the
    wait, and any other outcome is taken when the caller is back with us. With `mode: consult` we
    call the other side ourselves and hand on when somebody has picked up: `ring_for` holds then,
    the caller stays with us meanwhile, and phones need `from`. Which code means busy or declined
    is a table; what is unknown is `failed`. Keys pressed before are thrown away.
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
        """What is said before, and played meanwhile."""
        music = [(("music",), options.music)] if options.music else []
        return [*name_places(("prompt",), options.prompt), *music]

    def enter(self, turn: Turn, options: TransferOptions) -> str | None:
        """Say what is to be said, then hand on."""
        turn.snapshot.keys = ""
        if options.prompt:
            turn.play(as_list(options.prompt))
            return None
        return self._begin(turn, options)

    def handle(self, turn: Turn, options: TransferOptions, event: AnyEvent) -> str | None:
        """Wait for word of the transfer."""
        if isinstance(event, PromptFinished):
            return self._heard(turn, options)
        if isinstance(event, CallEnded) and event.leg == turn.snapshot.leg:
            return "answered" if event.reason == "transferred" else "hangup"
        if turn.visit.stage == "consulting":
            return self._consulting(turn, options, event)
        if isinstance(event, CallProgressed):
            return self._back(turn, event)
        if isinstance(event, EffectFailed):
            turn.snapshot.phase = "connected"
            return OUTCOMES.get(event.failure, "failed")
        if isinstance(event, TimerFired):
            return self._no_word(turn)
        return None

    def unknown(self, turn: Turn, options: TransferOptions) -> str | None:
        """It may be on its way: look how the call is, and think that it is not after some looks."""
        if turn.visit.stage == "consulting":
            turn.wake("ring", min(int(options.ring_for), limits.SETTLE_WITHIN))
        elif turn.visit.stage == "ringing":
            turn.visit.stage, turn.visit.tries = "unknown", 0
            turn.wake("ring", limits.LOOK_AFTER)
        return None

    def _heard(self, turn: Turn, options: TransferOptions) -> str | None:
        if turn.visit.stage != "consulting":
            return self._begin(turn, options)
        if options.music:
            turn.play([options.music])
        return None

    def _begin(self, turn: Turn, options: TransferOptions) -> str | None:
        target = _target(turn, options)
        if options.mode == "blind":
            return self._hand_on(turn, options, target)
        source = legs.source_of(turn, options.source.template if options.source else None)
        ring_for = int(options.ring_for)
        turn.visit.awaiting = legs.place(turn, target, source, ring_for)
        turn.visit.stage = "consulting"
        turn.wake("ring", ring_for + limits.PLACE_MARGIN)
        if options.music:
            turn.play([options.music])
        return None

    def _consulting(self, turn: Turn, options: TransferOptions, event: AnyEvent) -> str | None:
        """The other side rings; the caller is still with us."""
        leg = turn.visit.awaiting
        if isinstance(event, CallProgressed) and event.leg == leg:
            turn.stop_media()
            return self._hand_on(turn, options, _target(turn, options), leg)
        if isinstance(event, CallEnded):
            return OUTCOMES.get(event.reason, "declined" if event.reason == "hung_up" else "failed")
        if isinstance(event, EffectFailed):
            return OUTCOMES.get(event.failure, "failed")
        return "no_answer" if isinstance(event, TimerFired) else None

    def _hand_on(
        self, turn: Turn, options: TransferOptions, target: Target, replaces: str = ""
    ) -> str | None:
        turn.visit.awaiting = turn.emit(TransferCall, to=target, replaces=replaces)
        turn.snapshot.phase, turn.snapshot.accepted = "transferring", False
        turn.visit.stage = "ringing"
        turn.visit.tries = 0
        turn.wake("ring", HAND_ON_WITHIN if replaces else int(options.ring_for))
        return None

    def _back(self, turn: Turn, event: CallProgressed) -> str | None:
        """The caller is ours again, unless nobody knows yet whether the transfer has begun."""
        if event.leg != turn.snapshot.leg:
            return None
        if turn.visit.stage == "unknown" and event.checked:
            if turn.visit.tries >= LOOKS:
                return "failed"
            turn.snapshot.phase = "transferring"
            return None
        return OUTCOMES.get(event.failure or "no_answer", "failed")

    def _no_word(self, turn: Turn) -> str | None:
        """Nothing was said of the transfer: ask, and in the end believe that it failed."""
        turn.visit.tries += 1
        if turn.visit.tries > ASK_AT_MOST:
            turn.snapshot.phase = "connected"
            return "no_answer"
        turn.emit(CheckCall)
        soon = turn.visit.stage == "unknown" and turn.visit.tries < LOOKS
        turn.wake("ring", limits.LOOK_AGAIN_AFTER if soon else ASK_AGAIN_AFTER)
        return None


def _target(turn: Turn, options: TransferOptions) -> Target:
    target = parse_target(turn.render(options.to.template))
    if target is None:
        raise SpokenValueError("The transfer target is not of the form user:, app:, phone:.")
    return target
