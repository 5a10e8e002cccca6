"""Reads YAML files strictly, and knows where every value and every key in them stands.

What is refused is whatever would surprise an author: a key given twice, anchors, tags, a tab,
a # that swallows the rest of a line. Numbers and yes/no words stay text unless they can be
nothing else (see `strict_yaml.values`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    ScalarEvent,
)

from ivr.flow.diagnostics import Diagnostic, FlowError, Span
from ivr.flow.strict_yaml import faults
from ivr.flow.strict_yaml.builder import MOST_FAULTS, Builder
from ivr.flow.strict_yaml.events import (
    NewParser,
    NotYamlError,
    event_span,
    fastest_parser,
    parse_events,
)
from ivr.flow.strict_yaml.positions import Positions
from ivr.flow.strict_yaml.syntax import explain
from ivr.flow.strict_yaml.text import Source, read_source
from ivr.flow.strict_yaml.values import YamlValue

__all__ = ["Document", "YamlValue", "load", "load_all"]


class Document:
    """One YAML document: its value, and where each part of it stands in the file."""

    __slots__ = ("_positions", "_root", "file", "lines", "value")

    def __init__(self, value: YamlValue, source: Source, positions: Positions, root: int) -> None:
        self.value: Final = value
        self.file: Final = source.file
        self.lines: Final = source.lines
        self._positions = positions
        self._root = root

    def where(self, path: Sequence[str | int], key: bool = False) -> Span:
        """The place of the value at `path`, or with `key` of the name before its colon.

        Where nothing stands at `path`, the place of the nearest thing around it. A list item
        and the document itself have no name: the place is that of their value. List indexes
        count from 0, as in the value.
        """
        node, has_key = self._positions.find(self._root, path)
        return self._in_file(self._positions.span(node - 1 if key and has_key else node))

    def _in_file(self, span: Span) -> Span:
        """A value that is missing at the end of the file stands after its last character."""
        last = len(self.lines)
        if span.line <= last:
            return span
        column = len(self.lines[-1]) + 1 if self.lines else 1
        return Span(last, column, last, column)

    def __repr__(self) -> str:
        return f"<Document {self.file}>"


def load(text: str | bytes, file: str, *, parser: NewParser = fastest_parser) -> Document:
    """Read a file that holds exactly one YAML document.

    `file` is the name that diagnostics give. Raises `FlowError` for whatever is wrong with
    the text, with all duplicate keys and the like at once, but a syntax error alone.
    """
    documents = _read(text, file, parser, several=False)
    if not documents:
        raise FlowError([faults.EMPTY_FILE.at(file, Span(1, 1, 1, 1))])
    return documents[0]


def load_all(text: str | bytes, file: str, *, parser: NewParser = fastest_parser) -> list[Document]:
    """Read a file of any number of YAML documents, as strictly as `load`.

    A document that holds nothing, such as the one after a last `---`, is left out.
    """
    return _read(text, file, parser, several=True)


def _read(text: str | bytes, file: str, parser: NewParser, *, several: bool) -> list[Document]:
    source = read_source(text, file)
    builder = Builder(source)
    try:
        for event in _events(source, parser, several=several):
            _build(builder, event)
    except NotYamlError as wrong:
        raise source.refusal(
            explain(wrong, source, _found(builder, source, wrong.at[0] + 1))
        ) from None
    found = list(islice(_found(builder, source), MOST_FAULTS))
    if found:
        raise source.refusal(*found)
    return [Document(value, source, builder.positions, root) for value, root in builder.documents()]


def _events(source: Source, parser: NewParser, *, several: bool) -> Iterator[Event]:
    begun = False
    for event in parse_events(source.text, parser):
        if isinstance(event, DocumentStartEvent):
            if begun and not several:
                raise source.refusal(faults.SEVERAL_DOCUMENTS.at(source.file, event_span(event)))
            begun = True
        yield event


def _build(builder: Builder, event: Event) -> None:
    if isinstance(event, ScalarEvent):
        builder.scalar(event)
    elif isinstance(event, CollectionStartEvent):
        builder.open(event)
    elif isinstance(event, CollectionEndEvent):
        builder.close(event)
    elif isinstance(event, AliasEvent):
        builder.alias(event)


def _found(builder: Builder, source: Source, last_line: int | None = None) -> Iterator[Diagnostic]:
    """What is refused so far; odd lines only where they are not part of a text."""
    yield from builder.faults
    for wording, span in faults.odd_lines(source.lines[:last_line]):
        if not builder.positions.in_scalar(span.line, span.column):
            yield wording.at(source.file, span)
