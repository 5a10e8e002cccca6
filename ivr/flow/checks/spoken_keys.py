"""Keys that a prompt offers and the question does not take, and the reverse; English only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.core.options import as_list
from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.diagnostics import Code, Diagnostic, Related
from ivr.flow.uses import prompt_place
from ivr.states.collect import CollectOptions
from ivr.states.menu import MenuOptions

NEEDS = ("on", "prompts")
_WORDS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "star": "star", "pound": "pound", "hash": "pound",
}  # fmt: skip
_KEY = rf"(?:[0-9]{{1,2}}|{'|'.join(_WORDS)})"
_PRESS = re.compile(
    rf"(?i)\bpress(?:ing)?\s+(?:the\s+)?({_KEY}\b(?:\s*(?:,|or|and)\s+(?:the\s+)?{_KEY}\b)*)"
)
_ONE = re.compile(rf"(?i)\b{_KEY}\b")


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Menus by the keys they take, read-backs by their yes and no."""
    if not flow.options.language.startswith("en"):
        return
    for name, (kind, options) in flow.states.items():
        path: Path = ("states", name)
        if isinstance(options, MenuOptions):
            keys = {key for key in flow.exits[name] if kind.is_pressed(key)}
            own = keys & kind.exits(options).keys()
            yield from _question(flow, (*path, "prompt"), as_list(options.prompt), keys, own)
        elif isinstance(options, CollectOptions) and options.confirm is not None:
            back = options.confirm
            keys = {"pound" if key == "hash" else key for key in (back.yes, back.no)}
            where = (*path, "confirm", "prompt")
            yield from _question(flow, where, as_list(back.prompt), keys, keys)


def _question(
    flow: CheckedFlow, path: Path, prompts: list[str], keys: set[str], own: set[str]
) -> Iterator[Diagnostic]:
    """A prompt should offer only what there is, and the first one all that is the state's own."""
    for index, name in enumerate(prompts):
        offered = spoken_keys(flow.prompts.get(name, ""))
        for key in sorted(offered - keys):
            yield _not_taken(flow, path, name, key)
        if index == 0 and offered:
            for key in sorted(own - offered):
                message = f"the prompt {name} does not offer key {key}"
                yield flow.at(Code.UNSPOKEN_KEY, _place_of(path, key), message, key=True)


def spoken_keys(words: str) -> set[str]:
    """The keys after "press" in a text."""
    named = (
        key.group().lower() for found in _PRESS.finditer(words) for key in _ONE.finditer(found[1])
    )
    return {_WORDS.get(key, key) for key in named}


def _not_taken(flow: CheckedFlow, path: Path, name: str, key: str) -> Diagnostic:
    place = prompt_place(flow, name)
    related: tuple[Related, ...] = ()
    if place is not None:
        file = "" if place[0] is flow.document else place[0].file
        related = (Related(place[0].where(place[1]), f"it says to press {key}", file),)
    message = f"the prompt {name} offers key {key}, which is not taken here"
    return flow.at(Code.SPOKEN_KEY, path, message, related=related)


def _place_of(path: Path, key: str) -> Path:
    """Where a key stands: under `on:`, or in the `confirm` of a read-back."""
    return path[:-1] if path[-2] == "confirm" else (*path[:-1], "on", key)
