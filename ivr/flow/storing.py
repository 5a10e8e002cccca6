"""Where a state puts values into variables by name: `set`, `return` and `run`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from ivr.core.options import Formula
from ivr.expr.declarations import SPOKEN
from ivr.expr.types import Declaration, fits
from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.declared import declarations, why_unfit_constant
from ivr.states.return_ import ReturnOptions
from ivr.states.run import RunOptions
from ivr.states.set import SetOptions

Into = Literal["vars", "output", "input"]


class Storing(NamedTuple):
    """One value and where it goes; `known` are all names that there are to put values into."""

    path: Path
    name: str
    value: Formula
    known: Mapping[str, Declaration]
    into: Into
    flow: str


def storings(flow: CheckedFlow) -> Iterator[Storing]:
    """Every value that the states of a flow store; none for a flow to run that is not there."""
    output = declarations(flow.options.output)
    for name, (_, options) in flow.states.items():
        base = ("states", name)
        if isinstance(options, SetOptions):
            yield from _all((*base, "set"), options.values, flow.variables, "vars", flow.name)
        elif isinstance(options, ReturnOptions):
            yield from _all((*base, "values"), options.values, output, "output", flow.name)
        elif isinstance(options, RunOptions) and options.flow in flow.siblings:
            inputs = declarations(flow.siblings[options.flow].options.input)
            yield from _all((*base, "with"), options.inputs, inputs, "input", options.flow)


def _all(
    path: Path,
    values: Mapping[str, Formula],
    known: Mapping[str, Declaration],
    into: Into,
    flow: str,
) -> Iterator[Storing]:
    for name, value in values.items():
        yield Storing((*path, name), name, value, known, into, flow)


def why_unfit(storing: Storing, scope: Mapping[str, Declaration]) -> str:
    """Why the value can never be stored there; no text if it can, or if it does not parse."""
    wanted, template = storing.known[storing.name], storing.value.template
    if template is None or template.is_fixed:
        return why_unfit_constant(storing.value.constant, wanted)
    actual = Declaration("unknown") if template.errors else template.type(scope)
    if fits(actual, wanted):
        return ""
    return f"{SPOKEN[actual.type]} cannot be stored as {SPOKEN[wanted.type]}"
