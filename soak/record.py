"""A history as the checkers read it: by call and by line."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import NamedTuple

from soak.history import (
    Commanded,
    Ended,
    Entry,
    HandedOn,
    Heard,
    History,
    Kept,
    Phase,
    Placed,
    Posted,
    Rang,
    Recorded,
)

FOREVER = float("inf")


class Span(NamedTuple):
    """From one moment to another."""

    since: float
    until: float

    @property
    def length(self) -> float:
        """In seconds."""
        return self.until - self.since


class Breach(NamedTuple):
    """Something that must not be; `call` is the engine's own id of the call that it befell."""

    at: float
    call: str
    words: str


class Record:
    """One run's history."""

    def __init__(self, history: History) -> None:
        self.history = history

    @cached_property
    def calls(self) -> dict[str, str]:
        """By line: the call that it belongs to."""
        rang = {entry.line: entry.line for entry in self.history.of(Rang)}
        return rang | {entry.line: entry.call for entry in self.history.of(Placed)}

    @cached_property
    def stories(self) -> dict[str, list[Entry]]:
        """By call: everything that concerns it, in order."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.history:
            line = getattr(entry, "line", "")
            found[self.call_of(line) if line else getattr(entry, "call", "")].append(entry)
        return found

    @cached_property
    def kept(self) -> dict[str, Kept]:
        """What the store has of each call."""
        return {entry.call: entry for entry in self.history.of(Kept)}

    @cached_property
    def commands(self) -> dict[str, list[Commanded]]:
        """What was asked of each line, in order."""
        found: dict[str, list[Commanded]] = defaultdict(list)
        for entry in sorted(self.history.of(Commanded), key=lambda each: each.at):
            found[entry.line].append(entry)
        return found

    @cached_property
    def accepted(self) -> dict[str, list[Commanded]]:
        """By call: what was asked of its lines and accepted, in order."""
        found: dict[str, list[Commanded]] = defaultdict(list)
        for line, asked in self.commands.items():
            found[self.call_of(line)] += [each for each in asked if 200 <= each.status < 300]
        return found

    @cached_property
    def placed(self) -> dict[str, list[Placed]]:
        """By call: the legs that Graph has placed for it."""
        found: dict[str, list[Placed]] = defaultdict(list)
        for entry in self.history.of(Placed):
            found[entry.call].append(entry)
        return found

    @cached_property
    def posts(self) -> dict[str, list[Posted]]:
        """By call: the notifications that were posted of it, in order."""
        found: dict[str, list[Posted]] = defaultdict(list)
        for entry in sorted(self.history.of(Posted), key=lambda each: each.at):
            found[self.call_of(entry.line)].append(entry)
        return found

    @cached_property
    def ends(self) -> dict[str, Ended]:
        """How each line ended."""
        return {entry.line: entry for entry in self.history.of(Ended)}

    @cached_property
    def begun(self) -> dict[str, float]:
        """When each line began."""
        rang = {entry.line: entry.at for entry in self.history.of(Rang)}
        return rang | {entry.line: entry.at for entry in self.history.of(Placed)}

    @cached_property
    def busy(self) -> dict[str, list[Span]]:
        """By line: when the engine did something, or something of its doing went on, in order.

        To look how a line is does nothing for whoever is on it.
        """
        spans: dict[str, list[Span]] = defaultdict(list)
        for asked in self.history.of(Commanded):
            if asked.action != "look":
                spans[asked.line].append(Span(asked.at, asked.at))
        history = self.history
        lasting: list[Heard | Recorded | HandedOn] = [
            *history.of(Heard), *history.of(Recorded), *history.of(HandedOn),
        ]  # fmt: skip
        for one in lasting:
            spans[one.line].append(Span(one.at, one.until))
        return defaultdict(list, {line: sorted(found) for line, found in spans.items()})

    def call_of(self, line: str) -> str:
        """The call of a line; the line itself where that is not known."""
        return self.calls.get(line, line)

    def phase(self, name: str) -> float:
        """When a phase of the run began."""
        return next((each.at for each in self.history.of(Phase) if each.name == name), FOREVER)
