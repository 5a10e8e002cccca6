"""A folder of flows, loaded: every flow without an error is a program that can take calls.

Reading never stops at a mistake. Each flow is read, checked and compiled by itself; one with an
error is left out, and so are those that run it, while the others go ahead.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ivr.core.program import Program
from ivr.flow.checked import CheckedFlow
from ivr.flow.checks import check_flow
from ivr.flow.compile import FindAudio, compile_flow
from ivr.flow.diagnostics import Code, Diagnostic, Severity
from ivr.flow.environment import check_environment, values_for
from ivr.flow.estimates import Estimates
from ivr.flow.folder import read_folder
from ivr.flow.reading import FlowSet, read_flows

AudioOf = Callable[[Mapping[str, CheckedFlow]], FindAudio]
"""From the checked flows of a folder to what finds the audio of their prompts."""


@dataclass(frozen=True)
class Bundle:
    """The flows of one folder as they were read together.

    `name` is the hash of all their files: 40 hexadecimal digits, the same on every machine.
    `programs` are the flows that can run; `flows` are all that could be read.
    """

    name: str
    programs: Mapping[str, Program]
    flows: Mapping[str, CheckedFlow]

    def program_for(self, called: str) -> Program | None:
        """The flow that takes a call to `called`, a phone number or an object id.

        That is the flow whose `numbers:` or `users:` have it, else the default one; None if the
        call is to be rejected.
        """
        for program, flow in self._incoming():
            if called in flow.options.numbers or called in flow.options.users:
                return program
        return self.default()

    def default(self) -> Program | None:
        """The flow with `default: true`, else the only one that takes incoming calls."""
        incoming = list(self._incoming())
        chosen = [program for program, flow in incoming if flow.options.default]
        if not chosen and sum(flow.is_incoming for flow in self.flows.values()) == 1:
            chosen = [program for program, _ in incoming]
        return chosen[0] if chosen else None

    def _incoming(self) -> Iterable[tuple[Program, CheckedFlow]]:
        for name, program in self.programs.items():
            if self.flows[name].is_incoming:
                yield program, self.flows[name]


@dataclass(frozen=True)
class Loaded:
    """What came of loading a folder.

    `bundle` is None where no flow can run. `diagnostics` are in the order of the files and of
    the lines in them; `sources` are the lines of every file that was read, by its name there.
    """

    bundle: Bundle | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Sequence[str]]

    @property
    def has_errors(self) -> bool:
        """Whether anything was found that is more than a warning."""
        return any(found.severity is Severity.ERROR for found in self.diagnostics)


def load_folder(
    folder: Path,
    env: Mapping[str, str] | None = None,
    audio: AudioOf = Estimates,
    only: str | None = None,
    *,
    strict_env: bool = False,
) -> Loaded:
    """Read, check and compile the flows at `folder`: a folder of flows, or of one, or a file.

    `env` gives the values of `env.` by name. One that is missing is replaced by a placeholder
    and a warning; with `strict_env` it is an error. `audio` finds the audio of the prompts
    that are always the same; without it, recordings are taken as they are, and words get a name
    and an estimated length. With `only`, nothing is said of the other flows, and only those are
    compiled that this one runs.

    Raises:
        UsageError: there is no flow at `folder`, or none called `only`.
    """
    with _without_collection():
        return _load(folder, env or {}, audio, only, strict_env=strict_env)


def _load(
    folder: Path, env: Mapping[str, str], audio: AudioOf, only: str | None, *, strict_env: bool
) -> Loaded:
    flows = read_flows(read_folder(folder), only)
    for name, flow in flows.checked.items():
        found = flows.found[name]
        found.extend(check_flow(flow))
        found.extend(check_environment(flow, env, strict=strict_env))
    broken = _broken(flows)
    programs: dict[str, Program] = {}
    for name, flow in flows.checked.items():
        if name not in broken:
            programs[name] = _compile(flow, flows, env, audio, programs)
    bundle = Bundle(flows.digest, programs, flows.checked) if programs else None
    return Loaded(bundle, tuple(flows.in_order()), flows.sources)


def _compile(
    flow: CheckedFlow,
    flows: FlowSet,
    env: Mapping[str, str],
    audio: AudioOf,
    programs: Mapping[str, Program],
) -> Program:
    return compile_flow(
        flow.options,
        flow.states,
        flow.shared_parts,
        values_for(flow, env),
        audio(flows.checked),
        flows.digest,
        programs,
    )


def _broken(flows: FlowSet) -> set[str]:
    """The flows with an error, and those that run one of them, which gets an error for it."""
    broken = {name for name, found in flows.found.items() if _has_error(found)}
    broken |= {name for name, flow in flows.checked.items() if _lacks_shared(flow)}
    waiting = list(broken)
    runners = _runners(flows.checked)
    while waiting:
        for runner, state in runners.get(waiting.pop(), ()):
            _report_broken(flows.checked[runner], state, flows.found[runner])
            if runner not in broken:
                broken.add(runner)
                waiting.append(runner)
    return broken


def _report_broken(flow: CheckedFlow, state: str, found: list[Diagnostic]) -> None:
    """Say that the flow cannot be run from here, unless there is a better reason already."""
    message = "this flow has errors itself, so it cannot be run from here"
    broken = flow.at(Code.BROKEN_FLOW, ("states", state, "flow"), message)
    if not any(each.span == broken.span and _has_error([each]) for each in found):
        found.append(broken)


def _runners(flows: Mapping[str, CheckedFlow]) -> dict[str, list[tuple[str, str]]]:
    """For each flow, the flows and states that run it."""
    runners: dict[str, list[tuple[str, str]]] = {}
    for name, flow in flows.items():
        for state, other in flow.runs.items():
            runners.setdefault(other, []).append((name, state))
    return runners


def _lacks_shared(flow: CheckedFlow) -> bool:
    """Whether it uses what a shared file should have and, having errors, does not."""
    return not (
        flow.named_prompts.keys() <= flow.prompts.keys()
        and flow.named_calendars.keys() <= flow.calendars.keys()
    )


def _has_error(found: Iterable[Diagnostic]) -> bool:
    return any(each.severity is Severity.ERROR for each in found)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Loading makes many objects and no garbage: looking for some makes it slower than linear."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
