"""The tree into Python closures, once, so that a running call only calls functions.

One closure for each node: Python's stack gets as deep as the tree, which the parser bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from ivr.errors import SpokenValueError
from ivr.expr import operations
from ivr.expr.functions import FUNCTIONS
from ivr.expr.nodes import (
    Call,
    Chain,
    Comparison,
    Field,
    IsEmpty,
    ListOf,
    Literal,
    Logic,
    Negative,
    Node,
    Not,
    Part,
    Reference,
    Step,
)
from ivr.expr.operations import truth
from ivr.expr.values import Environment, Value

Closure: TypeAlias = Callable[[Environment], Value]


def closure_of(node: Node) -> Closure:
    """A function from the variables' values to the node's value; raises SpokenValueError."""
    match node:
        case Literal(value=value):
            return lambda _: value
        case Reference():
            return _into(_variable(node.name), node.steps)
        case Part():
            return _into(closure_of(node.root), node.steps)
        case Call():
            return _call(node)
        case ListOf():
            items = _all(node.items)
            return lambda env: [item(env) for item in items]
        case Negative():
            operand = closure_of(node.operand)
            return lambda env: operations.negate(operand(env))
        case Chain():
            return _chain(node)
        case Comparison():
            return _comparison(node)
        case IsEmpty(negated=negated):
            operand = closure_of(node.operand)
            return lambda env: operations.is_empty(operand(env)) is not negated
        case Not():
            operand = closure_of(node.operand)
            return lambda env: not truth(operand(env))
        case Logic():
            return _logic(node)


def _all(nodes: Sequence[Node]) -> list[Closure]:
    return [closure_of(node) for node in nodes]


def _variable(name: str) -> Closure:
    return lambda env: env.get(name)


def _into(whole: Closure, steps: Sequence[Step]) -> Closure:
    # A loop and not a closure in a closure: `a.a.a...` is as long as an expression may be.
    moves = [_move(step) for step in steps]
    if not moves:
        return whole

    def walk(env: Environment) -> Value:
        value = whole(env)
        for move in moves:
            value = move(value, env)
        return value

    return walk


def _move(step: Step) -> Callable[[Value, Environment], Value]:
    if isinstance(step, Field):
        name = step.name
        return lambda value, _: operations.field(value, name)
    position = closure_of(step.position)
    return lambda value, env: operations.item(value, position(env))


def _call(node: Call) -> Closure:
    function, arguments = FUNCTIONS.get(node.function), _all(node.arguments)
    if function is None or len(arguments) != len(function.takes):
        return _refuse(f"There is no function `{node.function}` with {len(arguments)} values.")
    run = function.run
    return lambda env: run(*[argument(env) for argument in arguments])


def _refuse(message: str) -> Closure:
    def refuse(_: Environment) -> Value:
        raise SpokenValueError(message)

    return refuse


def _chain(node: Chain) -> Closure:
    first = closure_of(node.first)
    rest = [(operations.ARITHMETIC[sign], closure_of(each)) for sign, each, _ in node.rest]

    def chain(env: Environment) -> Value:
        total = first(env)
        for operation, operand in rest:
            total = operation(total, operand(env))
        return total

    return chain


def _comparison(node: Comparison) -> Closure:
    compare = operations.COMPARISONS[node.operator]
    left, right = closure_of(node.left), closure_of(node.right)
    return lambda env: compare(left(env), right(env))


def _logic(node: Logic) -> Closure:
    conditions = _all(node.operands)
    if node.operator == "and":
        return lambda env: all(truth(condition(env)) for condition in conditions)
    return lambda env: any(truth(condition(env)) for condition in conditions)
