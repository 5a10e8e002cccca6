"""A failing run is told by the fewest faults and acts that make it fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from ivr.simulator.trials.__main__ import main
from ivr.simulator.trials.checkers import INVARIANTS, Breach, Invariant, Record
from ivr.simulator.trials.entries import NodeChanged, Pressed
from ivr.simulator.trials.ladder import ladder
from ivr.simulator.trials.plan import plan_of
from ivr.simulator.trials.report import story
from ivr.simulator.trials.shrink import shrink
from ivr.simulator.trials.world import run

NEVER_DIES, NEVER_PRESSED = "X01", "X02"


def never_dies(record: Record) -> Iterator[Breach]:
    for entry in record.history.of(NodeChanged):
        if entry.state == "down":
            yield Breach(entry.at, "", f"{entry.node} has died")


def never_pressed(record: Record) -> Iterator[Breach]:
    for entry in record.history.of(Pressed):
        yield Breach(entry.at, entry.call, "somebody has pressed a key")


@pytest.fixture(autouse=True)
def planted() -> Iterator[None]:
    """Two invariants that do not hold, as something to find."""
    for name, check in ((NEVER_DIES, never_dies), (NEVER_PRESSED, never_pressed)):
        INVARIANTS[name] = Invariant(name, "This never happens.", check)
    yield
    del INVARIANTS[NEVER_DIES], INVARIANTS[NEVER_PRESSED]


def seed_with(invariant: str) -> int:
    """A seed that breaks an invariant, with much else going on."""
    for seed in range(300):
        done = run(plan_of(seed))
        busy = len(done.struck) > 10 and len(done.acted) > 5 and len(done.plan.calls) > 1
        if busy and any(INVARIANTS[invariant].check(Record(done.history, done.plan))):
            return seed
    raise AssertionError("no seed breaks it")


def test_of_many_faults_those_that_matter_are_left() -> None:
    whole = run(plan_of(seed_with(NEVER_DIES)))
    shrunk = shrink(whole, NEVER_DIES)
    assert len(shrunk.faults) <= 2 < len(whole.struck)
    assert shrunk.faults[-1].startswith(("crash_", "node_lost@"))
    assert len(shrunk.acts) <= 1 < len(whole.acted)
    assert len(shrunk.run.plan.calls) == 1
    assert any(NodeChanged is type(entry) for entry in shrunk.run.history)


def test_of_many_acts_the_one_that_matters_is_left() -> None:
    shrunk = shrink(run(plan_of(seed_with(NEVER_PRESSED))), NEVER_PRESSED)
    assert len(shrunk.acts) == 1
    assert shrunk.faults == ()
    assert shrunk.breach.words == "somebody has pressed a key"


def test_the_story_has_all_that_is_needed_to_understand_it() -> None:
    seed = seed_with(NEVER_PRESSED)
    told = "\n".join(story(shrink(run(plan_of(seed)), NEVER_PRESSED)))
    for words in (
        f"Seed {seed} breaks X02: This never happens.",
        f"--only {seed} --faults all",
        "starts_at: ", "rate notification_lost: ", "call: call ",
        "The faults that it takes (0)", "What callers do (1)", "presses ",
    ):  # fmt: skip
        assert words in told


def test_the_ladder_is_of_one_call_when_one_is_named() -> None:
    plan = plan_of(
        next(seed for seed in range(50) if len(plan_of(seed, "none").calls) == 3), "none"
    )
    history = run(plan).history
    all_calls, first = "\n".join(ladder(history)), "\n".join(ladder(history, plan.calls[0].call))
    for call in plan.calls:
        assert call.call[:8] in all_calls
    assert plan.calls[0].call[:8] in first
    assert plan.calls[1].call[:8] not in first
    assert max(map(len, first.splitlines())) < 400


def test_the_command_fails_and_tells_of_the_first_failure() -> None:
    seed = seed_with(NEVER_DIES)
    done = CliRunner().invoke(main, ["--runs", "1", "--seed", str(seed)])
    assert done.exit_code == 1
    assert f"X01 1: {seed}" in done.output
    assert f"Seed {seed} breaks " in done.output
    alone = CliRunner().invoke(main, ["--only", str(seed)])
    assert alone.exit_code == 1
    assert "The run, shrunk in" in alone.output
