"""`send_tones`: press keys for somebody else's menu."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

from ivr.core import limits
from ivr.core.acting import Acts
from ivr.core.effects import SendTones
from ivr.core.events import AnyEvent, TonePressed
from ivr.core.options import Duration, Text, WithExits
from ivr.core.turn import Turn
from ivr.errors import SpokenValueError

TONES = re.compile(r"[0-9*#A-D]{1,64}")
LENGTH_OF_A_TONE = 500


class SendTonesOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What a send_tones may set."""

    tones: Annotated[
        Text,
        Meta(
            description="The keys, at most 64 of 0-9, *, # and A-D. No secret: everybody on the "
            "call hears them.",
            examples=["1#"],
        ),
    ]
    gap: Annotated[Duration, Meta(description="The pause between two keys.")] = Duration(300)


class SendTonesState(Acts[SendTonesOptions]):
    """Send keys into the call, as if we pressed them on a telephone.

    `done` comes when the last one was sent. Anything but keys takes the `error` exit. Keys that
    are heard meanwhile are thrown away: they may be an echo of those that are sent.
    """

    name = "send_tones"
    Options = SendTonesOptions
    example = """
choose_english:
  type: send_tones
  tones: "2#"
  next: main_menu
"""

    def act(self, turn: Turn, options: SendTonesOptions) -> str:
        """Send them, and allow for as long as they take."""
        keys, gap = turn.render(options.tones.template), int(options.gap)
        if not TONES.fullmatch(keys):
            raise SpokenValueError("The tones to send are not 1 to 64 keys of 0-9, *, # and A-D.")
        turn.wake("done", len(keys) * (LENGTH_OF_A_TONE + gap) + limits.SETTLE_WITHIN)
        return turn.emit(SendTones, keys=keys, gap=gap)

    def handle(self, turn: Turn, options: SendTonesOptions, event: AnyEvent) -> str | None:
        """Keys are no answer to anything here."""
        return None if isinstance(event, TonePressed) else super().handle(turn, options, event)
