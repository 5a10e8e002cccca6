"""The flows of the trials, compiled once, and what a caller might press at each of their prompts.

They lie in `trial_flows/`: between them they have every state type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ivr.core.program import Program, State
from ivr.core.question import Rules
from ivr.core.values import KEY_WORDS
from ivr.flow.bundle import Bundle, load_folder

ENV: Mapping[str, str] = {
    "bank_url": "https://bank.invalid",
    "adviser": "user:11111111-1111-4111-8111-111111111111",
    "sales": "user:22222222-2222-4222-8222-222222222222",
    "desk": "instance:33333333-3333-4333-8333-333333333333",
}


class Flow(NamedTuple):
    """A flow, and the number whose calls it takes; "" when it places its calls itself."""

    name: str
    number: str = ""


FLOWS = (
    Flow("bank", "+442079460301"),
    Flow("bank", "+442079460301"),
    Flow("front_desk", "+442079460302"),
    Flow("front_desk", "+442079460302"),
    Flow("doorman", "+442079460303"),
    Flow("whirl", "+442079460305"),
    Flow("concierge", "+442079460306"),
    Flow("concierge", "+442079460306"),
    Flow("concierge", "+442079460306"),
    Flow("outreach"),
    Flow("outreach"),
    Flow("round_table"),
)
"""Whom callers call; what stands here twice is called twice as often."""

LONG = Flow("long_hold", "+442079460304")


@cache
def bundle() -> Bundle:
    """The flows, checked and compiled."""
    loaded = load_folder(Path(__file__).parent / "trial_flows", ENV)
    assert not loaded.has_errors, loaded.diagnostics
    assert loaded.bundle is not None
    return loaded.bundle


@cache
def hints() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """By flow and prompt: what a caller who listens would press there, `say` to speak."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for program in bundle().programs.values():
        for state in program.states.values():
            for name, keys in _hints(program, state):
                found[program.flow, name] = keys
    return found


def _hints(program: Program, state: State) -> Iterable[tuple[str, tuple[str, ...]]]:
    names = [name for _, name in state.type.prompts(state.options)]
    rules = state.plan
    if state.type.name == "menu":
        exits = state.type.exits(state.options)
        keys = [KEY_WORDS.get(each, each) for each in exits]
        yield from ((name, tuple(each for each in keys if each[0] in "0123456789*#"))
                    for name in names)  # fmt: skip
    elif isinstance(rules, Rules):
        confirm = rules.confirm.prompts if rules.confirm else []
        for name in names:
            yield name, ("1", "1", "2") if name in confirm else ("digits",)
    elif state.type.name == "record":
        yield from ((name, ("say",)) for name in names)
