"""`meeting`: make an online meeting."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ivr.core import limits
from ivr.core.effects import CreateMeeting
from ivr.core.events import AnyEvent, EffectFailed, MeetingCreated, TimerFired, TonePressed
from ivr.core.options import Duration, Name, Text, WithExits
from ivr.core.state_type import StateType
from ivr.core.turn import Turn
from ivr.core.values import parse_target
from ivr.errors import SpokenValueError
from ivr.expr.types import coerce


class MeetingOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What a meeting may set."""

    organizer: Annotated[
        Text,
        Meta(description="In whose name: `user:ID`.", examples=["${env.reception}"]),
    ]
    subject: Annotated[
        Text | None, Meta(description="What the meeting is called.", examples=["Your call"])
    ] = None
    length: Annotated[Duration, Meta(description="How long it lasts, from now on.")] = Duration(
        3_600_000
    )
    save_as: Annotated[
        Name,
        Meta(
            description="The variable that keeps it, of type record with the fields `link`, "
            "`number` and `passcode` (texts), as far as they are wanted.",
            examples=["room"],
        ),
    ]


class MeetingState(StateType[MeetingOptions]):
    """Make an online meeting that begins now.

    The variable then holds its join `link`, and the `number` and `passcode` with which it is
    joined without the link. An administrator has to allow it to us for the organizer. It needs no
    caller.
    """

    name = "meeting"
    Options = MeetingOptions
    outcomes = ("done", "failed")
    must = ("done",)
    fallbacks = {"done": "next", "failed": "error"}  # noqa: RUF012
    example = """
make_room:
  type: meeting
  organizer: "${env.reception}"
  subject: Your call
  save_as: room
  on:
    done: send_link
    failed: finished
"""

    def allows(self, outcome: str) -> bool:
        """`next` is a short way to write `done`."""
        return outcome in {*self.outcomes, "next"}

    def enter(self, turn: Turn, options: MeetingOptions) -> str | None:
        """Ask for it."""
        organizer = parse_target(turn.render(options.organizer.template))
        if organizer is None or organizer.kind != "user":
            raise SpokenValueError("The organizer of the meeting is not of the form user:ID.")
        subject = turn.render(options.subject.template) if options.subject else ""
        turn.visit.awaiting = turn.emit(
            CreateMeeting, organizer=organizer.id, subject=subject, length=int(options.length)
        )
        turn.wake("done", limits.SETTLE_WITHIN)
        return None

    def handle(self, turn: Turn, options: MeetingOptions, event: AnyEvent) -> str | None:
        """Keep how it is joined."""
        if isinstance(event, MeetingCreated):
            made = event.meeting
            ways = {"link": made.link, "number": made.number, "passcode": made.passcode}
            given = {name: way or None for name, way in ways.items()}
            turn.set(options.save_as, coerce(given, turn.program.declarations[options.save_as]))
            return "done"
        if isinstance(event, EffectFailed | TimerFired):
            return "failed"
        if isinstance(event, TonePressed):
            turn.keep_key(event.key)
        return None
