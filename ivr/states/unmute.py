"""`unmute`: we can be heard again."""

from __future__ import annotations

from ivr.core.acting import Acts
from ivr.core.effects import UnmuteSelf
from ivr.core.options import WithExits
from ivr.core.turn import Turn


class UnmuteOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """An unmute has nothing to set but its exits."""


class Unmute(Acts[UnmuteOptions]):
    """Unmute ourselves in a group call. Nobody can unmute others."""

    name = "unmute"
    Options = UnmuteOptions
    example = """
speak_again:
  type: unmute
  next: say_welcome
"""

    def act(self, turn: Turn, options: UnmuteOptions) -> str:
        """Unmute."""
        return turn.emit(UnmuteSelf)
