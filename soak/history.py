"""All that happened in one run, as the world outside of the nodes saw it.

Times are seconds since 1970 on the one clock of this machine. A `line` is Graph's id of a call or
leg, a `call` the engine's own id: the same for a call that came in, another for a leg that the
engine has placed. What the store says in the end is added after the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeVar

from msgspec import Struct

NodeDeed = Literal["started", "ready", "killed", "paused", "resumed", "stopped", "died"]


class Entry(Struct, frozen=True):
    """One thing that happened."""

    at: float


class Rang(Entry, frozen=True):
    """A caller rings."""

    line: str
    temper: str


class Placed(Entry, frozen=True):
    """Graph has placed a leg that the engine asked for; `leg` is the engine's own name of it."""

    line: str
    call: str
    leg: str
    to: str


class Posted(Entry, frozen=True):
    """A notification was posted and, at `until`, answered; status 0 when it was not.

    `kinds` are the events that the engine reads in it, `node` who took the connection.
    """

    until: float
    line: str
    kinds: tuple[str, ...]
    status: int
    node: str


class Commanded(Entry, frozen=True):
    """Graph was asked for something and, at `until`, answered; `context` is its clientContext."""

    until: float
    line: str
    action: str
    status: int
    context: str = ""
    to: str = ""


class Heard(Entry, frozen=True):
    """The person on a line heard a piece of audio."""

    until: float
    line: str
    name: str


class Recorded(Entry, frozen=True):
    """The person on a line was recorded."""

    until: float
    line: str


class HandedOn(Entry, frozen=True):
    """Somebody else rang, to whom the person on a line was to be handed on."""

    until: float
    line: str
    to: str
    outcome: str


class Acted(Entry, frozen=True):
    """The person on a line pressed keys, spoke or hung up."""

    line: str
    what: str


class Ended(Entry, frozen=True):
    """The line is down."""

    line: str
    reason: str


class Asked(Entry, frozen=True):
    """The business system was asked to do something; `visit` tells one wish from the next."""

    call: str
    purpose: str
    visit: int


class Dialled(Entry, frozen=True):
    """The admin API was asked for an outbound call; status 0 when it did not answer."""

    key: str
    status: int
    call: str = ""


class NodeDid(Entry, frozen=True):
    """Something was done to a node, or it did it itself."""

    node: str
    deed: NodeDeed


class Late(Entry, frozen=True):
    """By how many seconds the harness itself was late; then what it sees of nodes is unfair."""

    by: float


class Phase(Entry, frozen=True):
    """`calm`: nobody is killed or paused any more; `silent`: nobody calls or does anything more."""

    name: Literal["calm", "silent", "end"]


class KeptLine(Struct, frozen=True):
    """A line of a call's journal: what happened, what was thought of it, what was wanted then."""

    at: float
    event: str
    verdict: str
    effects: tuple[str, ...] = ()
    trace: tuple[str, ...] = ()


class Kept(Entry, frozen=True):
    """What the store has of a call after the run."""

    call: str
    flow: str
    phase: str
    result: str
    end: str
    closed: bool
    lines: tuple[KeptLine, ...] = ()


class Logged(Entry, frozen=True):
    """A line that a node logged and that it should not have."""

    node: str
    words: str


E = TypeVar("E", bound=Entry)


class History:
    """The entries of one run; those of each kind are at hand."""

    def __init__(self) -> None:
        self._kinds: dict[type[Entry], list[Entry]] = {}

    def add(self, entry: Entry) -> None:
        """Note one more."""
        self._kinds.setdefault(type(entry), []).append(entry)

    def of(self, kind: type[E]) -> list[E]:
        """All of one kind, as they were noted."""
        return self._kinds.get(kind, [])  # type: ignore[return-value]

    def __iter__(self) -> Iterator[Entry]:
        """All entries by their time."""
        entries = [entry for kind in self._kinds.values() for entry in kind]
        return iter(sorted(entries, key=lambda entry: entry.at))
