"""`collect`: digits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Annotated, Literal

from msgspec import Meta, Struct

from ivr.core import question
from ivr.core.asking import Asks, QuestionOptions, name_places
from ivr.core.events import AnyEvent, ParticipantsListed, RosterChanged
from ivr.core.options import Condition, Prompts, as_list
from ivr.core.participants import is_crowd
from ivr.core.program import Defaults
from ivr.core.question import Fit, Rules
from ivr.core.turn import Turn
from ivr.core.values import KEY_WORDS
from ivr.expr.expression import truth
from ivr.expr.types import coerce

END_KEYS = {**KEY_WORDS, "none": ""}
MAX_DIGITS = 32


class ReadBack(Struct, kw_only=True, forbid_unknown_fields=True):
    """Reading the answer back to the caller."""

    prompt: Annotated[Prompts, Meta(description="The prompt that reads the answer back.")]
    yes: Annotated[str, Meta(pattern=r"^([0-9]|star|pound|hash)$", description="Right.")] = "1"
    no: Annotated[str, Meta(pattern=r"^([0-9]|star|pound|hash)$", description="Wrong.")] = "2"


class CollectOptions(QuestionOptions, kw_only=True, forbid_unknown_fields=True):
    """What a collect may set."""

    digits: Annotated[
        Annotated[int, Meta(ge=1, le=MAX_DIGITS)]
        | Annotated[str, Meta(pattern=r"^[0-9]{1,2}(-[0-9]{1,2})?$")],
        Meta(description="How many digits: 8, or 4-8 (at most 32).", examples=[8, "4-8"]),
    ]
    end_key: Annotated[
        Literal["star", "pound", "hash", "none"] | None,
        Meta(description="The key that ends the entry (pound if the length varies, else none)."),
    ] = None
    check: Annotated[
        Condition | None,
        Meta(description="A condition over `value`; an answer that fails it is no_match."),
    ] = None
    confirm: Annotated[
        ReadBack | None, Meta(description="Read the answer back and ask whether it is right.")
    ] = None

    def bounds(self) -> tuple[int, int]:
        """The fewest and the most digits."""
        low, _, high = str(self.digits).partition("-")
        return int(low), int(high or low)

    def ending(self) -> str:
        """The key that ends the entry, or nothing."""
        low, high = self.bounds()
        return END_KEYS[self.end_key or ("none" if low == high else "pound")]


class Collect(Asks[CollectOptions]):
    """Ask for digits.

    A fixed length ends on its last digit; an end key that comes within a second after that is
    swallowed. Too few digits, a failed `check` or any other key is `no_match`, no key at all
    is `no_input`; both use up an attempt. `confirm` reads the answer back: a no asks again,
    twice for free; silence or a wrong key repeats the read-back twice and then counts as no.

    While several people are on the call nobody can tell who has pressed a key: a variable that is
    secret is not asked for then, and the `error` exit is taken.
    """

    name = "collect"
    Options = CollectOptions
    outcomes = ("done", "no_input", "no_match", "give_up", "hangup")
    must = ("done", "give_up")
    fallbacks = {  # noqa: RUF012
        "no_input": "give_up",
        "no_match": "give_up",
        "give_up": "error",
        "done": "next",
    }
    example = """
ask_account:
  type: collect
  prompt: ask_account
  digits: 8
  save_as: account_number
  confirm: { prompt: read_back, yes: "1", no: "2" }
  on:
    done: main_menu
    give_up: ring_reception
"""

    def allows(self, outcome: str) -> bool:
        """`next` is a short way to write `done`."""
        return outcome in {*self.outcomes, "next"}

    def prompts(self, options: CollectOptions) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """The question, its retries and the read-back."""
        confirm = options.confirm
        back = name_places(("confirm", "prompt"), confirm.prompt) if confirm else []
        return [*options.named_prompts(), *back]

    def enter(self, turn: Turn, options: CollectOptions) -> str | None:
        """Ask, unless somebody else might answer with a secret."""
        return "error" if _is_unsafe(turn, options) else super().enter(turn, options)

    def handle(self, turn: Turn, options: CollectOptions, event: AnyEvent) -> str | None:
        """Listen, as long as nobody else has joined."""
        if isinstance(event, RosterChanged | ParticipantsListed) and _is_unsafe(turn, options):
            return "error"
        return super().handle(turn, options, event)

    def plan(
        self, options: CollectOptions, defaults: Defaults, targets: Mapping[str, str]
    ) -> Rules:
        """The rules of the question."""
        low, high = options.bounds()
        end_key = options.ending()
        return Rules(
            **options.timing(defaults),
            fit=partial(_fit, low, high, end_key),
            accept=partial(_accept, options),
            starts=str.isdigit,
            end_key=end_key or ("#" if low == high else ""),
            confirm=_confirm(options.confirm),
        )


def _is_unsafe(turn: Turn, options: CollectOptions) -> bool:
    declared = turn.program.declarations.get(options.save_as or "")
    return declared is not None and declared.secret and is_crowd(turn.snapshot)


def _confirm(options: ReadBack | None) -> question.Confirm | None:
    if options is None:
        return None
    yes, no = (END_KEYS.get(key, key) for key in (options.yes, options.no))
    return question.Confirm(as_list(options.prompt), yes, no)


def _fit(low: int, high: int, end_key: str, keys: str) -> Fit:
    if end_key and keys.endswith(end_key):
        return "answer" if len(keys) > low else "wrong"
    if not keys.isdigit():
        return "wrong"
    if len(keys) >= high:
        return "answer"
    return "perhaps" if len(keys) >= low else "more"


def _accept(options: CollectOptions, turn: Turn, digits: str) -> str | None:
    if options.check is not None:
        env = {**turn.env(), "value": digits}
        if not truth(options.check.expression.evaluate(env)):
            return None
    if options.save_as is not None:
        turn.set(options.save_as, coerce(digits, turn.program.declarations[options.save_as]))
    return "done"
