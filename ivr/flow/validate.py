"""A document against the schema: options where it is right, diagnostics where it is not.

The top of the file and each state are judged by themselves, so that what is right can still be
checked further; what is not is named in `CheckedFlow.damaged`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

import msgspec

from ivr.core.options import convert
from ivr.flow import fragments
from ivr.flow.checked import CheckedFlow, CheckedState, SharedFiles
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.document import Document
from ivr.flow.flow_options import VERSION, CalendarOptions, FlowOptions
from ivr.flow.fragments import Violation
from ivr.flow.mistakes import Part, report, shown
from ivr.states import registry

MOST_FINDINGS: Final = 100
"""How many mistakes of one part are told; whoever has made more will run the check again."""
_OF_NAMES: Final = frozenset({"input", "output", "vars", "prompts", "calendars", "on", "states"})


def validate(
    document: Document, shared: SharedFiles, name: str = ""
) -> tuple[CheckedFlow | None, list[Diagnostic]]:
    """The flow of a document, and everything that the schema finds wrong with it.

    `name` is the name that the flow has to have. There is no flow where the file is no map, or
    has no state with a name.
    """
    reading = _Reading(document, set(shared.damaged))
    top = reading.violations(Part(document, (), "a flow"), fragments.top(), document.value)
    if not isinstance(document.value, dict):
        return None, reading.found
    reading.damaged |= {section for wrong in top for section in _sections(wrong)}
    states = reading.states(document.value.get("states"))
    options = reading.options(_sound(document.value, top), name)
    if options is None:
        return None, reading.found
    flow = CheckedFlow(document, options, states, tuple(options.states), shared=shared)
    if name and "flow" not in reading.damaged and options.flow != name:
        reading.found.append(_misnamed(flow, name))
    return replace(flow, damaged=frozenset(reading.damaged)), reading.found


def shared_prompts(document: Document) -> tuple[dict[str, str], list[Diagnostic]]:
    """The prompts of `prompts.yaml` that are right, and what is wrong with the others."""
    return _section(document, "prompts", dict[str, str])


def shared_calendars(
    document: Document,
) -> tuple[dict[str, CalendarOptions], list[Diagnostic]]:
    """The calendars of `calendars.yaml` that are right, and what is wrong with the others."""
    return _section(document, "calendars", dict[str, CalendarOptions])


def _section(document: Document, section: str, to: Any) -> tuple[Any, list[Diagnostic]]:
    part = Part(document, (), f"a file of {section}")
    reading = _Reading(document, set())
    wrong = reading.violations(part, fragments.section(section), document.value)
    values = document.value if isinstance(document.value, dict) else {}
    bad = {each.path[0] if each.path else each.value for each in wrong if each.path or each.of_name}
    try:
        return msgspec.convert({n: v for n, v in values.items() if n not in bad}, to), reading.found
    except msgspec.ValidationError as error:
        return {}, reading.found or [part.finding(Code.WRONG_KIND, (), str(error))]


def _sections(wrong: Violation) -> Iterable[str]:
    """The keys of the top that are not whole."""
    if wrong.path:
        return [str(wrong.path[0])]
    if wrong.keyword == "required":
        return [key for key in wrong.wanted if key not in wrong.value]
    return []


def _sound(raw: Mapping[str, Any], top: Iterable[Violation]) -> dict[str, Any]:
    """The top of a flow without what is wrong: in a section of names, only those that are."""
    whole, entries = set(), set()
    for wrong in top:
        entry = wrong.path[1:2] or ((wrong.value,) if wrong.of_name else ())
        if entry and wrong.path[0] in _OF_NAMES:
            entries.add((wrong.path[0], entry[0]))
        elif wrong.path:
            whole.add(wrong.path[0])
    known = {key: raw[key] for key in FlowOptions.__struct_encode_fields__ if key in raw}
    return {
        key: {name: each for name, each in value.items() if (key, name) not in entries}
        if key in _OF_NAMES and isinstance(value, dict)
        else value
        for key, value in known.items()
        if key not in whole
    }


def _misnamed(flow: CheckedFlow, name: str) -> Diagnostic:
    message = "a flow is called what its folder is called"
    advice = f"write `flow: {name}`, or rename the folder"
    return flow.at(Code.FLOW_NAME, ("flow",), message, detail=shown(flow.name), help=advice)


@dataclass
class _Reading:
    """One document while it is read."""

    document: Document
    damaged: set[str]
    found: list[Diagnostic] = field(default_factory=list)

    def violations(self, part: Part, validator: Any, value: object) -> list[Violation]:
        wrong = list(islice(fragments.violations(validator, value), MOST_FINDINGS))
        self.found += islice(report(part, wrong), MOST_FINDINGS)
        return wrong

    def states(self, raw: object) -> dict[str, CheckedState]:
        """The states that are right."""
        entries = raw.items() if isinstance(raw, dict) else ()
        states = {}
        for name, body in entries:
            if len(self.found) >= MOST_FINDINGS:
                break
            state = self.state(name, body)
            if state is not None:
                states[name] = state
        if len(states) < len(entries):
            self.damaged.add("states")
        return states

    def state(self, name: str, body: Any) -> CheckedState | None:
        part = Part(self.document, ("states", name), "a state")
        kind = registry().get(_type_of(body))
        if kind is None:
            self.violations(part, fragments.any_state(), body)
            return None
        part = replace(part, name=f"{_article(kind.name)} {kind.name}")
        if self.violations(part, fragments.state(kind.name), body):
            return None
        try:
            return CheckedState(kind, convert(body, kind.Options))
        except msgspec.ValidationError as error:
            self.found.append(part.finding(Code.WRONG_KIND, (), str(error)))
            return None

    def options(self, sound: Mapping[str, Any], name: str) -> FlowOptions | None:
        """The options at the top, from what is right of them."""
        stand_ins = {"flow": name or "unnamed", "schema": VERSION, "start": ""}
        names = dict.fromkeys(sound.get("states", ()))
        try:
            top = {**stand_ins, **sound, "states": names}
            return convert(top, FlowOptions) if names else None
        except msgspec.ValidationError as error:
            if not self.found:
                part = Part(self.document, (), "a flow")
                self.found.append(part.finding(Code.WRONG_KIND, (), str(error)))
            return None


def _type_of(body: object) -> str:
    name = body.get("type") if isinstance(body, dict) else None
    return name if isinstance(name, str) else ""


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" or word in ("http", "hours") else "a"
