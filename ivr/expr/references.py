"""Which variables an expression reads, and whether anything secret is among them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import TypeAlias

from ivr.expr.declarations import UNKNOWN, Declaration
from ivr.expr.nodes import Field, Node, Reference, Step, walk

Scope: TypeAlias = Mapping[str, Declaration]
Names: TypeAlias = tuple[tuple[str, ...], ...]


def names_in(node: Node) -> Names:
    """Each variable read, with its fields up to the first index, in order and without repeats."""
    found = (_dotted(each) for each in walk(node) if isinstance(each, Reference))
    return tuple(dict.fromkeys(found))


def dotted_name(node: Node) -> tuple[str, ...]:
    """The variable and its fields, if the node is no more than that; otherwise nothing."""
    if isinstance(node, Reference) and all(isinstance(step, Field) for step in node.steps):
        return _dotted(node)
    return ()


def reads_secret(node: Node, scope: Scope) -> bool:
    """Whether the value may tell something about a secret variable, through any operator."""
    return any(_is_secret(each, scope) for each in walk(node) if isinstance(each, Reference))


def _dotted(reference: Reference) -> tuple[str, ...]:
    fields = takewhile(lambda step: isinstance(step, Field), reference.steps)
    return (reference.name, *(step.name for step in fields if isinstance(step, Field)))


def _is_secret(reference: Reference, scope: Scope) -> bool:
    declaration = scope.get(reference.name, UNKNOWN)
    for step in reference.steps:
        if declaration.secret:
            return True
        declaration = _inside(declaration, step)
    return declaration.holds_secret


def _inside(declaration: Declaration, step: Step) -> Declaration:
    if isinstance(step, Field):
        return (declaration.fields or {}).get(step.name, UNKNOWN)
    return declaration.item or UNKNOWN
