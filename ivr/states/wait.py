"""`wait`: pause, or hold music."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, field

from ivr.core.events import AnyEvent, PromptFinished, TimerFired, TonePressed
from ivr.core.options import Duration, Name, WithExits
from ivr.core.state_type import Line, StateType
from ivr.core.turn import Turn


class WaitOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What a wait may set."""

    length: Annotated[Duration, Meta(description="How long to wait.", examples=["2s"])] = field(
        name="for"
    )
    music: Annotated[
        Name | None, Meta(description="A prompt that is played again and again meanwhile.")
    ] = None


class Wait(StateType[WaitOptions]):
    """Let time pass, with silence or music. Keys are kept for the next question."""

    name = "wait"
    Options = WaitOptions
    outcomes = ("next", "hangup")
    must = ("next",)
    hears_hang_up = True
    example = """
hold_on:
  type: wait
  for: 5s
  next: main_menu
"""

    def line(self, options: WaitOptions) -> Line:
        """Waiting is for the caller."""
        return "needed"

    def prompts(self, options: WaitOptions) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """The music."""
        return [(("music",), options.music)] if options.music else []

    def enter(self, turn: Turn, options: WaitOptions) -> str | None:
        """Start the clock and the music."""
        turn.wake("waited", int(options.length))
        if options.music:
            turn.play([options.music])
        return None

    def handle(self, turn: Turn, options: WaitOptions, event: AnyEvent) -> str | None:
        """Play the music again until the time is up."""
        if isinstance(event, TimerFired) and event.name == "waited":
            return "next"
        if isinstance(event, TonePressed):
            turn.keep_key(event.key)
            return None
        if isinstance(event, PromptFinished) and event.failure is None and options.music:
            turn.play([options.music])
            return None
        return super().handle(turn, options, event)
