"""`mute`: nobody hears somebody, or us, any more."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from ivr.core.acting import SELF, Acts, found, is_self
from ivr.core.effects import MuteParticipant
from ivr.core.options import Text, WithExits
from ivr.core.turn import Turn


class MuteOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What a mute may set."""

    who: Annotated[
        Text,
        Meta(
            description="Whom: `self` for us, the `id` of a participant, an account or a number as "
            "a target, or `${call.from}` for the caller. Without it, us.",
            examples=["${call.from}"],
        ),
    ] = field(default_factory=lambda: Text(SELF))


class Mute(Acts[MuteOptions]):
    """Mute ourselves, or one participant of a group call.

    The service mutes in group calls only. Whoever is muted can only unmute himself.
    """

    name = "mute"
    Options = MuteOptions
    example = """
mute_caller:
  type: mute
  who: "${call.from}"
  next: main_menu
"""

    def act(self, turn: Turn, options: MuteOptions) -> str:
        """Mute, where somebody is found to be muted."""
        if is_self(turn, options.who):
            return turn.emit(MuteParticipant)
        one = found(turn, options.who)
        return turn.emit(MuteParticipant, participant=one) if one else ""
