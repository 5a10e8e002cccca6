"""A flow that runs another: its variables, its outcomes, and how deep it may go."""

from __future__ import annotations

from ivr.core.effects import FetchRecording
from ivr.core.events import RecordingFinished, RecordingStored
from tests.universe import Ride, program

SUB = """
flow: sub
input: { number: { type: digits } }
outcomes: [done, lost]
states:
  ask: { type: menu, prompt: choose, attempts: 1, on: { "1": found, give_up: not_found } }
  found: { type: return, outcome: done }
  not_found: { type: return, outcome: lost }
"""
MAIN = """
vars: { account: { type: digits, start: "12" }, found: { type: record } }
states:
  identify:
    type: run
    flow: sub
    with: { number: "${account}" }
    save_as: found
    on: { done: pause, error: sorry }
  pause: { type: wait, for: 5s, next: served }
  sorry: { type: prompt, prompt: sorry, next: trouble }
"""


def running(main: str = MAIN, sub: str = SUB) -> Ride:
    """A call whose flow runs another."""
    ride = Ride(program(main, sub))
    ride.connect()
    return ride


def test_a_sub_flow_has_its_own_variables_and_gives_the_others_back() -> None:
    ride = running()
    assert (ride.value("number"), ride.value("account")) == ("12", None)
    ride.press("1")
    assert (ride.state, ride.value("number"), ride.value("account")) == ("pause", None, "12")


def test_a_call_that_is_in_a_sub_flow_can_be_stored_and_goes_on() -> None:
    ride = running()
    assert [visit.state for visit in ride.snapshot.visits] == ["identify", "ask"]
    before = [visit.entered for visit in ride.snapshot.visits]
    ride.press("1")
    assert before == [True, True]
    assert [visit.state for visit in ride.snapshot.visits] == ["pause"]


def test_an_outcome_without_an_exit_is_an_error() -> None:
    ride = running()
    ride.press("9")
    assert ride.path == ["ask no_match not_found", "not_found lost", "identify lost sorry"]


def test_a_fault_in_a_sub_flow_is_an_error_of_the_state_that_ran_it() -> None:
    ride = running(sub=SUB.replace("choose", "spell") + "prompts: { spell: '${1 / 0}' }\n")
    assert ride.path == ["ask error", "identify error sorry"]


def test_too_much_to_carry_into_a_sub_flow_is_an_error_of_the_state_that_runs_it() -> None:
    letters = "x" * 40_000
    ride = running(
        f"vars: {{ a: {{ type: text, start: {letters} }} }}\n"
        "states: { r: { type: run, flow: sub, with: { a: '${a}', b: '${a}' }, "
        "on: { done: served, error: trouble } } }\n",
        "flow: sub\ninput: { a: { type: text }, b: { type: text } }\noutcomes: [done]\n"
        "states: { end: { type: return, outcome: done } }",
    )
    assert ride.path == ["r error trouble"]


def test_max_duration_in_a_sub_flow_takes_the_exit_of_the_flow_that_ran_it() -> None:
    ride = running("max_duration: 5s\non: { max_duration: sorry }" + MAIN, SUB)
    ride.wait(5_000)
    assert ride.path == ["ask max_duration", "identify max_duration sorry"]
    assert ride.effects == ["stop_media", "play_prompts"]


def test_hanging_up_in_a_sub_flow_ends_the_call_when_nobody_has_an_exit() -> None:
    ride = running()
    ride.hang_up()
    assert (ride.result, ride.snapshot.closed) == ("caller_hung_up", True)


def test_flows_may_run_each_other_eight_deep() -> None:
    ride = running(
        "states: { r: { type: run, flow: sub, on: { done: served, error: trouble } } }",
        "flow: sub\noutcomes: [done]\nstates: { r: { type: run, flow: sub, on: { done: end, "
        "error: pause } }, pause: { type: wait, for: 5s, next: end }, "
        "end: { type: return, outcome: done } }",
    )
    assert (len(ride.snapshot.visits), ride.state) == (8, "pause")
    ride.wait(5_000)
    assert ride.result == "served"


def test_a_clip_that_comes_too_late_is_not_put_into_another_flow() -> None:
    ride = running(
        """
        vars: { clip: { type: recording } }
        states:
          take: { type: record, purpose: call back, keep: 30d, save_as: clip, next: other }
          other: { type: run, flow: sub, on: { done: served, error: trouble } }
        """,
        """
        flow: sub
        vars: { clip: { type: recording } }
        outcomes: [done]
        states:
          pause: { type: wait, for: 5s, next: end }
          end: { type: return, outcome: done }
        """,
    )
    ride.tell(RecordingFinished(ride.snapshot.media, "silence", "there"))
    fetched = ride.sent(FetchRecording)
    ride.wait(5_000)
    ride.tell(RecordingStored(fetched.id, "https://ours.example/1", 3.5))
    assert (ride.verdict, ride.state, ride.value("clip")) == ("ok", "pause", None)
