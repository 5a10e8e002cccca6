"""What a state type is: one file in `ivr/states/`, found by the registry.

A state type turns events into an **outcome** and knows neither the next state, nor the
telephone service, nor the other types. Its docstring becomes the documentation page, its
options become the JSON Schema, its `example` is compiled and run by the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar, Generic, Literal

from ivr.core.events import AnyEvent, CallEnded
from ivr.core.options import Exit, O, WithExits

if TYPE_CHECKING:
    from ivr.core.program import Defaults
    from ivr.core.turn import Turn

Line = Literal["none", "wanted", "needed"]
"""Whether a state waits for the caller's line before it is entered: `none` runs at any time,
`wanted` runs without one once the caller has gone, `needed` takes `hangup` instead."""


class StateType(Generic[O]):
    """The behaviour of one YAML `type:`."""

    name: ClassVar[str]
    Options: type[O]
    outcomes: ClassVar[tuple[str, ...]] = ()
    """What may stand in `on:`."""
    must: ClassVar[tuple[str, ...]] = ()
    """Outcomes without which a flow cannot run right; a flow-wide exit will do."""
    fallbacks: ClassVar[Mapping[str, str]] = {}
    """Where an outcome goes that has no exit of its own."""
    hears_hang_up: ClassVar[bool] = False
    minds_roster: ClassVar[bool] = False
    """Whether who comes and goes is its own business, so that no flow-wide exit is taken for it."""
    ends: ClassVar[bool] = False
    """Whether the call or sub-flow ends here."""
    example: ClassVar[str] = ""

    def line(self, options: O) -> Line:
        """Whether the state waits for the line."""
        return "none"

    def exits(self, options: O) -> dict[str, Exit]:
        """Outcome to exit, in the order of the YAML; sugar is unfolded here.

        Where two spellings name one outcome, the later one is kept.
        """
        if not isinstance(options, WithExits):
            return {}
        way_on = {"next": Exit(options.next)} if options.next else {}
        return {**way_on, **options.on}

    def outcomes_of(self, options: O) -> Iterable[str]:
        """Outcomes that this very state can have."""
        return self.outcomes

    def allows(self, outcome: str) -> bool:
        """Whether `outcome` may be a key of `on:`."""
        return outcome in self.outcomes

    def is_pressed(self, outcome: str) -> bool:
        """Whether an outcome tells what the caller pressed, so that it needs a label."""
        return False

    def fallback(self, outcome: str) -> str | None:
        """The outcome to take when `outcome` has no exit."""
        return self.fallbacks.get(outcome)

    def prompts(self, options: O) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """Every prompt that is named, with its path within the state."""
        return ()

    def plan(self, options: O, defaults: Defaults, targets: Mapping[str, str]) -> object:
        """What can be worked out once when the flow is compiled; found as `turn.state.plan`."""
        return None

    def enter(self, turn: Turn, options: O) -> str | None:
        """Begin; an outcome ends the visit at once."""
        raise NotImplementedError

    def handle(self, turn: Turn, options: O, event: AnyEvent) -> str | None:
        """Take an event that may concern the state."""
        return "hangup" if isinstance(event, CallEnded) and self.hears_hang_up else None

    def unknown(self, turn: Turn, options: O) -> str | None:
        """Nobody knows whether the awaited effect was carried out.

        Most states wait for word of it until their deadline. It must never be wanted again.
        """
        return None
