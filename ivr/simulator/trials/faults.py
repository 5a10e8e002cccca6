"""What can go wrong in a run, by name, and whether it does at a given place.

A fault at a *place* (one notification, one request, one commit) is struck by chance, at the rate
that the plan gives; a *window* lasts from one moment to another. Both have a key of their own, so a
run can be repeated with some of its faults only: that is how it is shrunk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec import Struct

from ivr.simulator.trials.chance import Chance
from ivr.simulator.trials.entries import Struck


class Kind(NamedTuple):
    """A fault at a place: what happens, and its highest rate among all others and by itself."""

    words: str
    often: float
    alone: float


PLACES: dict[str, Kind] = {
    # Notifications, on their way to us.
    "notification_lost": Kind("a notification never comes", 0.10, 0.30),
    "notification_repeated": Kind("a notification comes 2 to 20 times", 0.40, 1.0),
    "notification_late": Kind("a notification comes up to 60 s late", 0.25, 0.60),
    "notification_unknown": Kind("a notification of an unknown kind comes as well", 0.10, 0.50),
    "notification_forged": Kind("another tenant sends it as well", 0.10, 0.50),
    "notification_empty": Kind("an empty post comes in its place", 0.04, 0.30),
    # Requests to Graph.
    "request_unreachable": Kind("Graph cannot be connected to", 0.06, 0.30),
    "request_throttled": Kind("Graph answers 429", 0.06, 0.30),
    "request_failed": Kind("Graph answers 500 and has done nothing", 0.05, 0.25),
    "request_lost": Kind("a request is lost on its way", 0.04, 0.20),
    "request_slow": Kind("a request takes 1 to 9 s", 0.06, 0.30),
    "request_hung": Kind("a request is carried out after we gave up on it", 0.03, 0.20),
    "answer_failed": Kind("Graph has done it and answers 500", 0.04, 0.20),
    "answer_lost": Kind("Graph has done it and its answer is lost", 0.05, 0.25),
    "answer_late": Kind("the answer comes after what it caused", 0.06, 0.40),
    "audio_not_fetched": Kind("Graph cannot fetch a prompt's audio", 0.04, 0.30),
    "clip_not_given": Kind("a recording is refused", 0.40, 0.60),
    "clip_cut": Kind("a recording comes in part", 0.40, 0.60),
    # Business systems.
    "business_failed": Kind("a business system answers 500", 0.10, 0.50),
    "business_silent": Kind("a business system does not answer", 0.10, 0.50),
    "business_odd": Kind("a business system answers what nobody asked for", 0.10, 0.50),
    # The store.
    "commit_refused": Kind("a commit fails", 0.05, 0.30),
    "commit_unsure": Kind("a commit is done and reported as failed", 0.04, 0.25),
    "read_refused": Kind("a read fails", 0.03, 0.20),
    "word_lost": Kind("a node is not told that another moved a call", 0.20, 1.0),
    "node_stopped": Kind("a node stands still for 2 to 15 s in the middle of a step", 0.004, 0.02),
    # The ends of processes, at every kind of persisted step.
    "crash_before_write": Kind("a node dies before a step is written", 0.02, 0.05),
    "crash_after_write": Kind("a node dies when a step is written", 0.02, 0.05),
    "crash_before_send": Kind("a node dies before it sends a command", 0.03, 0.06),
    "crash_before_answer": Kind("a node dies when Graph has done what it asked", 0.03, 0.06),
    "crash_before_record": Kind("a node dies before it notes an answer", 0.03, 0.06),
}

WINDOWS: dict[str, str] = {
    "store_down": "the store answers nobody",
    "store_cut": "one node cannot reach the store",
    "graph_down": "Graph answers nobody",
    "graph_cut": "one node cannot reach Graph",
    "front_cut": "no notification reaches one node",
    "business_down": "business systems answer nobody",
    "node_lost": "a node dies and stays away",
    "node_paused": "a node stands still, as by SIGSTOP, and goes on",
    "node_replaced": "a node stands still, gets a successor under its name, and goes on",
    "node_drained": "a node is stopped with care, and started again",
    "clock_jumped": "the clock of a node is wrong",
}
CRASHES = tuple(name for name in PLACES if name.startswith("crash_"))


class Window(Struct, frozen=True):
    """A fault that lasts; times in microseconds. `amount` is a jump of a clock, in ms."""

    fault: str
    begins: int
    ends: int
    node: str = ""
    amount: int = 0

    @property
    def key(self) -> str:
        """Its name among the faults of a run."""
        return f"{self.fault}@{self.node}:{self.begins}"


class Faults:
    """The faults of one run. With `allowed`, only those whose keys it holds happen.

    `forced` ones happen whatever the rates say; `crashes` are all places at which a node could have
    died.
    """

    def __init__(
        self,
        rates: dict[str, float],
        chance: Chance,
        note: Callable[[Struck], None],
        now: Callable[[], int],
        allowed: frozenset[str] | None = None,
        forced: frozenset[str] = frozenset(),
    ) -> None:
        self._rates = rates
        self._chance = chance
        self._note = note
        self._now = now
        self._allowed = allowed
        self._forced = forced
        self.crashes: list[str] = []
        self.on = True
        self.struck: list[str] = []

    def strikes(self, fault: str, place: str) -> bool:
        """Whether this fault happens here; if so, it is noted."""
        key = f"{fault}@{place}"
        if fault in CRASHES:
            self.crashes.append(key)
        if key in self._forced:
            return self._struck(fault, place)
        rate = self._rates.get(fault, 0.0)
        return self.on and self._chance.happens(rate, key) and self._struck(fault, place)

    def one_of(self, faults: Sequence[str], place: str) -> str:
        """The one of several faults that happens here, if any does; "" if none."""
        drawn = self._chance.draw(f"fate@{place}") if self.on and self._rates else 1.0
        for fault in faults:
            drawn -= self._rates.get(fault, 0.0)
            if drawn < 0:
                return fault if self._struck(fault, place) else ""
        return ""

    def begins(self, window: Window) -> bool:
        """Whether a window is one of this run's; if so, it is noted."""
        if not self.on:
            return False
        return self._struck(window.fault, f"{window.node}:{window.begins}")

    def _struck(self, fault: str, place: str) -> bool:
        key = f"{fault}@{place}"
        if self._allowed is not None and key not in self._allowed:
            return False
        self.struck.append(key)
        self._note(Struck(self._now(), fault, place))
        return True
