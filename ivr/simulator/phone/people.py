"""Who is on a simulated call, as the service lists them.

A call between two shows nobody, as users of Graph have seen it; a group call shows everybody,
the bot included.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from msgspec.structs import replace

from ivr.core.values import Participant, ParticipantKind, Target, TargetKind, parse_target
from ivr.simulator.phone.rules import Call

Naming = Callable[[int], str]
"""Names the participant of a number, counted from 1 on each phone."""

KINDS: dict[TargetKind, ParticipantKind] = {
    "user": "user",
    "app": "app",
    "instance": "app",
    "phone": "phone",
}


def numbered(number: int) -> str:
    """The usual name of a participant."""
    return f"person-{number}"


class People:
    """The participants of one call by their ids.

    `accounts` are those who are resource accounts, which the engine takes for applications.
    """

    def __init__(self, call: Call, naming: Naming) -> None:
        self._call = call
        self._naming = naming
        self._named = 2
        self.group = call.meeting or bool(call.others)
        self._present: dict[str, Participant] = {}
        self.accounts: set[str] = set()

    @cached_property
    def me(self) -> str:
        """The bot's id."""
        return self._naming(1)

    @cached_property
    def caller(self) -> str:
        """The other party's id, on a call that did not begin as a group call."""
        return self._naming(2)

    def all(self) -> tuple[Participant, ...]:
        """Everybody, in the order in which they came; nobody on a call between two."""
        return tuple(self._present.values())

    def alone(self) -> bool:
        """Whether the bot is the only one left."""
        return set(self._present) == {self.me}

    def find(self, person: str) -> Participant | None:
        """One of those present."""
        return self._present.get(person)

    def gather(self, *, in_lobby: bool = False) -> None:
        """Make it a group call, with all in it who are on the call already."""
        self.group = True
        bot = Participant(self.me, "app", self._call.bot, in_lobby=in_lobby)
        others = () if in_lobby else self._call.others or self._other_party()
        self._present = {each.id: each for each in (bot, *others)} | self._present | {bot.id: bot}

    def add(self, who: Target, name: str = "", *, in_lobby: bool = False) -> Participant:
        """One more."""
        self._named += 1
        person = Participant(
            self._naming(self._named), KINDS[who.kind], who.id, name, in_lobby=in_lobby
        )
        self._present[person.id] = person
        if who.kind == "instance":
            self.accounts.add(person.id)
        return person

    def change(self, person: str, **members: bool) -> Participant:
        """One of those present is muted or let in."""
        changed = replace(self._present[person], **members)
        self._present[person] = changed
        return changed

    def remove(self, person: str) -> None:
        """One of those present is gone."""
        del self._present[person]

    def _other_party(self) -> tuple[Participant, ...]:
        call = self._call
        if call.meeting:
            return ()
        if not call.outgoing:
            kind: ParticipantKind = "other" if call.caller.kind == "anonymous" else call.caller.kind
            return (Participant(self.caller, kind, call.caller.id, call.caller.name),)
        callee = parse_target(call.to)
        if callee is None:
            return (Participant(self.caller),)
        if callee.kind == "instance":
            self.accounts.add(self.caller)
        return (Participant(self.caller, KINDS[callee.kind], callee.id),)
