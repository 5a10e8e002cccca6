"""A flow as a picture: Mermaid text for documents, and JSON for programs.

Mermaid does not escape, so states get ids of our own (`s0`, `s1`, ...) and every label is
cleaned of what could end it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from ivr.core.options import StateOptions
from ivr.core.program import Program, State

SHAPES = {
    "menu": ('{{"', '"}}'),
    "collect": ('{{"', '"}}'),
    "choose": ('{"', '"}'),
    "hours": ('{"', '"}'),
    "transfer": ('[["', '"]]'),
    "hangup": ('(["', '"])'),
    "return": ('(["', '"])'),
    "http": ('[/"', '"/]'),
}
_RAW = {
    '"': "#quot;",
    "#": "#35;",
    "<": "#lt;",
    ">": "#gt;",
    "\n": " ",
    "\r": " ",
    "`": "#96;",
    "%": "#37;",
}


def mermaid(program: Program) -> str:
    """A Mermaid flowchart; flow-wide exits are left out, as they would hide the rest."""
    ids = {name: f"s{number}" for number, name in enumerate(program.states)}
    lines = ["flowchart TD", f"  start(( )) --> {ids[program.start]}"]
    lines += [f"  {ids[name]}{_shape(state)}" for name, state in program.states.items()]
    for name, state in program.states.items():
        for target, labels in arrows(state).items():
            lines.append(f'  {ids[name]} -->|"{_clean(", ".join(labels))}"| {ids[target]}')
    return "\n".join(lines) + "\n"


def as_json(program: Program) -> dict[str, Any]:
    """States and arrows, in the order of the file."""
    return {
        "flow": program.flow,
        "title": program.title,
        "start": program.start,
        "states": [
            {"name": name, "type": state.type.name, "title": title_of(state)}
            for name, state in program.states.items()
        ],
        "transitions": [
            {"from": name, "outcome": outcome, "label": caption(state, outcome), "to": target}
            for name, state in program.states.items()
            for outcome, target in state.targets.items()
        ],
    }


def arrows(state: State) -> dict[str, list[str]]:
    """The targets of a state's own exits, each with the labels that lead there."""
    found: dict[str, list[str]] = defaultdict(list)
    own = state.type.exits(state.options)
    for outcome, target in state.targets.items():
        if outcome in own:
            found[target].append(caption(state, outcome))
    return found


def caption(state: State, outcome: str) -> str:
    """What stands on an arrow: the key and its label, or the outcome."""
    if not state.type.is_pressed(outcome):
        return state.label(outcome)
    way = state.type.exits(state.options).get(outcome)
    return f"{outcome} {way.label}" if way is not None and way.label else outcome


def title_of(state: State) -> str:
    """What people call a state."""
    options: StateOptions = state.options
    return options.title or state.name.replace("_", " ")


def _shape(state: State) -> str:
    before, after = SHAPES.get(state.type.name, ('["', '"]'))
    return f"{before}{_clean(title_of(state))}{after}"


def _clean(text: str) -> str:
    return "".join(_RAW.get(letter, letter) for letter in text if letter.isprintable())
