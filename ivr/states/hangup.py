"""`hangup`: the end of a call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from ivr.core.asking import name_places
from ivr.core.events import AnyEvent, CallEnded, PromptFinished
from ivr.core.moves import finish
from ivr.core.options import Name, Prompts, StateOptions, as_list
from ivr.core.state_type import Line, StateType
from ivr.core.turn import Turn


class HangupOptions(StateOptions, kw_only=True, forbid_unknown_fields=True):
    """What a hangup may set."""

    result: Annotated[
        Name,
        Meta(
            description="How the call ended, in the business's words: the first field of its "
            "record.",
            examples=["served"],
        ),
    ]
    prompt: Annotated[
        Prompts | None, Meta(description="A last word, if the caller is still there.")
    ] = None


class Hangup(StateType[HangupOptions]):
    """End the call with a result.

    After a transfer, or when the caller has gone already, it only records the result.
    """

    name = "hangup"
    Options = HangupOptions
    ends = True
    example = """
finished:
  type: hangup
  result: served
"""

    def line(self, options: HangupOptions) -> Line:
        """Only a last word needs the caller, and only while there is one."""
        return "wanted" if options.prompt else "none"

    def prompts(self, options: HangupOptions) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """The last word."""
        return name_places(("prompt",), options.prompt)

    def enter(self, turn: Turn, options: HangupOptions) -> str | None:
        """Say the last word, or end at once."""
        if options.prompt and turn.on_line:
            turn.play(as_list(options.prompt))
        else:
            finish(turn, options.result)
        return None

    def handle(self, turn: Turn, options: HangupOptions, event: AnyEvent) -> str | None:
        """The last word is said, or nobody is there to hear it."""
        if isinstance(event, PromptFinished | CallEnded):
            finish(turn, options.result)
        return None
