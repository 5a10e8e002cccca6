"""More than two on a simulated call: who comes and goes, is muted, held or put out.

A call between two becomes a group call when somebody joins it (Graph: participant-invite page,
and the overview of calling bots in Teams). Most of what is here needs a group call.
"""

from __future__ import annotations

from functools import partial

from ivr.core.values import Millis, Target
from ivr.simulator.phone.line import Line
from ivr.simulator.phone.people import People
from ivr.simulator.phone.rules import Rules
from ivr.simulator.phone.signals import Announced, OperationEnded, Refusal, RosterChanged
from ivr.simulator.phone.timeline import Timeline

Route = tuple[tuple[str, ...], tuple[str, ...]]
"""Who is heard, and by whom only, as participants' ids."""


class Conference:
    """The people of one call and what is done with them."""

    def __init__(self, time: Timeline, rules: Rules, line: Line, people: People) -> None:
        self._time = time
        self._rules = rules
        self._line = line
        self._held = 0
        self.people = people
        self.announced: list[Announced] = []
        self.routes: dict[str, Route] = {}
        self.on_hold = ""

    # What the bot may ask for

    def mute(self, now: Millis, person: str = "", *, muted: bool = True) -> Refusal | None:
        """Mute somebody, or the bot itself; only the bot itself can be unmuted."""
        self._time.run(now)
        refused = self._refusal(person or self.people.me)
        if refused is None:
            self._change(person or self.people.me, muted=muted)
        return refused

    def hold(self, now: Millis, context: str, person: str) -> Refusal | None:
        """Play music to one participant, one at a time; the operation ends when it has begun."""
        self._time.run(now)
        refused = self._refusal(person) or (Refusal("conflict") if self.on_hold else None)
        if refused is None:
            self.on_hold = person
            self._held += 1
            plays = OperationEnded(now + self._rules.operation_ended, context, "hold", "completed")
            tell = partial(self._time.tell, plays)
            self._time.after(self._rules.operation_ended, f"hold {self._held}", tell)
        return refused

    def resume(self, now: Millis, person: str) -> Refusal | None:
        """Stop the music."""
        self._time.run(now)
        refused = self._refusal(person)
        if refused is None and person != self.on_hold:
            return Refusal("wrong_state")
        if refused is None:
            self.on_hold = ""
        return refused

    def remove(self, now: Millis, person: str) -> Refusal | None:
        """Put somebody out of the call."""
        self._time.run(now)
        refused = self._line.refusal()
        if refused is None and self.people.find(person) is None:
            return Refusal("no_such_person")
        if refused is None and not self._rules.may_remove:
            return Refusal("not_allowed")
        if refused is None:
            self.gone(person)
        return refused

    def announce(self, now: Millis, *, recording: bool) -> Refusal | None:
        """Show everybody that the call is recorded, or no longer."""
        self._time.run(now)
        refused = self._line.refusal()
        if refused is None:
            self.announced.append(Announced(self._time.now, recording))
        return refused

    def route(self, now: Millis, name: str, route: Route) -> Refusal | None:
        """Make a private path for sound, or change it."""
        self._time.run(now)
        sources, receivers = route
        if not sources or not receivers:
            return Refusal("invalid")
        for person in (*sources, *receivers):
            if refused := self._refusal(person):
                return refused
        self.routes[name] = route
        return None

    # What a tester does

    def join(self, now: Millis, who: Target, name: str = "", *, in_lobby: bool = False) -> str:
        """Somebody joins by himself; his id, or "" when there is no call to join."""
        self._time.run(now)
        if self._line.refusal():
            return ""
        return self.come(who, name, in_lobby=in_lobby)

    def leave(self, now: Millis, person: str) -> bool:
        """Somebody leaves; False when he is not there."""
        self._time.run(now)
        if self.people.find(person) is None or person == self.people.me:
            return False
        self.gone(person)
        return True

    def admit(self, now: Millis, person: str = "") -> bool:
        """Somebody, or the bot, is let in from the lobby; False when he does not wait there."""
        self._time.run(now)
        if person in ("", self.people.me):
            return self._line.admit()
        waiting = self.people.find(person)
        if waiting is None or not waiting.in_lobby:
            return False
        self._change(person, in_lobby=False)
        return True

    # What the line and invitations bring about

    def come_up(self) -> None:
        """The line is up: in a group call everybody is listed."""
        if self.people.group:
            self.people.gather(in_lobby=self._line.in_lobby)
            everybody = self.people.all()
            self._time.tell(RosterChanged(self._time.now, everybody, everybody))

    def come(self, who: Target, name: str = "", *, in_lobby: bool = False) -> str:
        """One more is on the call; his id."""
        before = self.people.all()
        if not self.people.group:
            self._escalate()
        person = self.people.add(who, name, in_lobby=in_lobby)
        everybody = self.people.all()
        self._time.tell(
            RosterChanged(self._time.now, everybody, (person,) if before else everybody)
        )
        return person.id

    def gone(self, person: str) -> None:
        """One is not on the call any more; with the last of them it ends."""
        if person == self.on_hold:
            self.on_hold = ""
        self.people.remove(person)
        self._time.tell(RosterChanged(self._time.now, self.people.all(), left=(person,)))
        if self.people.alone():
            self._line.down("all_left")

    def _escalate(self) -> None:
        """It is a group call from now on; without the permission for those the bot is dropped."""
        self.people.gather()
        if not self._rules.stays_in_group:
            drop = partial(self._line.down, "removed")
            self._time.after(self._rules.dropped_after, "dropped", drop)

    def _change(self, person: str, **members: bool) -> None:
        changed = self.people.change(person, **members)
        self._time.tell(RosterChanged(self._time.now, self.people.all(), (changed,)))

    def _refusal(self, person: str) -> Refusal | None:
        refused = self._line.refusal()
        if refused is None and not self.people.group:
            return Refusal("not_a_group")
        if refused is None and self.people.find(person) is None:
            return Refusal("no_such_person")
        return refused
