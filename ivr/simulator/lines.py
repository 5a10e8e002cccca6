"""All lines of one simulated call: the one that came in, and the legs that the engine places.

The caller is on the main line. A leg that is placed while nobody is on the main line is an attempt
to reach somebody, and becomes the main line; any other leg is a consultation beside it, whose
party does what a transfer's far end does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from ivr.core.effects import (
    AnyEffect,
    CreateMeeting,
    InviteParticipants,
    JoinMeeting,
    PlaceCall,
    TransferCall,
)
from ivr.core.events import AnyEvent, CallProgressed, LegPlaced, MeetingCreated, on_leg
from ivr.core.values import Millis, Participant, Target
from ivr.errors import Refused
from ivr.graph.placing import call_to, place_in
from ivr.ports import Line
from ivr.simulator.door import apply, failed
from ivr.simulator.phone.model import Phone
from ivr.simulator.phone.rules import Call, Outcome, Rules
from ivr.simulator.reports import events
from ivr.simulator.samples import sample_meeting

CALLBACK = "https://simulator.invalid/"
SOMEBODY = Participant("attendee", "user", "00000000-0000-4000-8000-00000000beef", "Alex")

_PLACING = (PlaceCall, JoinMeeting)
_REPLACING = (TransferCall, InviteParticipants)


class Placed(Struct, frozen=True):
    """A leg that was placed: whom or what it was to reach, and whether that was a consultation."""

    at: Millis
    leg: str
    phone: Phone
    to: Target | None = None
    aside: bool = False


class Lines:
    """The phones of one call, by the legs that the engine knows them by.

    `dials` are what those do who are called, one attempt after the other; the last one stands for
    all that follow. Without any they do what the rules say. `lobby` makes meetings let the bot
    wait. `mains` are the main lines, one after the other; none as long as nobody was called.
    """

    def __init__(
        self, rules: Rules, call: Call, dials: Iterable[Outcome] = (), *, lobby: bool = False
    ) -> None:
        self._rules = rules
        self._call = call
        self._dials = deque(dials)
        self._lobby = lobby
        self._phones: dict[str, Phone] = {}
        self._ids: dict[str, Phone] = {}
        self.placed: list[Placed] = []
        self.mains: list[Phone] = []

    @property
    def main(self) -> Phone | None:
        """The main line of now, or the last one."""
        return self.mains[-1] if self.mains else None

    def ring(self) -> Phone:
        """The call comes in."""
        phone = self._phones[""] = Phone(self._call, self._rules)
        self.mains.append(phone)
        return phone

    def next_due(self) -> Millis | None:
        """When a phone will have something to tell."""
        first: Millis | None = None
        for phone in self._phones.values():
            due = phone.next_due()
            if due is not None and (first is None or due < first):
                first = due
        return first

    def advance(self, now: Millis) -> list[AnyEvent]:
        """Let time pass on all phones; what they tell, each of its own leg."""
        told: list[AnyEvent] = []
        for leg, phone in self._phones.items():
            signals = phone.advance(now)
            if signals:
                happened = events(signals)
                told += [on_leg(event, leg) for event in happened] if leg else happened
        return told

    def apply(self, now: Millis, effect: AnyEffect) -> list[AnyEvent]:
        """Carry out an effect on the leg that it is for; what is known at once comes back."""
        if isinstance(effect, _PLACING):
            return self._place(now, effect)
        if isinstance(effect, CreateMeeting):
            return [MeetingCreated(effect.id, sample_meeting(effect.organizer))]
        phone = self._phones.get(effect.leg)
        if phone is None:
            return [failed(effect, "8522", "gone")]
        other = self._replaced(effect) if isinstance(effect, _REPLACING) else None
        known = apply(phone, now, effect, other)
        return [on_leg(event, effect.leg) for event in known] if effect.leg else known

    def transferee_does(self, now: Millis, outcome: Outcome, after: Millis | None = None) -> None:
        """What the other side of transfers does from now on, and one that rings already."""
        self._rules = replace(self._rules, transferee=outcome)
        if self.main is not None:
            self.main.set_transfer_outcome(now, outcome, after)
        if self.placed and self.placed[-1].aside:
            self.placed[-1].phone.set_callee_outcome(now, outcome, after)

    def invitee_does(self, now: Millis, outcome: Outcome, after: Millis | None = None) -> None:
        """What those do who are invited from now on, and those who ring already."""
        self._rules = replace(self._rules, invitee=outcome)
        if self.main is not None:
            self.main.set_invite_outcome(now, outcome, after)

    def callee_does(self, now: Millis, outcome: Outcome, after: Millis | None = None) -> bool:
        """What the one does who is being called; False when nobody rings."""
        return self.main is not None and self.main.set_callee_outcome(now, outcome, after)

    def _place(self, now: Millis, effect: PlaceCall | JoinMeeting) -> list[AnyEvent]:
        wire = Line("", self._call.tenant, CALLBACK)
        try:
            # The adapter's own checks: what it would never send cannot ring here.
            if isinstance(effect, PlaceCall):
                call_to(effect, wire)
            else:
                place_in(effect, wire)
        except Refused as refused:
            return [failed(effect, refused.code)]
        main = self.main
        aside = main is not None and main.ended is None
        phone = Phone(self._new_call(now, effect, aside=aside), self._rules)
        to = effect.to if isinstance(effect, PlaceCall) else None
        self.placed.append(Placed(now, effect.id, phone, to, aside))
        line = f"line-{len(self.placed)}"
        self._phones[effect.id] = self._ids[line] = phone
        if not aside:
            self.mains.append(phone)
        return [LegPlaced(effect.id, line), CallProgressed("establishing", leg=effect.id)]

    def _new_call(self, now: Millis, effect: PlaceCall | JoinMeeting, *, aside: bool) -> Call:
        call = Call(at=now, tenant=self._call.tenant, bot=self._call.bot)
        if isinstance(effect, JoinMeeting):
            organizer = effect.meeting.organizer
            host = replace(SOMEBODY, identity=organizer) if organizer else SOMEBODY
            return replace(call, meeting=True, lobby=self._lobby, others=(host,))
        callee = self._rules.transferee if aside else self._next_dial()
        number = f"{effect.to.kind}:{effect.to.id}"
        return replace(call, outgoing=True, to=number, callee=callee, phones=bool(effect.source))

    def _next_dial(self) -> Outcome:
        if not self._dials:
            return "answered"
        return self._dials.popleft() if len(self._dials) > 1 else self._dials[0]

    def _replaced(self, effect: TransferCall | InviteParticipants) -> Phone | None:
        """The phone of a leg by the engine's name of it, or by the service's."""
        known = self._phones if isinstance(effect, TransferCall) else self._ids
        return known.get(effect.replaces) if effect.replaces else None
