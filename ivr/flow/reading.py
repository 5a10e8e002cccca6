"""The files of a folder into flows: parsed, validated, and told about each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from ivr.errors import UsageError
from ivr.flow.checked import CheckedFlow, SharedFiles
from ivr.flow.diagnostics import Diagnostic, FlowError, did_you_mean
from ivr.flow.document import Document, load
from ivr.flow.folder import CALENDARS, FLOW, PROMPTS, File, FlowFile, FlowFolder
from ivr.flow.validate import shared_calendars, shared_prompts, validate
from ivr.speech.prompts_folder import recorded

T = TypeVar("T")


@dataclass
class FlowSet:
    """The flows of a folder, with what was found wrong in each and in what they share."""

    digest: str
    checked: dict[str, CheckedFlow] = field(default_factory=dict)
    found: dict[str, list[Diagnostic]] = field(default_factory=dict)
    shared_found: list[Diagnostic] = field(default_factory=list)
    sources: dict[str, Sequence[str]] = field(default_factory=dict)

    def in_order(self) -> Iterator[Diagnostic]:
        """Every finding once, by file and place; shared files are looked at for each flow."""
        everything = [
            *self.shared_found,
            *(each for found in self.found.values() for each in found),
        ]
        seen: set[tuple[object, ...]] = set()
        for each in sorted(everything, key=lambda one: (one.file, one.span, one.code.code)):
            mark = (each.file, each.span, each.code, each.message, each.detail)
            if mark not in seen:
                seen.add(mark)
                yield each


def read_flows(folder: FlowFolder, only: str | None = None) -> FlowSet:
    """Every flow of a folder, or `only` one and those that it runs. Raises `UsageError`."""
    reading = _Reading(folder)
    shared = reading.shared()
    for file in folder.flows:
        reading.flow(file, shared)
    wanted = only or folder.only
    if wanted is not None:
        reading.keep(wanted)
    return reading.finished()


class _Reading:
    def __init__(self, folder: FlowFolder) -> None:
        self._folder = folder
        self._flows = FlowSet(folder.digest, shared_found=list(folder.problems))
        self._lost = [Path(problem.file) for problem in folder.problems]
        self._unreadable = {path.parent.name for path in self._lost if path.name == FLOW}

    def shared(self) -> SharedFiles:
        """What the flows have in common."""
        found = self._flows.shared_found
        before = len(found)
        prompts_document = self._document(self._folder.prompts, found)
        prompts = self._part(prompts_document, shared_prompts)
        damaged = {"prompts"} if len(found) > before else set()
        before = len(found)
        calendars_document = self._document(self._folder.calendars, found)
        calendars = self._part(calendars_document, shared_calendars)
        damaged |= {"calendars"} if len(found) > before else set()
        damaged |= {path.stem for path in self._lost if path.name in (PROMPTS, CALENDARS)}
        return SharedFiles(
            prompts, calendars, prompts_document, calendars_document, frozenset(damaged)
        )

    def _part(
        self,
        document: Document | None,
        read: Callable[[Document], tuple[dict[str, T], list[Diagnostic]]],
    ) -> Mapping[str, T]:
        if document is None:
            return {}
        values, found = read(document)
        self._flows.shared_found += found
        return values

    def flow(self, file: FlowFile, shared: SharedFiles) -> None:
        """Read one flow."""
        folder = file.folder
        name = folder.name if folder is not None else ""
        found: list[Diagnostic] = []
        document = self._document(file.file, found)
        flow = None
        if document is not None:
            flow, more = validate(document, shared, name)
            found += more
        if flow is None:
            name = name or file.file.shown
            self._unreadable.add(name)
        else:
            name = name or flow.name
            recordings = recorded(folder, flow.options.language) if folder is not None else {}
            self._flows.checked[name] = replace(flow, folder=folder, recordings=recordings)
        self._flows.found[name] = found

    def _document(self, file: File | None, found: list[Diagnostic]) -> Document | None:
        if file is None:
            return None
        try:
            document = load(file.text, file.shown)
        except FlowError as error:
            found += error.diagnostics
            self._flows.sources.update(error.sources)
            return None
        self._flows.sources[file.shown] = document.lines
        return document

    def keep(self, name: str) -> None:
        """Drop the flows that `name` neither is nor runs."""
        flows = self._flows
        if name not in flows.found:
            guess = did_you_mean(name, flows.found)
            advice = f' Did you mean "{guess}"?' if guess else ""
            raise UsageError(f'There is no flow called "{name}".{advice}')
        kept, waiting = {name}, [name]
        while waiting:
            flow = flows.checked.get(waiting.pop())
            others = set(flow.runs.values()) - kept if flow is not None else set()
            kept |= others
            waiting += others
        flows.checked = {name: flow for name, flow in flows.checked.items() if name in kept}
        flows.found = {name: found for name, found in flows.found.items() if name in kept}

    def finished(self) -> FlowSet:
        """The flows, each knowing the others."""
        checked = self._flows.checked
        unreadable = frozenset(self._unreadable)
        for name, flow in checked.items():
            checked[name] = replace(flow, siblings=checked, unreadable=unreadable)
        return self._flows
