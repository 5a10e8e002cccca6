"""`limit`: how often something may be done, across calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta

from ivr.core.effects import CountUse
from ivr.core.events import AnyEvent, EffectFailed, TimerFired, TonePressed, UseCounted
from ivr.core.options import Duration, Text, WithExits
from ivr.core.state_type import StateType
from ivr.core.turn import Turn
from ivr.errors import SpokenValueError

COUNT_WITHIN = 5_000


class LimitOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What a limit may set."""

    places: ClassVar[Mapping[str, str]] = {"key": "key"}

    key: Annotated[
        Text,
        Meta(
            description="What is counted: the same text is the same counter, in every call and "
            "flow. Only a keyed hash of it is stored, so it may hold a secret.",
            examples=["pin of ${account_number}"],
        ),
    ]
    most: Annotated[int, Meta(ge=1, le=1_000_000, description="How often, at most.")]
    per: Annotated[
        Duration, Meta(description="In which time: counting begins anew when it is over.")
    ]


class Limit(StateType[LimitOptions]):
    """Count, and go on by whether it has been too often: across calls, and across all nodes.

    It stands before what must not be tried without end: the question for a PIN, with the account
    in the `key`, or an expensive transfer, with `${call.from}`. Where a `${…}` in the key is empty,
    as for a caller who withholds the number, nobody is counted and the `error` exit is taken; so
    it is when the count cannot be had. It needs no caller.
    """

    name = "limit"
    Options = LimitOptions
    outcomes = ("within", "over", "error")
    must = ("within", "over")
    fallbacks = {"within": "next"}  # noqa: RUF012
    example = """
may_try_pin:
  type: limit
  key: "pin of ${account_number}"
  most: 3
  per: 1h
  on:
    within: main_menu
    over: ring_reception
"""

    def allows(self, outcome: str) -> bool:
        """`next` is a short way to write `within`."""
        return outcome in {*self.outcomes, "next"}

    def enter(self, turn: Turn, options: LimitOptions) -> str | None:
        """Count this time."""
        key, window = _key(turn, options), int(options.per)
        turn.visit.awaiting = turn.emit(CountUse, key=key, most=options.most, window=window)
        turn.wake("counted", COUNT_WITHIN)
        return None

    def handle(self, turn: Turn, options: LimitOptions, event: AnyEvent) -> str | None:
        """Go on by the count."""
        if isinstance(event, UseCounted):
            return "within" if event.within else "over"
        if isinstance(event, EffectFailed | TimerFired):
            return "error"
        if isinstance(event, TonePressed):
            turn.keep_key(event.key)
        return None


def _key(turn: Turn, options: LimitOptions) -> str:
    """What is counted; nothing empty, which would be one counter for everybody it is empty for."""
    env, speaker = turn.env(), turn.program.speaker
    template = options.key.template
    if not all(insert.words(env, speaker).strip() for insert in template.inserts):
        raise SpokenValueError("A value in the key of a limit is empty.")
    return turn.render(template)
