"""A folder of flows, loaded: every flow without an error is a program ready to take calls."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from ivr.core.program import Program
from ivr.core.values import Audio
from ivr.flow.checked import CheckedFlow
from ivr.flow.compile import FindAudio, Shared, compile_flow
from ivr.flow.diagnostics import Diagnostic, FlowError, Severity
from ivr.flow.document import Document, load
from ivr.flow.flow_options import CalendarOptions
from ivr.flow.folder import File, FlowFile, FlowFolder, read_folder
from ivr.flow.validate import validate
from ivr.speech.prompts_folder import recorded

SECONDS_PER_CHARACTER: Final = 0.06
SECONDS_OF_PAUSE: Final = 0.3


@dataclass(frozen=True)
class Bundle:
    """The flows of one folder as they are now; `name` is the hash of their files."""

    name: str
    programs: Mapping[str, Program]
    flows: Mapping[str, CheckedFlow]

    def program_for(self, called: str) -> Program | None:
        """The flow that takes a call to `called`, a phone number or an object id."""
        for name, flow in self.flows.items():
            if name in self.programs and called in {*flow.options.numbers, *flow.options.users}:
                return self.programs[name]
        return self.default()

    def default(self) -> Program | None:
        """The flow for calls that no flow claims."""
        incoming = {n: f for n, f in self.flows.items() if is_incoming(f) and n in self.programs}
        chosen = [name for name, flow in incoming.items() if flow.options.default]
        if not chosen and len(incoming) == 1:
            chosen = list(incoming)
        return self.programs[chosen[0]] if chosen else None


@dataclass(frozen=True)
class Loaded:
    """What came of loading: the bundle, if any flow in it can run, and every finding."""

    bundle: Bundle | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Sequence[str]]


def is_incoming(flow: CheckedFlow) -> bool:
    """Whether incoming calls may enter the flow."""
    options = flow.options
    return options.call_out is None and options.join is None and not options.outcomes


def load_folder(
    folder: Path,
    env: Mapping[str, str] | None = None,
    find_audio: FindAudio | None = None,
    only: str | None = None,
    *,
    strict_env: bool = False,
) -> Loaded:
    """Read, check and compile the flows at `folder`. Raises `UsageError` if there are none."""
    return _Loading(read_folder(folder), dict(env or {}), find_audio).run()


class _Loading:
    def __init__(
        self, folder: FlowFolder, env: dict[str, str], find_audio: FindAudio | None
    ) -> None:
        self.folder = folder
        self.env = env
        self.find_audio = find_audio
        self.found = list(folder.problems)
        self.sources: dict[str, Sequence[str]] = {}
        self.flows: dict[str, CheckedFlow] = {}

    def run(self) -> Loaded:
        shared = self.shared()
        for file in self.folder.flows:
            self.read(file, shared)
        broken = {found.file for found in self.found if found.severity is Severity.ERROR}
        programs: dict[str, Program] = {}
        for name, flow in self.flows.items():
            if flow.document.file not in broken:
                programs[name] = self.compile(flow, programs)
        bundle = Bundle(self.folder.digest, programs, self.flows) if programs else None
        return Loaded(bundle, tuple(self.found), self.sources)

    def shared(self) -> Shared:
        prompts, calendars = self.document(self.folder.prompts), self.document(self.folder.calendars)
        return Shared(
            msgspec.convert(prompts.value, dict[str, str]) if prompts else {},
            msgspec.convert(calendars.value, dict[str, CalendarOptions]) if calendars else {},
        )

    def document(self, file: File | None) -> Document | None:
        if file is None:
            return None
        try:
            document = load(file.text, file.shown)
        except FlowError as error:
            self.found += error.diagnostics
            self.sources.update(error.sources)
            return None
        self.sources[file.shown] = document.lines
        return document

    def read(self, file: FlowFile, shared: Shared) -> None:
        document = self.document(file.file)
        if document is None:
            return
        flow, found = validate(document, shared)
        self.found += found
        if flow is not None:
            recordings = recorded(file.folder, flow.options.language) if file.folder else {}
            self.flows[flow.name] = replace(flow, recordings=recordings)

    def compile(self, flow: CheckedFlow, programs: dict[str, Program]) -> Program:
        env = {name: self.env.get(name) or _placeholder(name) for name in self.names(flow)}
        return compile_flow(
            flow.options,
            flow.states,
            flow.shared,
            {**env, **self.env},
            self.find_audio or _Estimates(self.flows),
            self.folder.digest,
            programs,
        )

    def names(self, flow: CheckedFlow) -> set[str]:
        import re

        text = "\n".join(flow.document.lines)
        return set(re.findall(r"\benv\.([a-z_0-9]+)", text))


def _placeholder(name: str) -> str:
    if "url" in name:
        return f"https://{name.replace('_', '-')}.invalid"
    return "user:00000000-0000-0000-0000-000000000000"


class _Estimates:
    """Audio without a voice: recordings as they are, for words a name and a length."""

    def __init__(self, flows: Mapping[str, CheckedFlow]) -> None:
        self._flows = flows

    def __call__(self, flow: str, prompt: str, words: str) -> Audio:
        known = self._flows[flow]
        language = known.options.language
        recording = known.recordings.get(prompt)
        if recording is not None and recording.format is not None:
            file = hashlib.sha256(recording.read()).hexdigest()
            return Audio(prompt, words, file, language, recording.format.seconds)
        file = hashlib.sha256(f"{language}\n{words}".encode()).hexdigest()
        seconds = SECONDS_PER_CHARACTER * len(words) + SECONDS_OF_PAUSE
        return Audio(prompt, words, file, language, seconds)
