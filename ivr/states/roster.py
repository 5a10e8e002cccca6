"""`roster`: who is on the call."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ivr.core.acting import Acts
from ivr.core.effects import ListParticipants
from ivr.core.events import AnyEvent, ParticipantsListed
from ivr.core.options import Name, WithExits
from ivr.core.participants import people
from ivr.core.turn import Turn
from ivr.core.values import Participant
from ivr.expr.types import coerce


class RosterOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What a roster may set."""

    save_as: Annotated[
        Name,
        Meta(
            description="The variable that keeps the list, of type list with the fields `id`, "
            "`kind`, `name` (texts) and `muted` (yes_no), as far as they are wanted.",
            examples=["people"],
        ),
    ]


class RosterState(Acts[RosterOptions]):
    """Ask the service who is on the call, and keep the answer as a list.

    Each item has an `id` for states such as `mute`, a `kind` (user, phone, guest or other), a
    `name` where there is one, and `muted`. Applications, ourselves among them, and those who wait
    in the lobby are left out. In a call between two the service may list nobody.
    """

    name = "roster"
    Options = RosterOptions
    example = """
look_round:
  type: roster
  save_as: people
  on:
    done: main_menu
    failed: finished
"""

    def act(self, turn: Turn, options: RosterOptions) -> str:
        """Ask."""
        return turn.emit(ListParticipants)

    def handle(self, turn: Turn, options: RosterOptions, event: AnyEvent) -> str | None:
        """Keep the answer."""
        if isinstance(event, ParticipantsListed) and not turn.visit.awaiting:
            found = [_item(one) for one in people(turn.snapshot)]
            turn.set(options.save_as, coerce(found, turn.program.declarations[options.save_as]))
            return "done"
        return super().handle(turn, options, event)


def _item(one: Participant) -> dict[str, object]:
    return {"id": one.id, "kind": one.kind, "name": one.name or None, "muted": one.muted}
