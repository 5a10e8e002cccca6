"""Walking a flow as a graph, in time proportional to its arrows and without recursion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

Arrows: TypeAlias = Mapping[str, Sequence[str]]
"""For each state the states that it leads to; names that are no key lead nowhere."""


def reached(begin: Iterable[str], arrows: Arrows) -> set[str]:
    """Everything to which a way leads from `begin`, that included."""
    found = set(begin)
    waiting = list(found)
    while waiting:
        for name in arrows.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def reversed_arrows(arrows: Arrows) -> dict[str, list[str]]:
    """The same arrows, each the other way round."""
    back: dict[str, list[str]] = {}
    for source, targets in arrows.items():
        for target in targets:
            back.setdefault(target, []).append(source)
    return back


def circles(arrows: Arrows) -> Iterator[list[str]]:
    """Each set of states between any two of which a way leads, in the order of `arrows`.

    A state by itself counts where it leads to itself. R. Tarjan, "Depth-first search and linear
    graph algorithms" (1972), with a stack of our own.
    """
    order = {name: number for number, name in enumerate(arrows)}
    for component in _components(arrows):
        if len(component) > 1 or component[0] in arrows[component[0]]:
            yield sorted(component, key=order.__getitem__)


def _components(arrows: Arrows) -> Iterator[list[str]]:
    walk = _Walk(arrows)
    for root in arrows:
        if root not in walk.number:
            yield from walk.components(root)


class _Walk:
    def __init__(self, arrows: Arrows) -> None:
        self.number: dict[str, int] = {}
        self._arrows = arrows
        self._lowest: dict[str, int] = {}
        self._stack: list[str] = []
        self._on_stack: set[str] = set()

    def components(self, root: str) -> Iterator[list[str]]:
        path = [(root, self._visit(root))]
        while path:
            name, targets = path[-1]
            target = next(targets, None)
            if target is None:
                path.pop()
                if path:
                    self._lower(path[-1][0], self._lowest[name])
                if self._lowest[name] == self.number[name]:
                    yield self._pop(name)
            elif target not in self.number:
                path.append((target, self._visit(target)))
            elif target in self._on_stack:
                self._lower(name, self.number[target])

    def _visit(self, name: str) -> Iterator[str]:
        self.number[name] = self._lowest[name] = len(self.number)
        self._stack.append(name)
        self._on_stack.add(name)
        return (target for target in self._arrows[name] if target in self._arrows)

    def _lower(self, name: str, number: int) -> None:
        self._lowest[name] = min(self._lowest[name], number)

    def _pop(self, name: str) -> list[str]:
        component: list[str] = []
        while not component or component[-1] != name:
            component.append(self._stack.pop())
            self._on_stack.discard(component[-1])
        return component
