"""`answer`: take the call."""

from __future__ import annotations

from ivr.core.events import AnyEvent, CallEnded
from ivr.core.moves import take_call
from ivr.core.options import WithExits
from ivr.core.state_type import StateType
from ivr.core.turn import Turn


class AnswerOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """An answer has nothing to set but its exits."""


class Answer(StateType[AnswerOptions]):
    """Answer the call now.

    Without it the first state that needs the caller answers by itself. `answered` comes when
    the caller can be heard.
    """

    name = "answer"
    Options = AnswerOptions
    outcomes = ("answered", "failed")
    must = ("answered",)
    fallbacks = {"answered": "next", "failed": "error"}  # noqa: RUF012
    example = """
take_it:
  type: answer
  on:
    answered: say_welcome
    failed: finished
"""

    def allows(self, outcome: str) -> bool:
        """`next` is a short way to write `answered`."""
        return outcome in {*self.outcomes, "next"}

    def enter(self, turn: Turn, options: AnswerOptions) -> str | None:
        """Answer, unless the call is up already."""
        if turn.gone:
            return "failed"
        if turn.on_line:
            return "answered"
        turn.visit.stage = "answering"
        take_call(turn)
        return None

    def handle(self, turn: Turn, options: AnswerOptions, event: AnyEvent) -> str | None:
        """The line never came up."""
        return "failed" if isinstance(event, CallEnded) else None
