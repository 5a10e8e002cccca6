"""The tree of an expression. `offset` is where a fault in the node is best shown.

Chains (`a or b or c`, `1 + 2 - 3`, `a.b[1].c`) are one node each, so the depth of the tree follows
the nesting that the author wrote and is bounded by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias


@dataclass(slots=True)
class Literal:
    """A text, number, yes or no written out."""

    value: str | Decimal | bool
    offset: int


@dataclass(slots=True)
class Field:
    """The step `.name`."""

    name: str
    offset: int


@dataclass(slots=True)
class Index:
    """The step `[position]`, counted from 1."""

    position: Node
    offset: int


Step: TypeAlias = Field | Index


@dataclass(slots=True)
class Reference:
    """A variable, and the steps into it."""

    name: str
    steps: list[Step]
    offset: int


@dataclass(slots=True)
class Part:
    """Steps into something that is not a variable, as in `last(slots, 1)[1].id`."""

    root: Node
    steps: list[Step]
    offset: int


@dataclass(slots=True)
class Call:
    """A function with its arguments; whether it exists is for the checker."""

    function: str
    arguments: list[Node]
    offset: int


@dataclass(slots=True)
class ListOf:
    """A list written out."""

    items: list[Node]
    offset: int


@dataclass(slots=True)
class Negative:
    """Unary minus."""

    operand: Node
    offset: int


@dataclass(slots=True)
class Not:
    """`not` before a condition."""

    operand: Node
    offset: int


@dataclass(slots=True)
class IsEmpty:
    """`is empty`, or `is not empty` when negated."""

    operand: Node
    negated: bool
    offset: int


@dataclass(slots=True)
class Comparison:
    """`= != < <= > >= in`, and `not in`; `==` is read as `=`."""

    operator: str
    left: Node
    right: Node
    offset: int


@dataclass(slots=True)
class Chain:
    """Terms joined by `+` and `-`, or factors by `*` and `/`: (sign, operand, offset of sign)."""

    first: Node
    rest: list[tuple[str, Node, int]]
    offset: int


@dataclass(slots=True)
class Logic:
    """Conditions all joined by `and`, or all by `or`."""

    operator: str
    operands: list[Node]
    offset: int


Node: TypeAlias = (
    Literal
    | Reference
    | Part
    | Call
    | ListOf
    | Negative
    | Not
    | IsEmpty
    | Comparison
    | Chain
    | Logic
)


def children(node: Node) -> Iterator[Node]:
    """The nodes directly inside one, index positions included."""
    match node:
        case Literal():
            pass
        case Reference(steps=steps):
            yield from _positions(steps)
        case Part(root=root, steps=steps):
            yield root
            yield from _positions(steps)
        case Call(arguments=nodes) | ListOf(items=nodes) | Logic(operands=nodes):
            yield from nodes
        case Negative(operand=operand) | Not(operand=operand) | IsEmpty(operand=operand):
            yield operand
        case Comparison(left=left, right=right):
            yield left
            yield right
        case Chain(first=first, rest=rest):
            yield first
            yield from (operand for _, operand, _ in rest)


def walk(node: Node) -> Iterator[Node]:
    """The node and all that is inside it, outermost first."""
    yield node
    for child in children(node):
        yield from walk(child)


def _positions(steps: list[Step]) -> Iterator[Node]:
    return (step.position for step in steps if isinstance(step, Index))
