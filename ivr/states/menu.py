"""`menu`: one choice by key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial

from ivr.core.asking import Asks, QuestionOptions
from ivr.core.options import Exit
from ivr.core.program import Defaults
from ivr.core.question import Fit, Rules
from ivr.core.turn import Turn
from ivr.core.values import KEY_WORDS

CHOICE = re.compile(r"[0-9]{1,32}|star|pound|hash")


class MenuOptions(QuestionOptions, kw_only=True, forbid_unknown_fields=True):
    """What a menu may set; its choices stand under `on:`."""


class Menu(Asks[MenuOptions]):
    """Offer choices and take one key, or several where a choice has several.

    A choice is taken at once when no longer one starts with the same keys; otherwise the
    caller has `between_digits` to go on. A key with which no choice can start is `no_match`
    at once. `give_up` is taken after the last attempt, unless `no_input` or `no_match` say
    otherwise. Keys in the `on:` of the whole flow are choices of every menu.
    """

    name = "menu"
    Options = MenuOptions
    outcomes = ("no_input", "no_match", "give_up", "hangup")
    must = ("give_up",)
    fallbacks = {"no_input": "give_up", "no_match": "give_up", "give_up": "error"}  # noqa: RUF012
    example = """
main_menu:
  type: menu
  prompt: [menu_long, menu_short]
  retry:
    no_input: [not_heard]
  on:
    "1": { label: Sales, go: ring_sales }
    star: { label: Repeat, go: main_menu }
    give_up: ring_reception
"""

    def allows(self, outcome: str) -> bool:
        """Its own outcomes, and keys."""
        return outcome in self.outcomes or CHOICE.fullmatch(outcome) is not None

    def is_pressed(self, outcome: str) -> bool:
        """Its choices are keys."""
        return CHOICE.fullmatch(outcome) is not None

    def exits(self, options: MenuOptions) -> dict[str, Exit]:
        """`hash` is another word for `pound`."""
        return {("pound" if key == "hash" else key): way for key, way in options.on.items()}

    def outcomes_of(self, options: MenuOptions) -> Iterable[str]:
        """The choices, and what every menu has."""
        keys = [key for key in self.exits(options) if CHOICE.fullmatch(key)]
        return (*keys, *self.outcomes)

    def prompts(self, options: MenuOptions) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """The question and its retries."""
        return options.named_prompts()

    def plan(self, options: MenuOptions, defaults: Defaults, targets: Mapping[str, str]) -> Rules:
        """The rules of the question."""
        choices = {KEY_WORDS.get(key, key): key for key in targets if CHOICE.fullmatch(key)}
        begun = frozenset(key[:length] for key in choices for length in range(1, len(key)))
        return Rules(
            **options.timing(defaults),
            fit=partial(_fit, choices, begun),
            accept=partial(_accept, choices, options.save_as),
            starts=lambda key: key in choices or key in begun,
        )


def _fit(choices: Mapping[str, str], begun: frozenset[str], keys: str) -> Fit:
    """`begun` holds everything with which a longer choice begins."""
    if keys in choices:
        return "perhaps" if keys in begun else "answer"
    return "more" if keys in begun else "wrong"


def _accept(choices: Mapping[str, str], save_as: str | None, turn: Turn, keys: str) -> str | None:
    if save_as is not None:
        turn.set(save_as, keys)
    return choices.get(keys)
