"""Declarations of variables that make no sense, and values that they cannot hold at the start."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.expr.types import DeclarationError
from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.compile import declaration_of
from ivr.flow.declared import RESERVED, sentence, why_unfit_constant
from ivr.flow.diagnostics import Code, Diagnostic, Related
from ivr.flow.flow_options import Variable

NEEDS = ()
_SECTIONS = ("input", "output", "vars")


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Each variable by itself, then names that are given twice."""
    for section in _SECTIONS:
        for name, variable in getattr(flow.options, section).items():
            yield from _variable(flow, (section, name), variable)
    for name in flow.options.vars:
        if name in flow.options.input:
            yield _twice(flow, name)


def _variable(flow: CheckedFlow, path: Path, variable: Variable) -> Iterator[Diagnostic]:
    if path[-1] in RESERVED:
        message = f"`{path[-1]}` has a meaning of its own: give the variable another name"
        yield flow.at(Code.DECLARATION, path, message, key=True)
    if variable.type == "list" and variable.fields is not None and variable.item is not None:
        message = "a list has either `fields:` or `item:`, not both"
        yield flow.at(Code.DECLARATION, (*path, "item"), message, key=True)
    if variable.type != "list" and variable.item is not None:
        message = "only a list has items"
        yield flow.at(Code.DECLARATION, (*path, "item"), message, key=True)
    try:
        declared = declaration_of(variable)
    except DeclarationError as error:
        message = sentence(str(error))
        yield flow.at(Code.DECLARATION, (*path, *error.path), message)
        return
    wrong = why_unfit_constant(variable.start, declared)
    if wrong:
        yield flow.at(Code.VALUE_TYPE, (*path, "start"), wrong)


def _twice(flow: CheckedFlow, name: str) -> Diagnostic:
    message = "this variable is given from outside already"
    related = (Related(flow.document.where(("input", name), key=True), "it is an input here"),)
    advice = "keep one of the two; an input can be changed like any other variable"
    path = ("vars", name)
    return flow.at(Code.DECLARATION, path, message, key=True, help=advice, related=related)
