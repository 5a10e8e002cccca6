"""`share`: the screen."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ivr.core.acting import Acts
from ivr.core.effects import ShareScreen
from ivr.core.options import WithExits
from ivr.core.turn import Turn


class ShareOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What a share may set."""

    role: Annotated[
        Literal["sharer", "viewer"],
        Meta(description="`sharer` begins to share the screen, `viewer` ends it."),
    ]


class Share(Acts[ShareOptions]):
    """Begin or end sharing the screen.

    The service allows it only where the application handles the media itself. Here the service
    does, so it answers with `failed`.
    """

    name = "share"
    Options = ShareOptions
    example = """
show_slides:
  type: share
  role: sharer
  on:
    done: main_menu
    failed: finished
"""

    def act(self, turn: Turn, options: ShareOptions) -> str:
        """Ask for the role."""
        return turn.emit(ShareScreen, role=options.role)
