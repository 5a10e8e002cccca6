"""What all states have in common that ask the service for one thing, such as to mute somebody.

Whom a state names may be on the call without our knowing, as rosters get lost: before such a
state fails, the service is asked once who is there.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ivr.core import limits, participants
from ivr.core.effects import ListParticipants
from ivr.core.events import (
    AnyEvent,
    EffectFailed,
    OperationFinished,
    ParticipantsListed,
    TimerFired,
    TonePressed,
)
from ivr.core.options import O, Text, Texts, WithExits
from ivr.core.state_type import Line, StateType
from ivr.core.turn import Turn

LOOKING = "looking"
SELF = "self"


class OfSomebody(WithExits, kw_only=True, forbid_unknown_fields=True):
    """A state that concerns one participant."""

    who: Annotated[
        Text,
        Meta(
            description="Whom: the `id` of a participant, an account or a number as a target, or "
            "`${call.from}` for the caller.",
            examples=["${env.expert}"],
        ),
    ]


class Acts(StateType[O]):
    """A state that wants one effect, and waits until it is carried out."""

    outcomes = ("done", "failed")
    must = ("done",)
    fallbacks = {"done": "next", "failed": "error"}  # noqa: RUF012
    hears_hang_up = True

    def line(self, options: O) -> Line:
        """There must be a call to act upon."""
        return "needed"

    def allows(self, outcome: str) -> bool:
        """`next` is a short way to write `done`."""
        return outcome in {*self.outcomes, "next"}

    def act(self, turn: Turn, options: O) -> str:
        """Want the effect: its id, or "" while somebody whom it concerns is not known."""
        raise NotImplementedError

    def enter(self, turn: Turn, options: O) -> str | None:
        """Act, as soon as everybody is known whom it concerns."""
        turn.wake("done", limits.SETTLE_WITHIN)
        turn.visit.awaiting = self.act(turn, options)
        if not turn.visit.awaiting:
            turn.visit.stage = LOOKING
            turn.visit.awaiting = turn.emit(ListParticipants)
        return None

    def handle(self, turn: Turn, options: O, event: AnyEvent) -> str | None:
        """Wait for word of the effect; keys are kept for the next question."""
        if isinstance(event, OperationFinished):
            return "failed" if event.failure else "done"
        if isinstance(event, EffectFailed | TimerFired):
            return "failed"
        if isinstance(event, ParticipantsListed):
            return self._try_again(turn, options)
        if isinstance(event, TonePressed):
            turn.keep_key(event.key)
        return super().handle(turn, options, event)

    def _try_again(self, turn: Turn, options: O) -> str | None:
        if turn.visit.stage != LOOKING or turn.visit.awaiting:
            return None
        turn.visit.stage = ""
        turn.visit.awaiting = self.act(turn, options)
        return None if turn.visit.awaiting else "failed"


def found(turn: Turn, who: Text) -> str:
    """The id of the participant whom a text means, "" for nobody. Raises `SpokenValueError`."""
    return participants.find(turn.snapshot, turn.render(who.template).strip())


def is_self(turn: Turn, who: Text) -> bool:
    """Whether a text means ourselves. Raises `SpokenValueError`."""
    return turn.render(who.template).strip() == SELF


def all_found(turn: Turn, whom: Texts) -> tuple[str, ...]:
    """The ids of all of them, ours for `self`; none at all while one is not known.

    Raises `SpokenValueError`.
    """
    ids = tuple(
        [
            participants.ourselves(turn.snapshot) if is_self(turn, who) else found(turn, who)
            for who in whom.items
        ]
    )
    return ids if all(ids) else ()
