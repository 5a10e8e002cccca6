"""`set`: change variables."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from ivr.core.options import Formula, Name, WithExits
from ivr.core.state_type import StateType
from ivr.core.turn import Turn
from ivr.expr.types import coerce


class SetOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What a set may set."""

    values: Annotated[
        dict[Name, Formula],
        Meta(
            min_length=1,
            description="Variables and their new values.",
            examples=[{"pin_tries": "${pin_tries + 1}"}],
        ),
    ] = field(name="set")


class SetState(StateType[SetOptions]):
    """Give variables new values.

    A value that is exactly one `${…}` keeps its type. All values are worked out before any of
    them is stored.
    """

    name = "set"
    Options = SetOptions
    outcomes = ("next",)
    must = ("next",)
    example = """
count_try:
  type: set
  set: { tries: "${tries + 1}" }
  next: main_menu
"""

    def enter(self, turn: Turn, options: SetOptions) -> str | None:
        """Store the values."""
        env, speaker = turn.env(), turn.program.speaker
        values = {
            name: coerce(formula.evaluate(env, speaker), turn.program.declarations[name])
            for name, formula in options.values.items()
        }
        for name, value in values.items():
            turn.set(name, value)
        return "next"
