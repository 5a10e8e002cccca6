"""Builds plain values from YAML parse events, and notes where each of them stands.

Events come one by one and the stack of open lists and maps is our own, so neither the depth
nor the size of a file can do more than reach a limit.
"""

from __future__ import annotations

from typing import Final

from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    MappingStartEvent,
    ScalarEvent,
)

from ivr.flow.diagnostics import Diagnostic, Span
from ivr.flow.strict_yaml import faults
from ivr.flow.strict_yaml.events import event_span
from ivr.flow.strict_yaml.positions import Positions
from ivr.flow.strict_yaml.text import UNSEEN, Source, unseen_character
from ivr.flow.strict_yaml.values import YamlValue, plain_value
from ivr.limits import MAX_YAML_DEPTH, MAX_YAML_NODES

MOST_FAULTS: Final = 100
"""How many faults are collected before reading stops."""
_BLOCK_STYLES: Final = ("|", ">")


class _List:
    """A list that is being read, or the documents of the file."""

    __slots__ = ("children", "is_key", "node", "value")
    wants_key: Final = False

    def __init__(self, node: int, is_key: bool) -> None:
        self.node = node
        self.is_key = is_key
        self.value: list[YamlValue] = []
        self.children: list[int] = []

    def add(self, value: YamlValue, node: int) -> None:
        self.value.append(value)
        self.children.append(node)


class _Map:
    """A map that is being read; the value of a refused key is dropped."""

    __slots__ = ("_key", "children", "is_key", "node", "value", "wants_key")

    def __init__(self, node: int, is_key: bool) -> None:
        self.node = node
        self.is_key = is_key
        self.value: dict[str, YamlValue] = {}
        self.children: dict[str, int] = {}
        self.wants_key = True
        self._key: str | None = None

    def take_key(self, key: str | None) -> None:
        self._key = key
        self.wants_key = False

    def add(self, value: YamlValue, node: int) -> None:
        if self._key is not None:
            self.value[self._key] = value
            self.children[self._key] = node
        self.wants_key = True


class Builder:
    """Takes the events of one file.

    Faults that leave the structure readable are collected in `faults`, so that an author sees
    them all at once; going past a limit raises `FlowError`.
    """

    def __init__(self, source: Source) -> None:
        self.positions = Positions()
        self.faults: list[Diagnostic] = []
        self._source = source
        self._stream = _List(-1, is_key=False)
        self._open: list[_List | _Map] = [self._stream]
        self._last = 0

    def documents(self) -> list[tuple[YamlValue, int]]:
        """The value and the root node of every document that holds anything."""
        roots = zip(self._stream.value, self._stream.children, strict=True)
        return [(value, node) for value, node in roots if not self._is_nothing(node)]

    def _is_nothing(self, node: int) -> bool:
        span = self.positions.span(node)
        return span[:2] == span[2:]

    def scalar(self, event: ScalarEvent) -> None:
        """Take a key or a single value."""
        node = self._node(event)
        self._last = node
        top = self._open[-1]
        if isinstance(top, _Map) and top.wants_key:
            top.take_key(self._key(top, event, node))
        else:
            top.add(self._value(event, node), node)

    def open(self, event: CollectionStartEvent) -> None:
        """Begin a list or a map."""
        node = self._node(event)
        if len(self._open) > MAX_YAML_DEPTH:
            raise self._source.refusal(self._found(faults.TOO_DEEP, node))
        is_key = self._open[-1].wants_key
        if is_key:
            self._refuse_key(node)
        kind = _Map if isinstance(event, MappingStartEvent) else _List
        self._open.append(kind(node, is_key))

    def close(self, event: CollectionEndEvent) -> None:
        """End the innermost list or map: after its bracket, or else with its last item."""
        frame = self._open.pop()
        bracket = event_span(event)
        if bracket[:2] == bracket[2:]:
            self.positions.end_with(frame.node, self._last)
        else:
            self.positions.end_at(frame.node, bracket.end_line, bracket.end_column)
        self._last = frame.node
        self.positions.adopt(frame.node, frame.children)
        self._hand_up(frame.value, frame.node)

    def alias(self, event: AliasEvent) -> None:
        """Refuse a `*name` and go on as if nothing stood there."""
        self._last = node = self.positions.add(event)
        self._fault(self._found(faults.ALIAS, node))
        self._hand_up(None, node)

    def _hand_up(self, value: YamlValue, node: int) -> None:
        """Give a finished value to what it stands in; it is no key there, whatever it is."""
        top = self._open[-1]
        if isinstance(top, _Map) and top.wants_key:
            top.take_key(None)
        else:
            top.add(value, node)

    def _node(self, event: ScalarEvent | CollectionStartEvent) -> int:
        node = self.positions.add(event)
        if node >= MAX_YAML_NODES:
            raise self._source.refusal(self._found(faults.TOO_MANY, node))
        if event.anchor is not None:
            self._fault(self._found(faults.ANCHOR, node))
        if event.tag is not None:
            self._fault(self._found(faults.TAG, node))
        return node

    def _key(self, top: _Map, event: ScalarEvent, node: int) -> str | None:
        key, span = event.value, self.positions.span(node)
        wrong = self._unseen(event, span) or faults.key_fault(
            key, event.implicit[0], self._source.file, span
        )
        if wrong is None and key in top.children:
            first = self.positions.span(top.children[key] - 1)
            wrong = faults.duplicate_key(key, self._source.file, span, first)
        if wrong is None:
            return key
        self._fault(wrong)
        return None

    def _value(self, event: ScalarEvent, node: int) -> YamlValue:
        if event.implicit[0]:
            return plain_value(event.value)
        if wrong := self._unseen(event, self.positions.span(node)):
            self._fault(wrong)
        if event.style in _BLOCK_STYLES:
            self._trim(node)
        return event.value

    def _unseen(self, event: ScalarEvent, span: Span) -> Diagnostic | None:
        """What the text of the file may not hold is refused as an escape, too."""
        found = UNSEEN.search(event.value) if event.style == '"' else None
        return found and unseen_character(found.group(), self._source.file, span)

    def _trim(self, node: int) -> None:
        """End a block text with its own last line, not where the next key begins."""
        span = self.positions.span(node)
        if span.end_column > 1:
            return
        line = span.end_line - 1
        while line > span.line and not self._source.lines[line - 1].strip():
            line -= 1
        self.positions.end_at(node, line, len(self._source.lines[line - 1]) + 1)

    def _refuse_key(self, node: int) -> None:
        """Say once that a list or a map is no name, at the first bracket of `{{`."""
        if any(frame.is_key for frame in self._open):
            return
        around, span = self.positions.span(self._open[-1].node), self.positions.span(node)
        if around[2:] == span[:2]:
            both = Span(around.line, around.column, span.end_line, span.end_column)
            self._fault(faults.BRACES.at(self._source.file, both))
        else:
            self._fault(faults.KEY_NOT_TEXT.at(self._source.file, span))

    def _found(self, wording: faults.Wording, node: int) -> Diagnostic:
        return wording.at(self._source.file, self.positions.span(node))

    def _fault(self, fault: Diagnostic) -> None:
        self.faults.append(fault)
        if len(self.faults) >= MOST_FAULTS:
            raise self._source.refusal(*self.faults)
