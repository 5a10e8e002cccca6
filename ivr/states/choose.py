"""`choose`: decide by conditions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct, field

from ivr.core.options import Condition, Exit, StateOptions
from ivr.core.state_type import StateType
from ivr.core.turn import Turn
from ivr.expr.expression import truth


class Branch(Struct, kw_only=True, forbid_unknown_fields=True):
    """One line: a condition and where it leads, or `else`."""

    condition: Annotated[
        Condition | None,
        Meta(description="The condition, such as `count(slots) = 3`.", examples=["balance < 0"]),
    ] = field(name="if", default=None)
    go: Annotated[str | None, Meta(description="The state to go to.")] = None
    otherwise: Annotated[
        str | None, Meta(description="The state to go to when no condition holds.")
    ] = field(name="else", default=None)
    label: Annotated[str, Meta(description="What people see on the arrow.")] = ""


class ChooseOptions(StateOptions, kw_only=True, forbid_unknown_fields=True):
    """What a choose may set."""

    when: Annotated[
        list[Branch],
        Meta(min_length=1, description="Conditions from top to bottom; the last line is `else`."),
    ]


class Choose(StateType[ChooseOptions]):
    """Go where the first true condition leads, or where `else` does.

    A condition that cannot be worked out, such as `<` with a value that is not set, takes the
    `error` exit.
    """

    name = "choose"
    Options = ChooseOptions
    example = """
any_slots:
  type: choose
  when:
    - { if: count(slots) = 3, go: offer_slots }
    - { else: ring_reception }
"""

    def exits(self, options: ChooseOptions) -> dict[str, Exit]:
        """One exit for each line: `when_1`, `when_2`, and `else`."""
        return {
            outcome: Exit({"go": branch.otherwise or branch.go or "", "label": branch.label})
            for outcome, branch in _lines(options)
        }

    def outcomes_of(self, options: ChooseOptions) -> Iterable[str]:
        """One outcome for each line."""
        return [outcome for outcome, _ in _lines(options)]

    def enter(self, turn: Turn, options: ChooseOptions) -> str | None:
        """Decide."""
        env = turn.env()
        for outcome, branch in _lines(options):
            condition = branch.condition
            if condition is None or truth(condition.expression.evaluate(env)):
                return outcome
        return "error"


def _lines(options: ChooseOptions) -> Iterable[tuple[str, Branch]]:
    for number, branch in enumerate(options.when, start=1):
        yield ("else" if branch.condition is None else f"when_{number}"), branch
