"""Prompts that are longer than anybody listens, and than a recording may be."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow, finding
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.uses import prompt_place
from ivr.limits import MAX_PROMPT_CHARACTERS

NEEDS = ()


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """An error for each prompt that has more characters than a prompt may have, or none."""
    for name, words in flow.prompts.items():
        place = prompt_place(flow, name)
        if place is None or (name not in flow.options.prompts and name not in flow.named_prompts):
            continue
        if len(words) > MAX_PROMPT_CHARACTERS:
            message = f"a prompt has at most {MAX_PROMPT_CHARACTERS} characters"
            advice = "cut it into several; this one would be read for more than ten minutes"
            yield finding(place[0], Code.TOO_LONG, place[1], message, key=True, help=advice)
        elif not words.strip():
            message = "this prompt has no words"
            yield finding(place[0], Code.WRONG_FORM, place[1], message, key=True)
