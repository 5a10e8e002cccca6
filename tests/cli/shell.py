"""The command line as a user sees it: what comes of a command, in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ivr.cli.main import run

DESK = "user:00000000-0000-4000-8000-000000000003"
TOML = f"""
[env]
desk = "{DESK}"
shop_url = "https://shop.example"
"""
GREET = """
schema: 1
flow: greet
title: Greeting
default: true
start: hello
vars:
  clip: { type: recording }
  pin: { type: digits, secret: true }
  found: { type: record, fields: { owed: money } }
on: { error: bye }
prompts:
  hello: Press 1 for the desk, press 2 for your balance, press 3 to speak, press 4 for news.
  pin: Enter your PIN.
  speak: Speak after the tone.
  owed: "You owe ${found.owed as money}."
  bye: Goodbye.
states:
  hello:
    type: menu
    prompt: hello
    on:
      "1": { label: Desk, go: ring }
      "2": { label: Balance, go: ask_pin }
      "3": { label: Message, go: note }
      "4": { label: News, go: news }
      give_up: bye
  ring: { type: transfer, to: "${env.desk}", ring_for: 20s, on: { answered: done, failed: note } }
  ask_pin: { type: collect, prompt: pin, digits: 4, save_as: pin, on: { done: look, give_up: bye } }
  look:
    type: http
    request: { get: "${env.shop_url}/owed" }
    save_as: found
    on: { ok: tell, error: bye }
  tell: { type: prompt, prompt: owed, next: bye }
  note:
    type: record
    prompt: speak
    purpose: call back
    keep: 30d
    save_as: clip
    on: { recorded: done, failed: bye }
  news: { type: run, flow: remind, with: { name: Ann, minutes: 5 }, on: { told: bye } }
  done: { type: hangup, result: served }
  bye: { type: hangup, result: left, prompt: bye }
"""
REMIND = """
schema: 1
flow: remind
start: tell
on: { error: back }
input: { name: { type: text }, minutes: { type: number } }
outcomes: [told]
prompts: { tell: "${name}, in ${minutes} minutes." }
states:
  tell: { type: prompt, prompt: tell, next: back }
  back: { type: return, outcome: told }
"""


@dataclass
class Ran:
    """What a command printed, and the code with which it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON document that it has to be."""
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one sentence on standard error, with nothing on standard output."""
        assert self.out == ""
        assert self.err.startswith("ivr: ")
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1
        assert "Traceback" not in self.err
        return self.err.removeprefix("ivr: ").rstrip()


class Shell:
    """Runs commands in the folder of a project."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def __call__(self, *arguments: str | Path) -> Ran:
        self._capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        return Ran(code, *self._capsys.readouterr())

    def write(self, flow: str, text: str) -> Path:
        """Write a flow of the project; its file."""
        path = self.folder / "flows" / flow / "flow.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path
