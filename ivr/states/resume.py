"""`resume`: the end of a hold."""

from __future__ import annotations

from ivr.core.acting import Acts, OfSomebody, found
from ivr.core.effects import ResumeParticipant
from ivr.core.turn import Turn


class ResumeOptions(OfSomebody, kw_only=True, forbid_unknown_fields=True):
    """What a resume may set."""


class Resume(Acts[ResumeOptions]):
    """Take a participant of a group call off hold."""

    name = "resume"
    Options = ResumeOptions
    example = """
bring_back:
  type: resume
  who: "${call.from}"
  next: main_menu
"""

    def act(self, turn: Turn, options: ResumeOptions) -> str:
        """Take off hold, where somebody is found."""
        one = found(turn, options.who)
        return turn.emit(ResumeParticipant, participant=one) if one else ""
