"""Handing a simulated call on to somebody else (Graph: call-transfer page).

A transfer is blind, or takes the place of another call of the bot; either way the far end
decides. A failed transfer gives the call back. From a group call one participant is handed on,
and the call stays.
"""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from ivr.core.values import Millis
from ivr.simulator.phone.conference import Conference
from ivr.simulator.phone.far_end import FarEnd, Other
from ivr.simulator.phone.line import Line
from ivr.simulator.phone.media import Media
from ivr.simulator.phone.rules import Call, Outcome, Rules
from ivr.simulator.phone.signals import Handover, Refusal
from ivr.simulator.phone.timeline import Timeline


class Handovers:
    """The transfers of one call, one at a time."""

    def __init__(
        self,
        time: Timeline,
        rules: Rules,
        call: Call,
        line: Line,
        media: Media,
        conference: Conference,
    ) -> None:
        self._time = time
        self._rules = rules
        self._call = call
        self._line = line
        self._media = media
        self._conference = conference
        self._far_end = FarEnd(rules.transferee, rules.transfer_rings, rules.transfer_gives_up)
        self._ringing = False
        self._other: Other | None = None
        self.asked: list[Handover] = []

    def transfer(self, wanted: Handover, other: Other | None) -> Refusal | None:
        """Ring the far end; what is played or recorded meanwhile is cut off."""
        if self._ringing and self._line.state in ("transferring", "established"):
            return Refusal("conflict")
        refused = self._line.refusal() or self._unfit(wanted, other)
        if refused:
            return refused
        self._ringing, self._other = True, other
        self.asked.append(wanted)
        if not wanted.transferee:
            self._media.stop("transfer")
            self._line.enter("transferring")
            if self._rules.transfer_takes_audio:
                self._line.set_audio(False)
        self._ring()
        return None

    def decide(self, outcome: Outcome, after: Millis | None) -> None:
        """Say what the far end does: now when it rings, else when it is rung."""
        self._far_end.outcome, self._far_end.after = outcome, after
        if self._ringing and not self._line.ended:
            self._ring(after or 0)

    def _unfit(self, wanted: Handover, other: Other | None) -> Refusal | None:
        people = self._conference.people
        if wanted.transferee and not people.group:
            return Refusal("not_a_group")
        if wanted.transferee and people.find(wanted.transferee) is None:
            return Refusal("no_such_person")
        if people.group and not wanted.transferee:
            return Refusal("invalid")
        if wanted.to.kind == "phone" and not self._call.phones:
            return Refusal("no_phones")
        return Refusal("invalid") if other and other.state != "established" else None

    def _ring(self, soon: Millis | None = None) -> None:
        if self._other:
            # Whom it takes the place of is on the line already: nobody has to pick up.
            failed = self._far_end.outcome == "failed"
            outcome: Outcome = "failed" if failed else "answered"
            length = self._rules.transfer_replaces if soon is None else soon
        else:
            length, outcome = self._far_end.settles(soon)
        self._time.after(length, "far_end", partial(self._settles, outcome))

    def _settles(self, outcome: Outcome) -> None:
        if self._other and self._other.ended:
            outcome = "failed"
        self._ringing = False
        settled = replace(self.asked[-1], outcome=outcome, settled=self._time.now)
        self.asked[-1] = settled
        if outcome != "answered":
            self._line.come_back(outcome)
        elif settled.transferee:
            self._replaced()
            self._conference.gone(settled.transferee)
        else:
            self._line.enter("accepted")
            self._line.set_audio(False)
            self._time.after(self._rules.transfer_leaves, "down", self._leaves)

    def _leaves(self) -> None:
        self._replaced()
        self._line.down("transferred")

    def _replaced(self) -> None:
        if self._other:
            self._other.drop(self._time.now)
