"""`invite`: somebody more on the call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from ivr.core import limits
from ivr.core.asking import name_places
from ivr.core.effects import InviteParticipants, ListParticipants, RemoveParticipant
from ivr.core.events import (
    AnyEvent,
    CallEnded,
    EffectFailed,
    Failure,
    OperationFinished,
    ParticipantsListed,
    PromptFinished,
    RosterChanged,
    TimerFired,
    TonePressed,
)
from ivr.core.options import Duration, Prompts, Text, Texts, WithExits, as_list
from ivr.core.participants import expect, find, is_there
from ivr.core.state_type import Line, StateType
from ivr.core.turn import Turn
from ivr.core.values import Target, parse_target
from ivr.errors import SpokenValueError

MAX_INVITED = 5
LOOK_EVERY = 60_000
RINGING = {"ringing": "no_answer", "unknown": "failed"}
"""What comes of it when the time is over, by whether we know that anybody was invited."""

FAILURES: dict[Failure, str] = {
    "no_answer": "no_answer",
    "busy": "declined",
    "declined": "declined",
}


class InviteOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What an invite may set."""

    to: Annotated[
        Texts,
        Meta(
            description="Whom: one target, or up to 5 of them in a group call.",
            examples=["${env.reception}"],
        ),
    ]
    prompt: Annotated[
        Prompts | None, Meta(description="What is said before.", examples=["connecting"])
    ] = None
    ring_for: Annotated[Duration, Meta(description="How long we wait for somebody to join.")] = (
        Duration(60_000)
    )
    replaces: Annotated[
        Text | None,
        Meta(description="The id of a call that the invited one is in, and leaves for this one."),
    ] = None


