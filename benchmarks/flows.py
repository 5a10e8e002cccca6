"""The flows that are measured, as YAML made to size."""

from __future__ import annotations

from pathlib import Path

_HEAD = """\
flow: {name}
schema: 1
title: Benchmark
default: true
language: en-GB
start: {start}
prompts:
  hello: Welcome to the benchmark.
  choose: For the one thing that this line does, press 1.
"""
_PROMPT = """\
  {name}:
    type: prompt
    prompt: hello
    next: {to}
"""
_MENU = """\
  {name}:
    type: menu
    prompt: choose
    on:
      "1": {{ label: One, go: {to} }}
      give_up: over
"""
_OVER = """\
  over:
    type: hangup
    result: served
"""
_TRANSFER = """\
  ring_agent:
    type: transfer
    to: "user:00000000-0000-4000-8000-000000000003"
    on:
      answered: over
      failed: over
"""
_ON = "on:\n  error: over\n  hangup: over\nstates:\n"


def chain(states: int) -> str:
    """A flow of so many states: a prompt, a menu, a prompt and so on to the end."""
    text = _HEAD.format(name="chain", start="s0") + _ON
    for at in range(states - 1):
        to = f"s{at + 1}" if at + 2 < states else "over"
        text += (_MENU if at % 2 else _PROMPT).format(name=f"s{at}", to=to)
    return text + _OVER


def short_call() -> str:
    """The flow of a short call: a welcome, a menu, a transfer."""
    text = _HEAD.format(name="short_call", start="welcome") + _ON
    text += _PROMPT.format(name="welcome", to="what")
    return text + _MENU.format(name="what", to="ring_agent") + _TRANSFER + _OVER


def write(folder: Path, name: str, text: str) -> Path:
    """A folder of flows with this one flow in it."""
    place = folder / "flows" / name
    place.mkdir(parents=True)
    (place / "flow.yaml").write_text(text, encoding="utf-8")
    return folder / "flows"
