"""What every question has in common: its options, with their defaults, and how it is asked."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from msgspec import Meta, Struct, field

from ivr.core import question
from ivr.core.events import AnyEvent, CallEnded
from ivr.core.options import Duration, Name, Prompts, WithExits, as_list
from ivr.core.program import Defaults
from ivr.core.question import Rules
from ivr.core.state_type import Line, StateType
from ivr.core.turn import Turn


class Retry(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is said before the question is asked again, first time, second time, and so on."""

    no_input: Annotated[Prompts, Meta(description="After silence.")] = field(default_factory=list)
    no_match: Annotated[Prompts, Meta(description="After a wrong answer.")] = field(
        default_factory=list
    )


class QuestionOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What a menu and a collect have in common."""

    prompt: Annotated[
        Prompts,
        Meta(
            description="The prompt of the question; a list means first time, later times.",
            examples=["main_menu", ["menu_long", "menu_short"]],
        ),
    ]
    retry: Annotated[
        Retry, Meta(description="Said before the question is repeated, by what went wrong.")
    ] = field(default_factory=Retry)
    attempts: Annotated[
        Annotated[int, Meta(ge=1, le=10)] | None,
        Meta(description="How often the question is asked (3)."),
    ] = None
    first_digit: Annotated[
        Duration | None, Meta(description="Silence allowed before the first key (5s).")
    ] = None
    between_digits: Annotated[
        Duration | None, Meta(description="Silence allowed between keys (3s).")
    ] = None
    interrupt: Annotated[
        Literal["yes", "no", "choices"] | bool | None,
        Meta(
            description="Whether a key stops the prompt: yes, no, or choices for a key that can "
            "start a valid answer (yes)."
        ),
    ] = None
    type_ahead: Annotated[
        bool | Literal["yes", "no"] | None,
        Meta(description="Whether keys pressed before the question count (true)."),
    ] = None
    save_as: Annotated[Name | None, Meta(description="The variable that keeps the answer.")] = None
    anyone: Annotated[
        bool | Literal["yes", "no"],
        Meta(
            description="Whether it may be asked while several people are on the call, although "
            "nobody can tell which of them has pressed a key (no: `ivr check` warns)."
        ),
    ] = "no"

    def timing(self, defaults: Defaults) -> dict[str, Any]:
        """Attempts, timers and switches: the state's own, else the flow's, else the engine's."""
        own = (self.attempts, self.first_digit, self.between_digits)
        return {
            "prompts": as_list(self.prompt),
            "retry": {
                "no_input": as_list(self.retry.no_input),
                "no_match": as_list(self.retry.no_match),
            },
            "attempts": defaults.attempts if own[0] is None else own[0],
            "first_digit": defaults.first_digit if own[1] is None else int(own[1]),
            "between_digits": defaults.between_digits if own[2] is None else int(own[2]),
            "interrupt": _word(self.interrupt, defaults.interrupt),
            "type_ahead": _switch(self.type_ahead, defaults.type_ahead),
            "save_as": self.save_as,
        }

    def named_prompts(self) -> list[tuple[tuple[str | int, ...], str]]:
        """Every prompt that the question names, with its path."""
        places: list[tuple[tuple[str | int, ...], Prompts]] = [
            (("prompt",), self.prompt),
            (("retry", "no_input"), self.retry.no_input),
            (("retry", "no_match"), self.retry.no_match),
        ]
        return [found for path, prompts in places for found in name_places(path, prompts)]


def name_places(
    path: tuple[str | int, ...], prompts: Prompts | None
) -> list[tuple[tuple[str | int, ...], str]]:
    """The prompts of one option with the place of each."""
    if isinstance(prompts, str):
        return [(path, prompts)]
    return [((*path, index), name) for index, name in enumerate(prompts or ())]


def _word(own: str | bool | None, default: str) -> str:
    if isinstance(own, bool):
        return "yes" if own else "no"
    return own or default


def _switch(own: bool | str | None, default: bool) -> bool:
    return default if own is None else own in {True, "yes"}


Q = TypeVar("Q", bound=QuestionOptions)


class Asks(StateType[Q]):
    """A state that asks the caller by the rules in `ivr.core.question`; its plan is its `Rules`."""

    hears_hang_up = True

    def line(self, options: Q) -> Line:
        """Nobody else can answer."""
        return "needed"

    def enter(self, turn: Turn, options: Q) -> str | None:
        """Ask."""
        return question.ask(turn, _rules(turn))

    def handle(self, turn: Turn, options: Q, event: AnyEvent) -> str | None:
        """Listen."""
        if isinstance(event, CallEnded):
            return "hangup"
        return question.handle(turn, _rules(turn), event)


def _rules(turn: Turn) -> Rules:
    rules = turn.state.plan
    assert isinstance(rules, Rules)
    return rules