class Invite(StateType[InviteOptions]):
    """Bring somebody into the call, who then talks with the caller; we stay.

    With an exit for `joined` the flow goes on as soon as somebody is there. Without one the state
    lasts as long as they talk: `left` comes when nobody of those invited is there any more,
    `hangup` when the caller has gone.

    A call between two becomes a group call when the invited one joins, and takes one invitation
    at a time; a group call takes up to 5. The service may refuse that, which is `failed`, or drop
    the call over it, which is `hangup`. It has no ring time: when `ring_for` is over the
    invitation is withdrawn where that is possible. A busy line is `declined`. Keys that are
    pressed before or meanwhile are thrown away: nobody can tell who has pressed them. Exits of the
    whole flow for `participant_joined` and `participant_left` are not taken meanwhile.
    """

    name = "invite"
    Options = InviteOptions
    outcomes = ("joined", "no_answer", "declined", "failed", "left", "hangup")
    must = ("joined", "failed")
    fallbacks = {  # noqa: RUF012
        "joined": "left",
        "no_answer": "failed",
        "declined": "failed",
        "failed": "error",
    }
    hears_hang_up = True
    minds_roster = True
    example = """
call_expert:
  type: invite
  prompt: connecting
  to: "${env.reception}"
  ring_for: 30s
  on:
    left: main_menu
    no_answer: take_message
    failed: take_message
"""

    def line(self, options: InviteOptions) -> Line:
        """There must be a call to join."""
        return "needed"

    def prompts(self, options: InviteOptions) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """What is said before."""
        return name_places(("prompt",), options.prompt)

    def enter(self, turn: Turn, options: InviteOptions) -> str | None:
        """Say what is to be said, then invite."""
        turn.snapshot.keys = ""
        if options.prompt:
            turn.play(as_list(options.prompt))
            return None
        return self._invite(turn, options)

    def handle(self, turn: Turn, options: InviteOptions, event: AnyEvent) -> str | None:
        """Wait until they come, and then as long as they are there."""
        if isinstance(event, PromptFinished) and not turn.visit.stage:
            return self._invite(turn, options)
        if isinstance(event, CallEnded):
            return "hangup"
        if isinstance(event, TonePressed) or not turn.visit.stage:
            return None
        if turn.visit.stage in RINGING:
            return self._ringing(turn, options, event)
        if turn.visit.stage in RINGING.values():
            return self._too_late(turn, options, event)
        return self._talking(turn, options, event)

    def unknown(self, turn: Turn, options: InviteOptions) -> str | None:
        """Nobody knows whether anybody is invited: then we do not wait as long."""
        if turn.visit.stage == "ringing":
            turn.visit.stage = "unknown"
            settle = limits.SETTLE_WITHIN - limits.LOOK_AGAIN_AFTER
            turn.wake("ring", min(int(options.ring_for), settle))
        return None

    def _invite(self, turn: Turn, options: InviteOptions) -> str | None:
        targets = _targets(turn, options)
        replaces = turn.render(options.replaces.template) if options.replaces else ""
        if len(targets) > (MAX_INVITED if turn.snapshot.group and not replaces else 1):
            return "failed"
        turn.visit.awaiting = turn.emit(InviteParticipants, to=targets, replaces=replaces)
        turn.visit.stage = "ringing"
        turn.wake("ring", int(options.ring_for))
        return None

    def _ringing(self, turn: Turn, options: InviteOptions, event: AnyEvent) -> str | None:
        """The roster or the end of the operation tells that somebody has joined."""
        targets = _targets(turn, options)
        if isinstance(event, OperationFinished | EffectFailed):
            if event.failure is not None:
                return FAILURES.get(event.failure, "failed")
            expect(turn.snapshot, targets)
        if _anybody(turn, targets):
            return self._joined(turn, targets)
        if isinstance(event, TimerFired):
            turn.visit.stage = RINGING[turn.visit.stage]
            _look(turn)
            turn.wake("ring", limits.LOOK_AGAIN_AFTER)
        return None

    def _too_late(self, turn: Turn, options: InviteOptions, event: AnyEvent) -> str | None:
        """Nobody has joined, as far as we were told: only if nobody is there it is withdrawn."""
        targets = _targets(turn, options)
        if _anybody(turn, targets):
            return self._joined(turn, targets)
        if turn.visit.awaiting and not isinstance(event, TimerFired):
            return None
        for one in filter(None, (find(turn.snapshot, each.id) for each in targets)):
            turn.emit(RemoveParticipant, participant=one)
        return turn.visit.stage

    def _joined(self, turn: Turn, targets: tuple[Target, ...]) -> str | None:
        turn.snapshot.group = True
        if turn.state.exit_for("joined") != "left":
            return "joined"
        turn.visit.stage, turn.visit.awaiting = "talking", ""
        turn.visit.deadlines.clear()
        turn.wake("look", LOOK_EVERY)
        _gone(turn, targets)
        return None

    def _talking(self, turn: Turn, options: InviteOptions, event: AnyEvent) -> str | None:
        """Go on when somebody is gone. A roster may be an old one, so it only makes us look."""
        gone = _gone(turn, _targets(turn, options))
        if gone is None:
            turn.no_wake("gone")
        elif isinstance(event, RosterChanged):
            _look(turn)
            turn.wake("gone", limits.LOOK_AGAIN_AFTER)
        if isinstance(event, TimerFired) and event.name == "look":
            _look(turn)
            turn.wake("look", LOOK_EVERY)
            return None
        return gone if isinstance(event, ParticipantsListed | TimerFired) else None


def _look(turn: Turn) -> None:
    turn.visit.awaiting = turn.emit(ListParticipants)


def _gone(turn: Turn, targets: tuple[Target, ...]) -> str | None:
    """The outcome of who is not there any more; a caller whom no roster ever showed never goes."""
    caller = find(turn.snapshot, turn.snapshot.caller.id)
    if caller:
        turn.visit.stage = "talking to caller"
    elif turn.visit.stage == "talking to caller":
        return "hangup"
    return None if _anybody(turn, targets) else "left"


def _anybody(turn: Turn, targets: tuple[Target, ...]) -> bool:
    return any(is_there(turn.snapshot, each) for each in targets)


def _targets(turn: Turn, options: InviteOptions) -> tuple[Target, ...]:
    targets = [parse_target(turn.render(text.template)) for text in options.to.items]
    known = tuple([target for target in targets if target is not None])
    if len(known) < len(targets):
        raise SpokenValueError("A party to invite is not of the form user:, app:, phone:.")
    return known
