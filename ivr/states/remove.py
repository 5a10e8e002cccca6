"""`remove`: put somebody out of the call."""

from __future__ import annotations

from ivr.core.acting import LOOKING, Acts, OfSomebody, found
from ivr.core.effects import RemoveParticipant
from ivr.core.events import AnyEvent, RosterChanged
from ivr.core.participants import forget
from ivr.core.turn import Turn


class RemoveOptions(OfSomebody, kw_only=True, forbid_unknown_fields=True):
    """What a remove may set."""


class Remove(Acts[RemoveOptions]):
    """Put a participant out of a group call, at once and without a warning.

    Somebody who was invited and has not answered is no longer invited. The service allows it only
    to applications that an administrator of the tenant has listed for it.
    """

    name = "remove"
    Options = RemoveOptions
    example = """
drop_expert:
  type: remove
  who: "${env.reception}"
  on:
    done: main_menu
    failed: finished
"""

    def act(self, turn: Turn, options: RemoveOptions) -> str:
        """Remove, where somebody is found."""
        one = found(turn, options.who)
        return turn.emit(RemoveParticipant, participant=one) if one else ""

    def handle(self, turn: Turn, options: RemoveOptions, event: AnyEvent) -> str | None:
        """A roster without the participant tells as much as the answer."""
        if isinstance(event, RosterChanged) and turn.visit.stage != LOOKING:
            return None if found(turn, options.who) else "done"
        outcome = super().handle(turn, options, event)
        if outcome == "done":
            forget(turn.snapshot, found(turn, options.who))
        return outcome
