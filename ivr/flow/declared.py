"""Variables as they are declared, where that makes sense, and what fits into them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ivr.errors import SpokenValueError
from ivr.expr.types import Declaration, DeclarationError, coerce
from ivr.flow.compile import declaration_of
from ivr.flow.flow_options import Variable

RESERVED: Final = frozenset({"call", "env", "secret_env", "value"})
"""Names that the engine gives a meaning, so that no variable can have them."""


def declarations(variables: Mapping[str, Variable]) -> dict[str, Declaration]:
    """The types of a section such as `vars:`; unknown where a declaration is wrong."""
    return {name: _declaration(variable) for name, variable in variables.items()}


def _declaration(variable: Variable) -> Declaration:
    try:
        return declaration_of(variable)
    except DeclarationError:
        return Declaration("unknown")


def why_unfit_constant(value: object, wanted: Declaration) -> str:
    """Why a constant cannot be stored in such a variable; no text if it can."""
    try:
        coerce(value, wanted)
    except SpokenValueError as error:
        return sentence(str(error))
    return ""


def sentence(words: str) -> str:
    """A sentence as the title of a diagnostic: it begins small and has no full stop."""
    return words[:1].lower() + words[1:].rstrip(".")
