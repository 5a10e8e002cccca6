"""From state to state: how often, with how much, and what goes wrong on the way."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ivr.core.events import (
    AnyEvent,
    HttpAnswered,
    PromptFinished,
    TonePressed,
)
from ivr.core.options import StateOptions, WithExits
from ivr.core.state_type import StateType
from ivr.core.turn import Turn
from ivr.states import registry
from tests.universe import Ride, Types, connected, program, ringing

# The number of visits


def test_a_state_may_be_visited_ten_times() -> None:
    ride = ringing("""
        vars: { n: { type: number, start: "0" } }
        on: { error: trouble }
        states:
          count: { type: set, set: { n: "${n + 1}" }, next: enough }
          enough: { type: choose, when: [{ if: n = 10, go: served }, { else: count }] }
    """)
    assert ride.result == "served"


def test_the_eleventh_visit_takes_the_error_exit_instead() -> None:
    ride = ringing("""
        vars: { n: { type: number, start: "0" } }
        on: { error: trouble }
        states:
          count: { type: set, set: { n: "${n + 1}" }, next: count }
    """)
    assert ride.result == "trouble"
    assert len(ride.trace) == 11


def test_a_flow_may_set_another_number_of_visits() -> None:
    ride = connected("""
        max_visits: 2
        on: { error: sorry }
        states:
          ask: { type: menu, prompt: choose, on: { "1": ask, give_up: lost } }
          sorry: { type: prompt, prompt: sorry, next: trouble }
    """)
    ride.press("1")
    assert ride.state == "ask"
    ride.press("1")
    assert (ride.state, ride.said[-1]) == ("sorry", "sorry")
    ride.heard()
    assert ride.result == "trouble"


def test_after_an_overrun_few_more_states_may_say_goodbye() -> None:
    ride = ringing("""
        on: { error: round }
        vars: { n: { type: number, start: "0" } }
        states:
          round: { type: set, set: { n: "${n + 1}" }, next: round }
    """)
    assert ride.result == "failed"
    assert len(ride.trace) <= 10 + 2 + 20


def test_a_call_has_two_hundred_visits_in_all() -> None:
    names = [f"s{number}" for number in range(1, 30)]
    states = "".join(f"  {a}: {{ type: choose, when: [{{ else: {b} }}] }}\n" for a, b in
                     zip(names, names[1:] + names[:1], strict=True))  # fmt: skip
    ride = ringing(f"on: {{ error: trouble }}\nstates:\n{states}")
    assert ride.result == "trouble"
    assert len(ride.trace) == 201


def test_the_states_of_a_sub_flow_count_over_all_of_its_runs() -> None:
    runs = "".join(
        f"  r{n}: {{ type: run, flow: sub, on: {{ done: r{n + 1}, error: trouble }} }}\n"
        for n in range(1, 13)
    )
    sub = "flow: sub\noutcomes: [done]\nstates: { end: { type: return, outcome: done } }"
    ride = Ride(program("states:\n" + runs, sub))
    ride.arrive()
    assert ride.result == "trouble"
    assert ride.path.count("end done") == 10


# Limits that are due together


def test_deadlines_happen_in_the_order_in_which_they_are_due() -> None:
    ride = connected("max_duration: 10s\nstates: { a: { type: wait, for: 5s, next: b }, "
                     "b: { type: wait, for: 60s, next: c } }")  # fmt: skip
    ride.now += 20_000
    ride.fire()
    assert ride.path == ["a next b"]
    ride.fire()
    assert ride.result == "max_duration"


# Faults


class BrokenOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """When it breaks."""

    at: str


class Broken(StateType[BrokenOptions]):
    """Has a bug, as a state type of somebody else may have."""

    name = "broken"
    Options = BrokenOptions
    outcomes = ("next",)

    def line(self, options: BrokenOptions) -> str:  # type: ignore[override]
        """It needs the caller."""
        return "needed"

    def enter(self, turn: Turn, options: BrokenOptions) -> str | None:
        """Breaks, perhaps after it has begun something."""
        turn.play(["hello"])
        if options.at == "enter":
            raise KeyError("12345678")
        return None

    def handle(self, turn: Turn, options: BrokenOptions, event: AnyEvent) -> str | None:
        """Breaks."""
        raise ZeroDivisionError

    def prompts(self, options: BrokenOptions) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """What it plays."""
        return [(("prompt",), "hello")]


BROKEN: Types = {"broken": Broken()}  # type: ignore[dict-item]


@pytest.mark.parametrize("at", ["enter", "handle"])
def test_a_bug_in_a_state_type_takes_the_error_exit_and_the_call_ends_politely(at: str) -> None:
    source = f"on: {{ error: sorry }}\nstates: {{ a: {{ type: broken, at: {at}, next: b }}, " \
             "sorry: { type: prompt, prompt: sorry, next: trouble } }"  # fmt: skip
    ride = Ride(program(source, types=BROKEN))
    ride.connect()
    if at == "handle":
        ride.press("1")
    assert ride.said == ["hello", "sorry"]
    assert ride.effects[-2:] == ["stop_media", "play_prompts"]
    ride.heard()
    assert ride.result == "trouble"


def test_a_bug_is_noted_with_its_place_but_without_what_it_was_about() -> None:
    ride = Ride(program("states: { a: { type: broken, at: enter, next: b } }", types=BROKEN))
    ride.connect()
    note = ride.trace[0].note
    assert (ride.trace[0].outcome, note.split(",")[0]) == ("fault", "KeyError in enter")
    assert "12345678" not in note
    assert ride.result == "failed"


def test_every_type_of_the_registry_is_known_by_its_own_name() -> None:
    assert all(kind.name == name for name, kind in registry().items())
    assert all(issubclass(kind.Options, StateOptions) for kind in registry().values())


# Variables


def test_64_kb_of_variables_are_the_limit_and_what_is_too_much_is_not_kept() -> None:
    ride = ringing(
        "vars: { a: { type: text, start: " + "x" * 30_000 + " }, b: { type: text } }\n"
        'states: { grow: { type: set, set: { b: "${a + a}" }, on: { next: c, error: keep } }, '
        'keep: { type: set, set: { b: "${a}" }, on: { next: d, error: e } } }'
    )
    assert ride.path == ["grow error keep", "keep next d"]


def test_variables_that_are_too_large_from_the_start_do_not_cost_the_caller_the_call() -> None:
    much = "{ type: text, start: " + "x" * 40_000 + " }"
    ride = connected(
        f"vars: {{ a: {much}, b: {much} }}\n"
        "states: { say: { type: prompt, prompt: hello, next: served } }"
    )
    assert ride.said == ["hello"]


def test_an_answer_that_does_not_fit_any_more_is_an_error() -> None:
    ride = ringing(
        "vars: { a: { type: text, start: " + "x" * 40_000 + " }, b: { type: text } }\n"
        'states: { ask: { type: http, request: { get: "https://a.example/" }, save_as: b, '
        "on: { ok: served, error: trouble } } }"
    )
    ride.tell(HttpAnswered(ride.done[-1].id, 200, '"' + "y" * 40_000 + '"'))
    assert ride.path == ["ask error trouble"]


# Keys that nobody asked for


def test_no_more_than_32_keys_are_kept() -> None:
    ride = connected("states: { a: { type: wait, for: 50s, next: b } }")
    ride.press("1" * 40)
    assert ride.snapshot.keys == "1" * 32


def test_keys_are_forgotten_when_the_line_is_down() -> None:
    ride = connected("""
        states: { a: { type: http, request: { get: "https://a.example/" }, next: b } }
    """)
    ride.press("123")
    assert ride.snapshot.keys == "123"
    ride.hang_up()
    assert ride.snapshot.keys == ""


# Events that belong to nobody


@pytest.mark.parametrize("event", [PromptFinished(""), HttpAnswered("", 200)])
def test_an_event_about_no_effect_is_nothing(event: AnyEvent) -> None:
    ride = connected("states: { a: { type: wait, for: 50s, next: b } }")
    ride.tell(event)
    assert ride.verdict in {"late", "stale"}


def test_a_tone_in_a_state_that_asks_nothing_moves_nothing() -> None:
    ride = connected("states: { a: { type: hangup, result: served, prompt: bye } }")
    ride.tell(TonePressed("1", 1))
    assert (ride.effects, ride.path) == ([], [])
