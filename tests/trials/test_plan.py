"""What a seed decides before a run, and the names of what can go wrong."""

from __future__ import annotations

from collections import Counter

from ivr.simulator.faults.catalogue import FAULTS
from ivr.simulator.trials.chance import Chance
from ivr.simulator.trials.faults import PLACES, WINDOWS
from ivr.simulator.trials.flows import FLOWS, LONG, bundle, hints
from ivr.simulator.trials.meant import MEANT
from ivr.simulator.trials.plan import plan_of
from ivr.states import registry


def test_a_draw_depends_on_the_seed_and_the_place_alone() -> None:
    one, other = Chance(7), Chance(7)
    first = one.draw("here")
    assert [other.draw(place) for place in ("there", "here")][1] == first
    assert Chance(8).draw("here") != first
    assert all(0 <= one.draw(str(number)) < 1 for number in range(1_000))
    assert {one.between(2, 4, str(number)) for number in range(50)} == {2, 3, 4}


def test_steady_chance_has_usual_lengths_and_the_same_decisions() -> None:
    steady = Chance(7, steady=True)
    assert {steady.lasts(10, 30, str(number)) for number in range(9)} == {20}
    assert steady.draw("here") == Chance(7).draw("here")


def test_the_flows_have_every_state_type_and_every_way_in() -> None:
    used = {
        state.type.name for each in bundle().programs.values() for state in each.states.values()
    }
    assert set(registry()) - used <= {"share", "route_audio"}
    assert {flow.name for flow in (*FLOWS, LONG)} | {"find_out"} == set(bundle().programs)
    entries = {each.outward.entry for each in bundle().programs.values() if each.outward}
    assert entries == {"call_out", "join"}


def test_a_caller_knows_what_fits_each_question() -> None:
    assert hints()["bank", "ask_account"] == ("digits",)
    assert hints()["front_desk", "leave_message"] == ("say",)
    assert set(hints()["front_desk", "menu_long"]) == {"1", "2", "5"}


def test_seeds_differ_in_all_that_matters() -> None:
    plans = [plan_of(seed) for seed in range(200)]
    for values in (
        {plan.nodes for plan in plans}, {len(plan.calls) for plan in plans},
        {call.flow for plan in plans for call in plan.calls}, {plan.retries for plan in plans},
        {window.fault for plan in plans for window in plan.windows},
    ):  # fmt: skip
        assert len(values) >= 3
    assert Counter(plan.nodes for plan in plans).keys() == {1, 2, 3, 4}
    assert all(window.begins < window.ends <= plan.faults_off
               for plan in plans for window in plan.windows)  # fmt: skip


def test_what_the_catalogue_has_is_called_by_its_name() -> None:
    assert set(MEANT) <= {*PLACES, *WINDOWS}
    for names in MEANT.values():
        assert set(names) <= set(FAULTS)
