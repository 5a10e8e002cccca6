"""One expression: parsed once, checked against the declared types, evaluated on each call.

    expression = parse_expression("pin_tries >= 3")
    faults = expression.check(scope, condition=True)       # at load
    truth(expression.evaluate({"pin_tries": Decimal(3)}))  # in a call

Nothing here raises on bad source: what is wrong is a value, `ExpressionError`.
"""

from __future__ import annotations

from dataclasses import replace

from ivr.errors import SpokenValueError
from ivr.expr.checker import infer
from ivr.expr.closures import Closure, closure_of
from ivr.expr.declarations import SPOKEN, UNKNOWN, Declaration
from ivr.expr.nodes import Node
from ivr.expr.operations import truth
from ivr.expr.parser import parse
from ivr.expr.references import Names, Scope, dotted_name, names_in, reads_secret
from ivr.expr.tokens import ExpressionError, Misread
from ivr.expr.values import Environment, Value

__all__ = ["Expression", "ExpressionError", "Scope", "parse_expression", "truth"]


class Expression:
    """An expression and, if it does not parse, its `error`. Offsets count from `source`'s start."""

    __slots__ = ("_closure", "_node", "error", "source")

    def __init__(self, source: str, node: Node | None, error: ExpressionError | None) -> None:
        self.source = source
        self.error = error
        self._node = node
        self._closure: Closure | None = closure_of(node) if node is not None else None

    def __repr__(self) -> str:
        return f"<Expression {self.source!r}>"

    @property
    def names(self) -> Names:
        """The variables read, as in `("account", "balance")`: fields up to the first index."""
        return names_in(self._node) if self._node is not None else ()

    @property
    def reference(self) -> tuple[str, ...]:
        """The dotted name, if the expression is that and nothing else; otherwise empty."""
        return dotted_name(self._node) if self._node is not None else ()

    def check(self, scope: Scope, condition: bool = False) -> list[ExpressionError]:
        """What is wrong, given the types of all variables; `call` and `env` are records in it.

        With `condition`, anything but a yes or no is wrong too.
        """
        if self._node is None:
            return [self.error] if self.error else []
        faults: list[ExpressionError] = []
        kind = infer(self._node, scope, faults).type
        if condition and kind not in ("yes_no", "unknown"):
            message = f"A condition is needed, such as `x = 1`, and not {SPOKEN[kind]}."
            faults.append(ExpressionError(message, self._node.offset))
        return faults

    def type(self, scope: Scope) -> Declaration:
        """The type of the value, `secret` if it may tell something about a secret variable."""
        if self._node is None:
            return UNKNOWN
        return replace(infer(self._node, scope, []), secret=self.is_secret(scope))

    def is_secret(self, scope: Scope) -> bool:
        """Whether a secret variable is read anywhere in it."""
        return self._node is not None and reads_secret(self._node, scope)

    def evaluate(self, env: Environment) -> Value:
        """The value, with `env` from variable names to values; a name that is not there is empty.

        Raises SpokenValueError, and nothing else, if there is no value.
        """
        if self._closure is None:
            raise SpokenValueError("An expression that does not parse has no value.")
        try:
            return self._closure(env)
        except ArithmeticError:
            raise SpokenValueError("A number is out of range.") from None


def parse_expression(source: str) -> Expression:
    """Parse an expression, in `${}` or without. Never raises; see `Expression.error`."""
    start, end = _inside_braces(source)
    try:
        return Expression(source, parse(source, start, end), None)
    except Misread as misread:
        return Expression(source, None, misread.error)


def _inside_braces(source: str) -> tuple[int, int]:
    trimmed = source.strip()
    if not (trimmed.startswith("${") and trimmed.endswith("}")):
        return 0, len(source)
    start = source.index("${") + 2
    return start, source.rindex("}")
