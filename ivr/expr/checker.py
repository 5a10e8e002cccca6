"""Static types: what an expression gives, and every fault that can be told without a call.

A part that is wrong counts as `unknown` from there on, so one mistake gives one message. Where a
type is not known until the call, the operation checks it and takes the flow's `error` exit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ivr.expr import rules
from ivr.expr.declarations import NUMERIC, SPOKEN, UNKNOWN, YES_NO, Declaration
from ivr.expr.functions import FUNCTIONS
from ivr.expr.nodes import (
    Call,
    Chain,
    Comparison,
    Field,
    Index,
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
from ivr.expr.references import Scope
from ivr.expr.rules import OPEN
from ivr.expr.tokens import ExpressionError

_PLACES: Final = frozenset({"number", "digits", "text"}) | OPEN
_CONDITIONS: Final = frozenset({"yes_no"}) | OPEN


def infer(node: Node, scope: Scope, faults: list[ExpressionError]) -> Declaration:
    """The type of what the node gives; what is wrong is added to `faults`."""
    return _Checker(scope, faults).type_of(node)


class _Checker:
    def __init__(self, scope: Scope, faults: list[ExpressionError]) -> None:
        self._scope = scope
        self._faults = faults

    def type_of(self, node: Node) -> Declaration:
        match node:
            case Literal():
                return rules.literal(node.value)
            case Reference():
                return self._reference(node)
            case Part():
                return self._into(self.type_of(node.root), node.steps, "This")
            case Call():
                return self._call(node)
            case ListOf():
                return Declaration("list", item=rules.common([*map(self.type_of, node.items)]))
            case Negative():
                return self._negative(node)
            case Chain():
                return self._chain(node)
            case Comparison():
                return self._comparison(node)
            case IsEmpty():
                self.type_of(node.operand)
                return YES_NO
            case Not():
                return self._conditions("not", [node.operand], node.offset)
            case Logic():
                return self._conditions(node.operator, node.operands, node.offset)

    def _fault(self, message: str, offset: int, length: int = 1) -> Declaration:
        self._faults.append(ExpressionError(message, offset, length))
        return UNKNOWN

    def _unknown(self, message: str, name: str, offset: int, known: Iterable[str]) -> Declaration:
        fault = ExpressionError(message, offset, len(name), name, tuple(sorted(known)))
        self._faults.append(fault)
        return UNKNOWN

    def _reference(self, node: Reference) -> Declaration:
        declaration = self._scope.get(node.name)
        if declaration is None:
            message = f"There is no variable `{node.name}`; declare it under `vars:` or `input:`."
            declaration = self._unknown(message, node.name, node.offset, self._scope)
        return self._into(declaration, node.steps, f"`{node.name}`")

    def _into(self, declaration: Declaration, steps: Sequence[Step], what: str) -> Declaration:
        for step in steps:
            if isinstance(step, Field):
                declaration, what = self._field(declaration, step, what), f"`{step.name}`"
            else:
                declaration, what = self._index(declaration, step, what), "This item"
        return declaration

    def _field(self, declaration: Declaration, step: Field, what: str) -> Declaration:
        kind, length = declaration.type, len(step.name)
        if kind == "list":
            message = f"{what} is a list; say which item, as in `[1].{step.name}`."
            return self._fault(message, step.offset, length)
        if kind not in {"record", "recording"} | OPEN:
            message = f"{what} is {SPOKEN[kind]} and has no field `{step.name}`."
            return self._fault(message, step.offset, length)
        if declaration.fields is None:
            return UNKNOWN
        if step.name in declaration.fields:
            return declaration.fields[step.name]
        message = f"{what} has no field `{step.name}`."
        return self._unknown(message, step.name, step.offset, declaration.fields)

    def _index(self, declaration: Declaration, step: Index, what: str) -> Declaration:
        place = self.type_of(step.position)
        if place.type not in _PLACES:
            message = f"A place in a list is a number or digits, not {SPOKEN[place.type]}."
            self._fault(message, step.offset)
        elif isinstance(step.position, Literal) and step.position.value in (0, "0"):
            self._fault("Lists count from 1.", step.position.offset)
        if declaration.type not in {"list"} | OPEN:
            message = f"{what} is {SPOKEN[declaration.type]}; only a list has items."
            return self._fault(message, step.offset)
        return declaration.item or UNKNOWN

    def _call(self, node: Call) -> Declaration:
        types = [self.type_of(argument) for argument in node.arguments]
        function = FUNCTIONS.get(node.function)
        if function is None:
            message = f"There is no function `{node.function}`, only {', '.join(FUNCTIONS)}."
            return self._unknown(message, node.function, node.offset, FUNCTIONS)
        if len(types) != len(function.takes):
            message = f"`{node.function}` is written `{function.usage}`."
            return self._fault(message, node.offset, len(node.function))
        for given, taken in zip(types, function.takes, strict=True):
            if given.type not in taken | OPEN:
                message = f"`{function.usage}` cannot be used on {SPOKEN[given.type]}."
                return self._fault(message, node.offset, len(node.function))
        return function.gives(types[0])

    def _negative(self, node: Negative) -> Declaration:
        operand = self.type_of(node.operand)
        if operand.type in NUMERIC | OPEN:
            return operand
        return self._fault(f"`-` needs a number, not {SPOKEN[operand.type]}.", node.offset)

    def _chain(self, node: Chain) -> Declaration:
        total = self.type_of(node.first)
        for sign, operand, offset in node.rest:
            result = rules.arithmetic(sign, total, self.type_of(operand))
            total = self._fault(result, offset) if isinstance(result, str) else result
        return total

    def _comparison(self, node: Comparison) -> Declaration:
        left, right = self.type_of(node.left), self.type_of(node.right)
        if node.operator in ("in", "not in"):
            wrong = rules.membership(node.operator, left, right)
        elif node.operator in ("=", "!="):
            wrong = rules.equality(left, right)
        else:
            wrong = rules.order(node.operator, left, right)
        if wrong:
            self._fault(wrong, node.offset, len(node.operator))
        return YES_NO

    def _conditions(self, word: str, operands: Sequence[Node], offset: int) -> Declaration:
        for operand in operands:
            kind = self.type_of(operand).type
            if kind not in _CONDITIONS:
                message = f"`{word}` needs conditions, such as `x = 1`, and not {SPOKEN[kind]}."
                self._fault(message, offset, len(word))
        return YES_NO
