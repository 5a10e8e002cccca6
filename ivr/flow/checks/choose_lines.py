"""The lines of a `choose`: conditions with a state each, and `else` at the end."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.states.choose import Branch, ChooseOptions

NEEDS = ()


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """A `choose` without `else`, lines after it, and lines that lack one half."""
    for name, state in flow.states.items():
        if isinstance(state.options, ChooseOptions):
            yield from _lines(flow, ("states", name), state.options.when)


def _lines(flow: CheckedFlow, state: Path, lines: list[Branch]) -> Iterator[Diagnostic]:
    for index, line in enumerate(lines):
        wrong = _wrong(line)
        if not wrong and line.otherwise is not None and index < len(lines) - 1:
            wrong = "`else` is the last line: nothing below it is ever looked at"
        if wrong:
            advice = "write { if: a condition, go: a state }, and { else: a state } at the end"
            yield flow.at(Code.CHOOSE_LINES, (*state, "when", index), wrong, help=advice)
    if not any(line.otherwise is not None for line in lines):
        message = "this choose does not say where to go when no condition holds"
        advice = "add a last line `- { else: a_state }`"
        yield flow.at(Code.CHOOSE_LINES, state, message, key=True, help=advice)


def _wrong(line: Branch) -> str:
    """What is wrong with a line by itself."""
    if line.otherwise is not None:
        return "" if line.condition is None and line.go is None else "`else` stands by itself"
    if line.condition is None:
        return "this line has no condition"
    return "" if line.go is not None else "this line does not say where to go"
