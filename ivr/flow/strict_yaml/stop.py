"""Where the parser stopped, and what stands around that place."""

from __future__ import annotations

from typing import TypeAlias

from ivr.flow.strict_yaml.events import NotYamlError
from ivr.flow.strict_yaml.text import Source

Place: TypeAlias = tuple[int, int]
"""A line and a column, both from 0."""


class Stop:
    """Where the parser stopped, where the thing that it was reading began, and why it stopped."""

    def __init__(self, wrong: NotYamlError, source: Source) -> None:
        self.problem = wrong.problem
        self.context = wrong.context
        self.source = source
        self.at = _within(wrong.at, source)
        self.began = _within(wrong.began, source)
        self.at_end = self.at != wrong.at

    @property
    def line(self) -> str:
        """The line in which the parser stopped."""
        return self._line(self.at[0])

    @property
    def before(self) -> str:
        """What stands in that line before the place."""
        return self.line[: self.at[1]]

    @property
    def rest(self) -> str:
        """What stands in that line from the place on."""
        return self.line[self.at[1] :]

    @property
    def line_above(self) -> str:
        """The line above it."""
        return self._line(self.at[0] - 1)

    @property
    def first_line(self) -> str:
        """The line in which the thing that was being read began."""
        return self._line(self.began[0])

    @property
    def in_brackets(self) -> bool:
        """Whether that thing stands between `{ }` or `[ ]`."""
        return "while parsing a flow" in self.context

    @property
    def in_block(self) -> bool:
        """Whether that thing is a list or a map by its indentation."""
        return "while parsing a block" in self.context

    def _line(self, number: int) -> str:
        return self.source.lines[number] if number >= 0 else ""


def _within(place: Place, source: Source) -> Place:
    """The same place or, if nothing stands in its line, the end of the text before it."""
    line = min(place[0], len(source.lines) - 1)
    while line > 0 and not source.lines[line].strip(" "):
        line -= 1
    return place if line == place[0] else (line, len(source.lines[line].rstrip(" ")))
