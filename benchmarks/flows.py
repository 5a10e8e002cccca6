"""The flows that are measured, as YAML made to size."""

from __future__ import annotations

from pathlib import Path

_HEAD = """\
flow: {name}
schema: 1
title: Benchmark
default: true
language: en-GB
max_visits: 50
start: {start}
prompts:
  hello: {hello}
  choose: {choose}
"""
_HELLO = "Welcome to the benchmark."
_CHOOSE = "For the one thing that this line does, press 1."
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
    text = _head("chain", "s0") + _ON
    for at in range(states - 1):
        to = f"s{at + 1}" if at + 2 < states else "over"
        text += (_MENU if at % 2 else _PROMPT).format(name=f"s{at}", to=to)
    return text + _OVER


def short_call() -> str:
    """The flow of a short call: a welcome, a menu, a transfer."""
    text = _head("short_call", "welcome") + _ON
    text += _PROMPT.format(name="welcome", to="what")
    return text + _MENU.format(name="what", to="ring_agent") + _TRANSFER + _OVER


def long_call(silence: str = "60s", times: int = 20) -> str:
    """A menu that leads back to itself.

    `silence` is how long it waits for a key; the prompts say so many `times` what they have to say.
    """
    text = _head("long_call", "hello", times) + _ON
    text += _PROMPT.format(name="hello", to="what")
    return text + _MENU.format(name="what", to="hello") + f"    first_digit: {silence}\n" + _OVER


def write(folder: Path, name: str, text: str) -> Path:
    """A folder of flows with this one flow in it."""
    place = folder / "flows" / name
    place.mkdir(parents=True)
    (place / "flow.yaml").write_text(text, encoding="utf-8")
    return folder / "flows"


def _head(name: str, start: str, times: int = 1) -> str:
    hello, choose = (" ".join([words] * times) for words in (_HELLO, _CHOOSE))
    return _HEAD.format(name=name, start=start, hello=hello, choose=choose)
