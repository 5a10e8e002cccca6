"""What can be seen of a simulated call: its line, its people, and what the caller lived through."""

from __future__ import annotations

from ivr.core.values import Millis, Target
from ivr.simulator.phone.conference import Conference
from ivr.simulator.phone.handover import Handovers
from ivr.simulator.phone.invitations import Invitations
from ivr.simulator.phone.line import Line
from ivr.simulator.phone.media import Media
from ivr.simulator.phone.people import Naming, People, numbered
from ivr.simulator.phone.rules import Call, Rules
from ivr.simulator.phone.signals import (
    Clip,
    DownReason,
    Handover,
    Heard,
    Invited,
    Pressed,
    State,
)
from ivr.simulator.phone.timeline import Timeline

_DEFAULT = Rules()


class Shown:
    """The parts of one call, and their state; `naming` names the people of a group call."""

    def __init__(self, call: Call, rules: Rules = _DEFAULT, naming: Naming = numbered) -> None:
        self.call = call
        self.rules = rules
        self.pressed: list[Pressed] = []
        self._listens_from: Millis | None = None
        self._tones = 0
        self._time = Timeline(call.at)
        self._media = Media(self._time, rules)
        self._line = Line(self._time, rules, call, self._media)
        self.conference = Conference(self._time, rules, self._line, People(call, naming))
        self._line.came_up = self.conference.come_up
        self._invitations = Invitations(self._time, rules, call, self._line, self.conference)
        self._handovers = Handovers(
            self._time, rules, call, self._line, self._media, self.conference
        )

    @property
    def state(self) -> State:
        """Where the line is."""
        return self._line.state

    @property
    def audio(self) -> bool:
        """Whether the media path is up."""
        return self._line.audio

    @property
    def listening(self) -> bool:
        """Whether the bot wants to be told of keys."""
        return self._listens_from is not None

    @property
    def in_lobby(self) -> bool:
        """Whether the bot waits to be let into a meeting."""
        return self._line.in_lobby

    @property
    def ended(self) -> DownReason | None:
        """Why the call is over, or None while it lives."""
        return self._line.ended

    @property
    def heard(self) -> list[Heard]:
        """What was played to the caller, in order; the last one may still be playing."""
        return self._media.heard

    @property
    def clips(self) -> list[Clip]:
        """The recordings that exist."""
        return self._media.recorder.clips

    @property
    def recording(self) -> bool:
        """Whether the caller is being recorded just now."""
        return self._media.recorder.active

    @property
    def handovers(self) -> list[Handover]:
        """The transfers that were asked for."""
        return self._handovers.asked

    @property
    def invited(self) -> list[Invited]:
        """The invitations that were sent."""
        return self._invitations.sent

    @property
    def redirected_to(self) -> tuple[Target, ...]:
        """Where the call was sent before it was answered."""
        return self._line.redirected_to
