"""`prompt`: say something."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from ivr.core.asking import name_places
from ivr.core.events import AnyEvent, PromptFinished, TonePressed
from ivr.core.options import Prompts, WithExits, as_list
from ivr.core.state_type import Line, StateType
from ivr.core.turn import Turn


class PromptOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What a prompt state may set."""

    prompt: Annotated[
        Prompts,
        Meta(
            description="The name of a prompt, or several to be played one after the other.",
            examples=["welcome"],
        ),
    ]
    interrupt: Annotated[
        bool | Literal["yes", "no"],
        Meta(description="Whether a key stops the prompt (no). The key is kept as type-ahead."),
    ] = "no"


class PromptState(StateType[PromptOptions]):
    """Say something to the caller, then go on.

    Keys that are pressed meanwhile are kept for the next question. A prompt that has not
    started is played once more; one that fails for another reason takes the `error` exit.
    """

    name = "prompt"
    Options = PromptOptions
    outcomes = ("next", "hangup")
    must = ("next",)
    hears_hang_up = True
    example = """
say_welcome:
  type: prompt
  prompt: welcome
  next: main_menu
"""

    def line(self, options: PromptOptions) -> Line:
        """The caller must be there to hear it."""
        return "needed"

    def prompts(self, options: PromptOptions) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """The prompts that are said."""
        return name_places(("prompt",), options.prompt)

    def enter(self, turn: Turn, options: PromptOptions) -> str | None:
        """Say it."""
        turn.play(as_list(options.prompt))
        return None

    def handle(self, turn: Turn, options: PromptOptions, event: AnyEvent) -> str | None:
        """Go on at the end, or at a key where keys interrupt."""
        if isinstance(event, PromptFinished):
            return self._finished(turn, options, event)
        if isinstance(event, TonePressed):
            turn.keep_key(event.key)
            return "next" if options.interrupt in {True, "yes"} else None
        return super().handle(turn, options, event)

    def _finished(self, turn: Turn, options: PromptOptions, event: PromptFinished) -> str | None:
        if event.failure is None:
            return "next"
        if event.failure == "not_started" and turn.visit.tries == 1:
            return self.enter(turn, options)
        return "error"
