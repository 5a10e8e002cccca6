"""Inviting others to a simulated call (Graph: participant-invite page).

One may be invited to a call between two, which makes it a group call; up to five at once to a
group call. Who is invited in place of another call of the bot leaves that one when he joins.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from ivr.core.values import Millis, Target
from ivr.simulator.phone.conference import Conference
from ivr.simulator.phone.far_end import FarEnd, Other
from ivr.simulator.phone.line import Line
from ivr.simulator.phone.rules import Call, Outcome, Rules
from ivr.simulator.phone.signals import Invited, OperationEnded, Refusal, Result
from ivr.simulator.phone.timeline import Timeline

MOST = 5
RESULTS: dict[Outcome, Result] = {
    "answered": "completed",
    "no_answer": "no_answer",
    "undecided": "no_answer",
    "busy": "busy",
    "declined": "declined",
    "failed": "failed",
}


class Invitations:
    """The invitations of one call; those that ring do so side by side."""

    def __init__(
        self, time: Timeline, rules: Rules, call: Call, line: Line, conference: Conference
    ) -> None:
        self._time = time
        self._call = call
        self._line = line
        self._conference = conference
        self._far_end = FarEnd(rules.invitee, rules.invite_rings, rules.invite_gives_up)
        self._ringing: dict[int, Other | None] = {}
        self.sent: list[Invited] = []

    def invite(self, context: str, to: Sequence[Target], other: Other | None) -> Refusal | None:
        """Ring those who are to join; `other` is a call of ours that the first of them leaves."""
        refused = self._line.refusal() or self._unfit(to, other)
        if refused is None:
            self._ringing[len(self.sent)] = other
            self.sent.append(Invited(self._time.now, tuple(to), context))
            self._ring(len(self.sent) - 1)
        return refused

    def decide(self, outcome: Outcome, after: Millis | None) -> None:
        """What those do who are invited: at once if they ring, else when they are rung."""
        self._far_end.outcome, self._far_end.after = outcome, after
        for number in self._ringing:
            self._ring(number, after or 0)

    def _unfit(self, to: Sequence[Target], other: Other | None) -> Refusal | None:
        if not 1 <= len(to) <= MOST or (other and other.state != "established"):
            return Refusal("invalid")
        if len(to) > 1 and not self._conference.people.group:
            return Refusal("not_a_group")
        if not self._call.phones and any(each.kind == "phone" for each in to):
            return Refusal("no_phones")
        return None

    def _ring(self, number: int, soon: Millis | None = None) -> None:
        length, outcome = self._far_end.settles(soon)
        self._time.after(length, f"invite {number}", partial(self._settles, number, outcome))

    def _settles(self, number: int, outcome: Outcome) -> None:
        other = self._ringing.pop(number)
        invited = self.sent[number] = replace(self.sent[number], outcome=outcome)
        now = self._time.now
        self._time.tell(OperationEnded(now, invited.context, "invite", RESULTS[outcome]))
        if outcome == "answered":
            if other:
                other.drop(now)
            for one in invited.to:
                self._conference.come(one)
