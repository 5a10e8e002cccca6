"""`run`: another flow as a part of this one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, field

from ivr.core.options import Formula, Name, WithExits
from ivr.core.state_type import StateType
from ivr.core.turn import Turn
from ivr.errors import SpokenValueError
from ivr.expr.types import coerce


class RunOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What a run may set."""

    flow: Annotated[Name, Meta(description="The flow to run.")]
    inputs: Annotated[
        dict[Name, Formula], Meta(description="Values for the `input:` that the flow declares.")
    ] = field(name="with", default_factory=dict)
    save_as: Annotated[
        Name | None, Meta(description="The variable that keeps the values it returns.")
    ] = None


class Run(StateType[RunOptions]):
    """Run another flow, and go on by the outcome that it returns.

    The other flow declares its `input:`, `output:` and `outcomes:`. An outcome without an exit
    here is `error`. Flows may run each other eight deep.
    """

    name = "run"
    Options = RunOptions
    outcomes = ("error",)
    example = """
identify:
  type: run
  flow: identify_caller
  on: { done: main_menu, error: finished }
"""

    def allows(self, outcome: str) -> bool:
        """Whatever the other flow declares; the checker compares the two."""
        return True

    def outcomes_of(self, options: RunOptions) -> Iterable[str]:
        """What has an exit."""
        return options.on

    def fallback(self, outcome: str) -> str | None:
        """Everything unforeseen is an error."""
        return None if outcome in {"error", "hangup", "max_duration"} else "error"

    def enter(self, turn: Turn, options: RunOptions) -> str | None:
        """Begin the other flow."""
        other = turn.program.flows.get(options.flow)
        if other is None:
            raise SpokenValueError("The flow to run is not there.")
        env, speaker = turn.env(), turn.program.speaker
        values = {
            name: coerce(formula.evaluate(env, speaker), other.declarations[name])
            for name, formula in options.inputs.items()
            if name in other.inputs
        }
        turn.enter_flow(other, values)
        return None
