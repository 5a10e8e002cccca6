"""The parse events of a YAML text, from PyYAML's C parser or, where that is missing, the other.

Only events are used, never PyYAML's nodes: the C composer builds them by recursion and kills
the whole process on a hundred kilobytes of `[`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeAlias

import yaml
from yaml.events import Event
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from ivr.flow.diagnostics import Span


class EventParser(Protocol):
    """What is needed of a YAML parser."""

    def get_event(self) -> Event | None:
        """The next event; None after the last."""


NewParser: TypeAlias = Callable[[str], EventParser]


class PureParser(Reader, Scanner, Parser):
    """PyYAML's parser without the C library, for platforms without a wheel.

    Six times slower, and it refuses every tab outside quotes.
    """

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


def _fastest_parser() -> NewParser:
    try:
        from yaml.cyaml import CParser  # type: ignore[attr-defined]
    except ImportError:
        return PureParser
    return CParser


fastest_parser: NewParser = _fastest_parser()


class NotYamlError(Exception):
    """The text is not YAML. Where it was noticed and what was being read counts from 0."""

    def __init__(self, wrong: Exception) -> None:
        self.problem = str(getattr(wrong, "problem", None) or "")
        self.context = str(getattr(wrong, "context", None) or "")
        began = _place(getattr(wrong, "context_mark", None))
        self.at = _place(getattr(wrong, "problem_mark", None)) or began or (0, 0)
        self.began = began or self.at
        super().__init__(self.problem)


def _place(mark: yaml.Mark | None) -> tuple[int, int] | None:
    return None if mark is None else (mark.line, mark.column)


def event_span(event: Event) -> Span:
    """The place of what an event was read from."""
    start, end = event.start_mark, event.end_mark
    assert start is not None
    assert end is not None
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def parse_events(text: str, new_parser: NewParser = fastest_parser) -> Iterator[Event]:
    """Every event of `text` in order; raises `NotYamlError` where it stops being YAML.

    The pure parser raises `ValueError` on an escape such as `\\UFFFFFFFF`.
    """
    try:
        parser = new_parser(text)
        while (event := parser.get_event()) is not None:
            yield event
    except (yaml.YAMLError, ValueError, OverflowError) as wrong:
        raise NotYamlError(wrong) from None
