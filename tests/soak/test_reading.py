"""Figures, ladders and plans of the soak."""

from __future__ import annotations

from random import Random

import pytest

from soak.checks.stuck import longest_wait
from soak.figures import figures, restarts
from soak.history import NodeDid
from soak.ladder import ladder
from soak.nemesis import Strike, plan
from soak.options import read_options
from tests.soak.planted import LINE, OUT, posted, record


def test_a_restart_is_measured_until_it_is_disturbed() -> None:
    found = record(
        NodeDid(1.0, "n1", "started"), NodeDid(2.0, "n1", "ready"),
        NodeDid(99.0, "n1", "killed"), NodeDid(99.5, "n1", "started"),
        NodeDid(101.5, "n1", "ready"), NodeDid(110.0, "n1", "killed"),
        NodeDid(110.1, "n1", "started"), NodeDid(111.0, "n1", "killed"),
    )  # fmt: skip
    first, second = restarts(found)
    assert first.first == pytest.approx(0.51), "the notification at 100.0"
    assert first.ready == pytest.approx(2.0)
    assert second == (None, None)


def test_waits_are_between_what_the_engine_does() -> None:
    wait = longest_wait(record(), LINE)
    assert wait.since == pytest.approx(105.2)
    assert wait.length == pytest.approx(1.8)


def test_the_figures_count_what_happened() -> None:
    rows = dict(figures(record(posted(104.0, "tone_pressed", 0))))
    assert rows["calls that rang"] == "1: 1 answered, 0 given up"
    assert rows["notifications"] == "6: 202 5, none 1"
    assert rows["commands refused"] == "0"


def test_a_ladder_tells_a_call_in_order() -> None:
    lines = [text.partition("  ")[2] for text in ladder(record(), LINE)][1:]
    heard = next(at for at, text in enumerate(lines) if "hears welcome for 4.5 s" in text)
    handed = next(at for at, text in enumerate(lines) if "< engine transfer" in text)
    assert heard < handed
    assert sum("journal" in text for text in lines) == 4
    assert any("places" in text for text in ladder(record(), OUT))
    assert not list(ladder(record(), "nobody"))


def test_a_plan_is_the_seeds_and_kills_as_often_as_it_is_asked() -> None:
    one = plan(Random("a"), 50, 250.0, ["n1"])
    assert one == plan(Random("a"), 50, 250.0, ["n1"]) != plan(Random("b"), 50, 250.0, ["n1"])
    assert [strike.kind for strike in one] == ["kill"] * 50
    assert all(0 <= strike.at <= 250 for strike in one)


def test_with_two_nodes_some_are_paused_and_one_stays_away() -> None:
    strikes = plan(Random("a"), 50, 250.0, ["n1", "n2"])
    kinds = [strike.kind for strike in strikes]
    assert kinds.count("kill") + kinds.count("away") == 50
    assert kinds.count("away") == 1
    assert kinds.count("pause") == 12
    assert all(1 <= each.length <= 30 for each in strikes if each.kind != "kill")
    assert {strike.node for strike in strikes} == {"n1", "n2"}
    assert strikes == sorted(strikes, key=lambda each: each.at)
    assert isinstance(strikes[0], Strike)


def test_a_file_is_for_one_node(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_options(["--nodes", "2"])
    assert "need --store postgres" in capsys.readouterr().err
    found = read_options(["--kills", "20", "--seed", "x"])
    assert (found.seconds, found.nodes, found.calls) == (100.0, 1, 200)
