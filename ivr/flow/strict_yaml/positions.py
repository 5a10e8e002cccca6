"""Where every value and every key of a YAML file stands.

Nodes are numbered in the order of the file, keys included, and a key's node comes right
before its value's. Four numbers per node in one array are all that a position costs.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import TypeAlias

from yaml.events import Event

from ivr.flow.diagnostics import Span

Children: TypeAlias = dict[str, int] | list[int]
"""The nodes inside a node: of a map its values by key, of a list its items."""


class Positions:
    """The tree of the nodes of one file, beside the tree of its values."""

    __slots__ = ("_children", "_marks")

    def __init__(self) -> None:
        self._marks = array("I")
        self._children: dict[int, Children] = {}

    def __len__(self) -> int:
        return len(self._marks) // 4

    def add(self, event: Event) -> int:
        """Number the node that begins with this event."""
        start, end = event.start_mark, event.end_mark
        assert start is not None
        assert end is not None
        node = len(self._marks) // 4
        self._marks.extend((start.line, start.column, end.line, end.column))
        return node

    def adopt(self, node: int, children: Children) -> None:
        """Put these nodes inside `node`."""
        self._children[node] = children

    def end_at(self, node: int, line: int, column: int) -> None:
        """Move the end of `node` to this line and column."""
        self._marks[4 * node + 2] = line - 1
        self._marks[4 * node + 3] = column - 1

    def end_with(self, node: int, last: int) -> None:
        """End `node` where the node `last` inside it ends."""
        self.end_at(node, *self.span(last)[2:])

    def span(self, node: int) -> Span:
        """The place of a node in its file."""
        line, column, end_line, end_column = self._marks[4 * node : 4 * node + 4]
        return Span(line + 1, column + 1, end_line + 1, end_column + 1)

    def find(self, root: int, path: Sequence[str | int]) -> tuple[int, bool]:
        """The node at `path` below `root`, or its nearest ancestor; and whether it has a key."""
        node, has_key = root, False
        for step in path:
            child = self._child(node, step)
            if child is None:
                break
            node, has_key = child, isinstance(step, str)
        return node, has_key

    def _child(self, node: int, step: str | int) -> int | None:
        children = self._children.get(node)
        if isinstance(children, dict):
            return children.get(step) if isinstance(step, str) else None
        if isinstance(children, list) and isinstance(step, int) and 0 <= step < len(children):
            return children[step]
        return None

    def in_scalar(self, line: int, column: int) -> bool:
        """Whether this place, counted from 1, lies inside a text or another single value.

        The last node that begins at or before the place is that value, if any is.
        """
        begins_before = bisect_right(range(len(self)), (line, column), key=self._start)
        last = begins_before - 1
        if last < 0 or last in self._children:
            return False
        return (line, column) < self.span(last)[2:]

    def _start(self, node: int) -> tuple[int, int]:
        return self._marks[4 * node] + 1, self._marks[4 * node + 1] + 1
