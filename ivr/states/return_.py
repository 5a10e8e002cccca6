"""`return`: the end of a sub-flow."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from ivr.core.options import Formula, Name, StateOptions
from ivr.core.state_type import StateType
from ivr.core.turn import Turn


class ReturnOptions(StateOptions, kw_only=True, forbid_unknown_fields=True):
    """What a return may set."""

    outcome: Annotated[Name, Meta(description="One of the `outcomes:` that the flow declares.")]
    values: Annotated[
        dict[Name, Formula], Meta(description="Values for the `output:` that the flow declares.")
    ] = field(default_factory=dict)


class Return(StateType[ReturnOptions]):
    """End a sub-flow and hand an outcome, and values, to the flow that ran it."""

    name = "return"
    Options = ReturnOptions
    ends = True
    example = """
identified:
  type: return
  outcome: done
"""

    def enter(self, turn: Turn, options: ReturnOptions) -> str | None:
        """Go back to the flow that asked."""
        env, speaker = turn.env(), turn.program.speaker
        values = {name: formula.evaluate(env, speaker) for name, formula in options.values.items()}
        turn.return_with(options.outcome, values)
        return None
