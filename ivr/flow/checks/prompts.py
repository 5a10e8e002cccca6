"""Prompts that are named and do not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.core.options import NAME
from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.diagnostics import Code, Diagnostic, Related
from ivr.flow.mistakes import shown
from ivr.flow.uses import prompt_place

NEEDS = ("prompts",)
_NAME = re.compile(NAME)


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Unknown names, and words where only a name may stand."""
    for name, places in flow.named_prompts.items():
        if name not in flow.prompts:
            yield from (_unknown(flow, name, path) for path in places)


def _unknown(flow: CheckedFlow, name: str, path: Path) -> Diagnostic:
    if _NAME.fullmatch(name) is None and " " in name.strip():
        message = "only the name of a prompt stands here, not its words"
        advice = "put the words under `prompts:` at the top, and their name here"
        return flow.at(Code.UNKNOWN_PROMPT, path, message, help=advice)
    guess = flow.near(name, flow.prompts)
    message = "there is no prompt of this name"
    advice = "" if guess else f"add `{name}:` and its words under `prompts:`"
    return flow.at(
        Code.UNKNOWN_PROMPT,
        path,
        message,
        detail=shown(name),
        suggestion=guess,
        help=advice,
        related=_similar(flow, guess),
    )


def _similar(flow: CheckedFlow, guess: str | None) -> tuple[Related, ...]:
    place = prompt_place(flow, guess) if guess else None
    if place is None:
        return ()
    document, path = place
    file = "" if document is flow.document else document.file
    return (Related(document.where(path, key=True), "a prompt with a similar name", file),)
