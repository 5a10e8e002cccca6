"""Prompts, variables and calendars that nothing uses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ivr.flow.checked import CheckedFlow
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.states.set import SetOptions

NEEDS = ("states", "prompts", "vars", "input", "calendars", "call_out", "join")


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """A warning for each. What comes in from outside need not be used."""
    read = {name[0] for use in flow.uses for name in use.names}
    yield from _unused(flow, "prompts", flow.options.prompts, flow.named_prompts)
    yield from _unused(flow, "vars", flow.options.vars, read | _stored(flow))
    yield from _unused(flow, "calendars", flow.options.calendars, flow.named_calendars)


def _unused(
    flow: CheckedFlow, section: str, declared: Collection[str], used: Iterable[str]
) -> Iterator[Diagnostic]:
    """What is misspelt elsewhere counts as used: that is another check's finding."""
    known = set(used)
    names = frozenset(declared)
    known |= {flow.near(each, names) or each for each in known - names}
    for name in declared:
        if name not in known:
            message = f"this {section.rstrip('s').replace('var', 'variable')} is never used"
            yield flow.at(Code.UNUSED, (section, name), message, key=True)


def _stored(flow: CheckedFlow) -> set[str]:
    """Variables that a state fills: a recording is kept even if nobody reads the variable."""
    options = [state.options for state in flow.states.values()]
    saved = {name for each in options if (name := getattr(each, "save_as", None))}
    return saved.union(*(each.values for each in options if isinstance(each, SetOptions)))
