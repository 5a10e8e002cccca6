"""`redirect`: send the call elsewhere before answering it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ivr.core import limits
from ivr.core.effects import CheckCall, RedirectCall
from ivr.core.events import AnyEvent, CallEnded, EffectFailed, TimerFired
from ivr.core.moves import finish
from ivr.core.options import Duration, Texts, WithExits
from ivr.core.state_type import StateType
from ivr.core.turn import Turn
from ivr.core.values import parse_target
from ivr.errors import SpokenValueError

MAX_TARGETS = 25
GIVE_UP_AFTER = 20_000


class RedirectOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What a redirect may set."""

    to: Annotated[
        Texts,
        Meta(
            description="Where to: one target, or up to 25 that all ring.",
            examples=["${env.reception}"],
        ),
    ]
    ring_for: Annotated[Duration, Meta(description="How long they ring: 15s to 90s.")] = Duration(
        55_000
    )


class Redirect(StateType[RedirectOptions]):
    """Send the call to others without answering it.

    The service takes over: the call ends for us with result `redirected`, whoever picks up.
    Once the call is answered, redirecting is no longer possible and `failed` is taken.
    """

    name = "redirect"
    Options = RedirectOptions
    outcomes = ("failed",)
    must = ("failed",)
    fallbacks = {"failed": "error"}  # noqa: RUF012
    ends = True
    example = """
to_mobile:
  type: redirect
  to: "${env.reception}"
  ring_for: 30s
  on: { failed: say_welcome }
"""

    def enter(self, turn: Turn, options: RedirectOptions) -> str | None:
        """Redirect, and wait until the call is gone."""
        if turn.snapshot.phase != "arrived":
            return "failed"
        targets = [parse_target(turn.render(text.template)) for text in options.to.items]
        if not targets or len(targets) > MAX_TARGETS or None in targets:
            raise SpokenValueError("A redirect target is not of the form user:, app:, phone:.")
        turn.visit.awaiting = turn.emit(
            RedirectCall, to=tuple(targets), ring_for=int(options.ring_for)
        )
        turn.snapshot.deadlines.pop("answer", None)
        turn.wake("look", GIVE_UP_AFTER)
        return None

    def unknown(self, turn: Turn, options: RedirectOptions) -> str | None:
        """Look whether the call is gone."""
        if not turn.visit.stage:
            turn.visit.stage = "unknown"
            turn.wake("look", limits.LOOK_AFTER)
        return None

    def handle(self, turn: Turn, options: RedirectOptions, event: AnyEvent) -> str | None:
        """The call is gone, or the service refused."""
        if isinstance(event, CallEnded):
            finish(turn, "redirected")
            return None
        if isinstance(event, EffectFailed):
            left = turn.snapshot.started_at + limits.ANSWER_WITHIN - turn.now
            turn.wake_call("answer", max(0, left))
            return "failed"
        if isinstance(event, TimerFired):
            self._no_word(turn, event.name)
        return None

    def _no_word(self, turn: Turn, name: str) -> None:
        """Ask, and in the end believe that the call is gone.

        It may have been sent on, so it must not be answered any more; and by then it could not be.
        """
        if name == "redirected":
            turn.snapshot.phase = "ended"
            finish(turn, "redirected")
            return
        turn.emit(CheckCall)
        turn.wake("redirected", limits.LOOK_AGAIN_AFTER)
