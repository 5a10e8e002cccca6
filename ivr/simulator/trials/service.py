"""The model of Graph: phones, what is asked of them, and what they tell.

A phone is strict and pure (`ivr.simulator.phone`); here it is driven through virtual time. Nothing
of it belongs to a node, so it goes on when all of them are dead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec.structs import replace

from ivr.core.effects import (
    AnyEffect,
    CreateMeeting,
    JoinMeeting,
    KeepAlive,
    PlaceCall,
    PlayPrompts,
    TransferCall,
)
from ivr.core.events import AnyEvent, EffectFailed, LegPlaced, MeetingCreated, on_leg
from ivr.core.values import Millis, Participant, kind_of
from ivr.errors import CallGone, IvrError, Refused
from ivr.ports import Line
from ivr.simulator.door import apply, arrival
from ivr.simulator.phone.model import Phone
from ivr.simulator.phone.rules import Call, Outcome
from ivr.simulator.reports import events
from ivr.simulator.samples import sample_meeting
from ivr.simulator.trials.chance import Chance
from ivr.simulator.trials.entries import CallRang, CarriedOut, Declined, Heard, LineEnded
from ivr.simulator.trials.faults import Faults
from ivr.simulator.trials.history import History
from ivr.simulator.trials.loop import SECOND, VirtualLoop
from ivr.simulator.trials.plan import CallPlan

FAR_ENDS: tuple[Outcome, ...] = (
    "answered", "answered", "busy", "declined", "no_answer", "failed",
)  # fmt: skip
SOMEBODY = Participant("attendee", "user", "00000000-0000-4000-8000-00000000beef", "Alex")
Answer = Sequence[AnyEvent] | IvrError
Tell = Callable[["Leg", AnyEvent], None]


class Ear(Protocol):
    """A caller at his phone."""

    def hears(self, index: int, name: str) -> None:
        """A piece of audio begins."""
        ...


class Leg:
    """One line of Graph's: `line` is Graph's id of it, `call` ours of the call it belongs to.

    `leg` is the effect that placed it, "" for a call that came in; `aside` tells that it is beside
    another one.
    """

    def __init__(
        self, plan: CallPlan, phone: Phone, line: str, leg: str = "", *, aside: bool = False
    ) -> None:
        self.aside = aside
        self.plan = plan
        self.phone = phone
        self.line = line
        self.leg = leg
        self.call = plan.call
        self.ear: Ear | None = None
        self.kept_alive: list[int] = []
        self._heard = 0
        self.down = False

    def news(self) -> list[tuple[int, str, str]]:
        """The pieces that have begun since the last time."""
        since, self._heard = self._heard, len(self.phone.heard)
        return [
            (index, piece.name, piece.context)
            for index, piece in enumerate(self.phone.heard[since:], since)
        ]


class Service:
    """All lines of one run."""

    def __init__(
        self,
        loop: VirtualLoop,
        history: History,
        chance: Chance,
        faults: Faults,
        starts_at: Millis,
        tell: Tell,
        answered: Callable[[Leg], None],
    ) -> None:
        self._loop = loop
        self._history = history
        self._chance = chance
        self._faults = faults
        self._starts_at = starts_at
        self._tell = tell
        self._answered = answered
        self._plans: dict[str, CallPlan] = {}
        self.legs: dict[str, Leg] = {}
        self._legs_of: dict[str, list[Leg]] = defaultdict(list)
        self._woken: dict[str, int] = {}

    def moment(self) -> Millis:
        """The true time of day."""
        return self._starts_at + self._loop.now // 1_000

    def ring(self, plan: CallPlan, tenant: str) -> Leg:
        """A caller rings."""
        self.expect(plan)
        call = Call(at=self.moment(), caller=plan.caller, to=plan.called, tenant=tenant)
        leg = Leg(plan, Phone(call, plan.rules), plan.call)
        self._keep(leg)
        self._answered(leg)
        self._history.add(CallRang(self._loop.now, plan.call, plan.flow))
        self._far_end(leg)
        self._tell(leg, arrival(leg.phone))
        self.settle(leg)
        return leg

    def expect(self, plan: CallPlan) -> None:
        """There will be legs of this call."""
        self._plans[plan.call] = plan

    def ask(self, effect: AnyEffect, line: Line, number: int, call: str) -> Answer:
        """Carry out one effect now; what Graph answers."""
        kind = kind_of(effect)
        answer, leg = self._carry_out(effect, line, call)
        if isinstance(answer, IvrError):
            why = getattr(answer, "code", "")
            self._history.add(Declined(self._loop.now, number, call, effect.id, kind, why))
        else:
            self._history.add(CarriedOut(self._loop.now, number, call, effect.id, kind))
        if leg is not None:
            self.settle(leg)
        return answer

    def settle(self, leg: Leg) -> None:
        """Tell what has happened until now, and come back when there will be more."""
        told = events(leg.phone.advance(self.moment()))
        for index, name, context in leg.news():
            self._history.add(Heard(self._loop.now, leg.call, name, context))
            if leg.ear and name != "beep":
                leg.ear.hears(index, name)
        for event in told:
            self._tell(leg, on_leg(event, leg.leg) if leg.leg else event)
        if leg.phone.ended and not leg.down:
            leg.down = True
            self._history.add(LineEnded(self._loop.now, leg.call, leg.line, leg.phone.ended))
        self._come_back(leg)
        for other in self._legs_of[leg.call]:
            if other.phone.ended and not other.down:
                self.settle(other)

    def _come_back(self, leg: Leg) -> None:
        due = leg.phone.next_due()
        if due is None:
            return
        at = max((due - self._starts_at) * 1_000, self._loop.now)
        if self._woken.get(leg.line) != at:
            self._woken[leg.line] = at
            self._loop.at(at, self._woke, leg, at)

    def _woke(self, leg: Leg, at: int) -> None:
        if self._woken.get(leg.line) == at:
            del self._woken[leg.line]
            self.settle(leg)

    def _carry_out(self, effect: AnyEffect, line: Line, call: str) -> tuple[Answer, Leg | None]:
        if isinstance(effect, CreateMeeting):
            return [MeetingCreated(effect.id, sample_meeting(effect.organizer))], None
        if isinstance(effect, PlaceCall | JoinMeeting):
            return self._place(effect, line, call)
        leg = self.legs.get(line.call_id)
        if leg is None:
            return CallGone("There is no such call.", 404, "8522"), None
        answer = self._apply(leg, effect, self.legs.get(line.replaces))
        if not isinstance(answer, IvrError):
            if isinstance(effect, KeepAlive):
                leg.kept_alive.append(self._loop.now)
            elif isinstance(effect, TransferCall):
                self._far_end(leg)
        return answer, leg

    def _place(self, effect: PlaceCall | JoinMeeting, line: Line, call: str) -> tuple[Answer, Leg]:
        plan = self._plans[call]
        aside = any(not leg.phone.ended for leg in self._legs_of[call])
        asked = Call(at=self.moment(), tenant=line.tenant)
        if isinstance(effect, JoinMeeting):
            asked = replace(asked, meeting=True, others=(SOMEBODY,))
        else:
            callee = self._chance.pick(FAR_ENDS, f"{call} callee {len(self._legs_of[call])}")
            asked = replace(asked, outgoing=True, callee=callee, phones=bool(effect.source))
        name = self._chance.name(32, f"line of {call} {len(self._legs_of[call])}")
        line_id = f"{name[:8]}-{name[8:12]}-4{name[13:16]}-8{name[17:20]}-{name[20:]}"
        leg = Leg(plan, Phone(asked, plan.rules), line_id, effect.id, aside=aside)
        self._keep(leg)
        self._far_end(leg)
        self._answered(leg)
        return [LegPlaced(effect.id, line_id)], leg

    def _keep(self, leg: Leg) -> None:
        self.legs[leg.line] = leg
        self._legs_of[leg.call].append(leg)

    def _apply(self, leg: Leg, effect: AnyEffect, other: Leg | None) -> Answer:
        if isinstance(effect, PlayPrompts) and self._faults.strikes("audio_not_fetched", effect.id):
            refused = leg.phone.play(self.moment(), effect.id, None)
            if refused is None:
                leg.phone.fetched(self.moment(), effect.id, "not_fetched")
                return ()
        answer = apply(leg.phone, self.moment(), effect, other.phone if other else None)
        if answer and isinstance(answer[0], EffectFailed):
            return _error(answer[0])
        return [on_leg(event, leg.leg) for event in answer] if leg.leg else answer

    def _far_end(self, leg: Leg) -> None:
        """What becomes of the next transfer."""
        place = f"{leg.call} {len(self._legs_of[leg.call])} far end {len(leg.phone.handovers)}"
        outcome = self._chance.pick(FAR_ENDS, place)
        usual = (2, 9) if outcome != "no_answer" else (15, 30)
        after = self._chance.between(*usual, f"{place} after") * SECOND // 1_000
        leg.phone.set_transfer_outcome(self.moment(), outcome, after)


def _error(failed: EffectFailed) -> IvrError:
    if failed.failure == "gone":
        return CallGone("The call is over.", 404, failed.code)
    return Refused("Graph does not do that now.", 400, failed.code)
