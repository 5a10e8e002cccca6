"""The scenarios that ship with the flows, and what a scenario that goes wrong says."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.cli.flows import project_settings
from ivr.core.events import HttpAnswered, HttpFailed
from ivr.core.program import Program
from ivr.errors import UsageError
from ivr.flow.bundle import load_folder
from ivr.flow.diagnostics import FlowError
from ivr.simulator.play import play_virtual
from ivr.simulator.scenario import (
    Clip,
    Handover,
    Press,
    Scenario,
    Step,
    Words,
    load_scenarios,
)

ROOT = Path(__file__).parents[2]
SHIPPED = [
    pytest.param(scenario, id=scenario.id)
    for file in sorted(ROOT.glob("flows/*/scenarios.yaml"))
    for scenario, _ in load_scenarios(file)
]


@pytest.fixture(scope="module")
def programs() -> dict[str, Program]:
    bundle = load_folder(ROOT / "flows", project_settings(ROOT).env).bundle
    assert bundle is not None
    return dict(bundle.programs)


@pytest.mark.parametrize("scenario", SHIPPED)
def test_shipped_scenario(scenario: Scenario, programs: dict[str, Program]) -> None:
    played, session = play_virtual(scenario, programs[scenario.flow])
    assert played.failure is None
    assert session.over


@pytest.mark.parametrize("scenario", SHIPPED)
def test_a_scenario_goes_the_same_way_twice(
    scenario: Scenario, programs: dict[str, Program]
) -> None:
    _, one = play_virtual(scenario, programs[scenario.flow])
    _, other = play_virtual(scenario, programs[scenario.flow])
    assert one.steps == other.steps


def support(*steps: Step) -> Scenario:
    return Scenario("a try", "support_line", list(steps))


@pytest.mark.parametrize(
    ("steps", "expected", "found"),
    [
        ([Step(hear="menu_long")], "to hear menu_long", "heard welcome"),
        ([Step(hear=Words("Goodbye"))], "to hear Goodbye", "heard welcome"),
        (
            [Step(hear="welcome"), Step(transfer=Handover(to="env.faults_team"))],
            "a transfer to env.faults_team",
            "it went to another target",
        ),
        ([Step(press=Press(option="Sales"))], "a choice Sales", "the menu has no such choice"),
        (
            [Step(hear="welcome"), Step(hangup=True), Step(record=Clip())],
            "a recording",
            "none began",
        ),
        (
            [Step(hangup=True), Step(end="rejected")],
            "to end as rejected",
            "caller_hung_up (hung_up)",
        ),
    ],
)
def test_a_step_that_goes_wrong_says_what_was_expected_and_found(
    steps: list[Step], expected: str, found: str, programs: dict[str, Program]
) -> None:
    played, _ = play_virtual(support(*steps), programs["support_line"])
    assert played.failure is not None
    assert played.failure.step == len(steps) - 1
    assert expected in played.failure.expected
    assert played.failure.found == found


def test_a_business_system_that_is_late_takes_its_own_exit(programs: dict[str, Program]) -> None:
    scenario = next(s for s, _ in load_scenarios(ROOT / "flows/balance_enquiry/scenarios.yaml"))
    steps = [*scenario.steps[:6], Step(hear="one_moment"), Step(hear="unavailable")]
    late = Scenario("late", "balance_enquiry", steps, given=scenario.given)
    played, _ = play_virtual(
        late, programs["balance_enquiry"],
        lambda request, _, __: (HttpFailed(request.id, timeout=True), 6_000),
    )  # fmt: skip
    assert played.failure is None


def test_three_wrong_pins_lock_the_account(programs: dict[str, Program]) -> None:
    scenario = next(s for s, _ in load_scenarios(ROOT / "flows/balance_enquiry/scenarios.yaml"))
    again = [Step(hear="wrong_pin"), Step(hear="ask_pin"), Step(press="2580")]
    steps = [*scenario.steps[:6], *again, *again, Step(hear="locked")]
    played, _ = play_virtual(
        Scenario("locked", "balance_enquiry", steps, given=scenario.given),
        programs["balance_enquiry"],
        lambda request, _, __: (HttpAnswered(request.id, 401, "{}"), 50),
    )
    assert played.failure is None


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("scenario: x\nflow: y\nsteps:\n  - shout: hello\n", "4:5", "shout"),
        ("scenario: x\nflow: y\nsteps:\n  - {hear: a, press: '1'}\n", "4:5", "exactly one"),
        ("scenario: x\nflow: y\ngiven: {now: soon}\nsteps: []\n", "3:14", "now"),
        ("scenario: x\nflow: y\n", "1:1", "steps"),
        ("scenario: x\nflow: y\nsteps:\n  - press: {keys: '1', after: 5}\n", "4:", "unit"),
    ],
)
def test_a_scenario_that_cannot_be_read_says_where(
    text: str, place: str, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "scenarios.yaml"
    file.write_text(text)
    with pytest.raises(FlowError) as caught:
        load_scenarios(file)
    assert f"scenarios.yaml:{place}" in str(caught.value)
    assert words in str(caught.value)


def test_a_scenario_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_scenarios(tmp_path / "none.yaml")
