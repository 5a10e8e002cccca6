"""A flow as it was read: what the checks look at, and what is compiled.

Where the schema found mistakes, `damaged` names the sections that are not whole. A check says
which sections it needs, and stays silent where one of them is damaged, so that one mistake does
not bring others with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path as FilePath
from typing import Final, NamedTuple, TypeAlias, TypedDict, Unpack

from ivr.core.options import Exit, StateOptions
from ivr.core.state_type import StateType
from ivr.expr.types import CALL, Declaration, environment_of
from ivr.flow.compile import Shared, exits_of
from ivr.flow.declared import declarations
from ivr.flow.diagnostics import Code, Diagnostic, Related, did_you_mean
from ivr.flow.document import Document
from ivr.flow.flow_options import CalendarOptions, FlowOptions
from ivr.flow.uses import Use, uses_of
from ivr.flow.ways import Edge, Way, edges_of, own_ways
from ivr.speech.prompts_folder import RecordedPrompt
from ivr.states.hours import HoursOptions
from ivr.states.run import RunOptions

Path: TypeAlias = tuple[str | int, ...]
_MOST_GUESSES: Final = 100
"""How many names are compared with all others: a file of unknown names must not take minutes."""


class CheckedState(NamedTuple):
    """A state that could be read."""

    type: StateType[StateOptions]
    options: StateOptions


class Words(TypedDict, total=False):
    """What a finding may say beside its message; see `Diagnostic`."""

    detail: str
    help: str
    suggestion: str | None
    related: tuple[Related, ...]


@dataclass(frozen=True)
class SharedFiles:
    """`prompts.yaml` and `calendars.yaml`, which all flows of a folder have in common."""

    prompts: Mapping[str, str] = field(default_factory=dict)
    calendars: Mapping[str, CalendarOptions] = field(default_factory=dict)
    prompts_document: Document | None = None
    calendars_document: Document | None = None
    damaged: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False, repr=False)
class CheckedFlow:
    """One flow, read as far as it could be.

    `state_names` are those of all states, `states` holds the ones that could be read. `siblings`
    are the flows of the folder by name, this one included, and `unreadable` the names of those
    that could not be read at all.
    """

    document: Document
    options: FlowOptions
    states: Mapping[str, CheckedState]
    state_names: tuple[str, ...] = ()
    damaged: frozenset[str] = frozenset()
    folder: FilePath | None = None
    shared: SharedFiles = field(default_factory=SharedFiles)
    recordings: Mapping[str, RecordedPrompt] = field(default_factory=dict)
    siblings: Mapping[str, CheckedFlow] = field(default_factory=dict)
    unreadable: frozenset[str] = frozenset()
    _guesses: Iterator[int] = field(default_factory=count)

    def __repr__(self) -> str:
        return f"<CheckedFlow {self.name}: {len(self.states)} states>"

    @property
    def name(self) -> str:
        """The flow's name."""
        return self.options.flow

    @property
    def is_incoming(self) -> bool:
        """Whether incoming calls may enter it: not if it calls, joins, or is run by others."""
        options = self.options
        return options.call_out is None and options.join is None and not options.outcomes

    @cached_property
    def prompts(self) -> Mapping[str, str]:
        """The words of every prompt, the flow's own before the shared ones."""
        return {**self.shared.prompts, **self.options.prompts}

    @cached_property
    def calendars(self) -> Mapping[str, CalendarOptions]:
        """Every calendar, the flow's own before the shared ones."""
        return {**self.shared.calendars, **self.options.calendars}

    @cached_property
    def variables(self) -> Mapping[str, Declaration]:
        """The declarations that are right; see the check `variables` for the others."""
        return declarations({**self.options.input, **self.options.vars})

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """Every text with `${…}` and every condition, with its place."""
        return tuple(uses_of(self))

    @cached_property
    def env_names(self) -> frozenset[str]:
        """The names of `env.` that are read."""
        names = (name for use in self.uses for name in use.names)
        return frozenset(name[1] for name in names if name[0] == "env" and len(name) > 1)

    @cached_property
    def scope(self) -> Mapping[str, Declaration]:
        """Every name that an expression may read, with its type."""
        secrets = environment_of(self.options.secret_env)
        given = {"call": CALL, "env": environment_of(self.env_names), "secret_env": secrets}
        return {**self.variables, **given}

    @cached_property
    def named_prompts(self) -> Mapping[str, list[Path]]:
        """Every prompt that a state names, with the places where it does."""
        found: dict[str, list[Path]] = {}
        for name, (kind, options) in self.states.items():
            for path, prompt in kind.prompts(options):
                found.setdefault(prompt, []).append(("states", name, *path))
        return found

    @cached_property
    def named_calendars(self) -> Mapping[str, list[Path]]:
        """Every calendar that is asked, with the places where it is."""
        found: dict[str, list[Path]] = {}
        for name, state in self.states.items():
            if isinstance(state.options, HoursOptions):
                path: Path = ("states", name, "calendar")
                found.setdefault(state.options.calendar, []).append(path)
        call_out = self.options.call_out
        if call_out is not None and call_out.only_in is not None:
            found.setdefault(call_out.only_in, []).append(("call_out", "only_in"))
        return found

    @cached_property
    def runs(self) -> Mapping[str, str]:
        """The flows that it runs, by the states that do."""
        states = self.states.items()
        return {
            name: state.options.flow
            for name, state in states
            if isinstance(state.options, RunOptions)
        }

    @cached_property
    def exits(self) -> Mapping[str, Mapping[str, Exit]]:
        """Every exit of every state, the flow-wide ones included."""
        return {name: exits_of(*state, self.options) for name, state in self.states.items()}

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """Every exit that is written in a state, with its place."""
        return tuple(way for name, state in self.states.items() for way in own_ways(name, *state))

    @cached_property
    def edges(self) -> Mapping[str, tuple[Edge, ...]]:
        """What each state can end with and where that leads, after fallbacks; see `Edge`."""
        return {
            name: tuple(edges_of(state.type, self.exits[name], self._outcomes(name)))
            for name, state in self.states.items()
        }

    def _outcomes(self, name: str) -> Iterable[str]:
        """What a state can end with; a `run`, with what the other flow declares."""
        kind, options = self.states[name]
        other = self.siblings.get(self.runs.get(name, ""))
        return kind.outcomes_of(options) if other is None else (*other.options.outcomes, "error")

    def at(
        self, code: Code, path: Path, message: str, *, key: bool = False, **words: Unpack[Words]
    ) -> Diagnostic:
        """A finding about the value at `path`, or with `key` about the name before its colon."""
        return finding(self.document, code, path, message, key=key, **words)

    def near(self, word: str, candidates: Iterable[str]) -> str | None:
        """The name that was probably meant."""
        if next(self._guesses) >= _MOST_GUESSES:
            return None
        return did_you_mean(word, candidates)

    @property
    def shared_parts(self) -> Shared:
        """The shared prompts and calendars, as the compiler takes them."""
        return Shared(self.shared.prompts, self.shared.calendars)


def finding(
    document: Document,
    code: Code,
    path: Path,
    message: str,
    *,
    key: bool = False,
    **words: Unpack[Words],
) -> Diagnostic:
    """A finding in any document; see `CheckedFlow.at`."""
    return Diagnostic(code, message, document.file, document.where(path, key=key), **words)
