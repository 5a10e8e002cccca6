"""`hold`: music for one participant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from ivr.core.acting import Acts, OfSomebody, found
from ivr.core.effects import HoldParticipant
from ivr.core.options import Name
from ivr.core.turn import Turn


class HoldOptions(OfSomebody, kw_only=True, forbid_unknown_fields=True):
    """What a hold may set."""

    music: Annotated[
        Name | None,
        Meta(description="A prompt to be heard in place of the service's own music."),
    ] = None


class Hold(Acts[HoldOptions]):
    """Put one participant of a group call on hold, with music, until a `resume`.

    The others go on talking. Only one participant at a time can be on hold; another one fails.
    """

    name = "hold"
    Options = HoldOptions
    example = """
park_caller:
  type: hold
  who: "${call.from}"
  next: main_menu
"""

    def prompts(self, options: HoldOptions) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """The music."""
        return [(("music",), options.music)] if options.music else []

    def act(self, turn: Turn, options: HoldOptions) -> str:
        """Put on hold, where somebody is found."""
        one = found(turn, options.who)
        music = turn.audio(options.music) if options.music else None
        return turn.emit(HoldParticipant, participant=one, audio=music) if one else ""
