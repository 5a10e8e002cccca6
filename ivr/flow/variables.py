"""The variables of a flow, where their declarations make sense."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ivr.expr.types import Declaration, DeclarationError
from ivr.flow.compile import declaration_of
from ivr.flow.flow_options import FlowOptions

RESERVED: Final = frozenset({"call", "env", "secret_env", "value"})
"""Names that the engine gives a meaning, so that no variable can have them."""


def readable_variables(options: FlowOptions) -> Iterator[tuple[str, Declaration]]:
    """Every variable with its type; unknown where the declaration is wrong."""
    for name, variable in {**options.input, **options.vars}.items():
        try:
            yield name, declaration_of(variable)
        except DeclarationError:
            yield name, Declaration("unknown")
