"""The small trials: the real webhook, downloads and published flows, judged as the runs are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ivr.simulator.trials.checkers import Record, breaches
from ivr.simulator.trials.downloads import downloads
from ivr.simulator.trials.entries import Committed
from ivr.simulator.trials.findings import Answered, Posted, Reloaded, TokenSent
from ivr.simulator.trials.history import History
from ivr.simulator.trials.plan import plan_of
from ivr.simulator.trials.reloads import reloads
from tests.trials.webhook_world import Posts


def broken(history: History, *names: str) -> list[str]:
    """What a history breaks, of some invariants."""
    record = Record(history, plan_of(1, "none"))
    return [
        f"{each.id}: {breach.words}" for name in names for each, breach in breaches(record, name)
    ]


def test_the_webhook_keeps_its_invariants_whatever_is_posted() -> None:
    answers: Counter[tuple[str, int]] = Counter()
    for seed in range(15):
        history = Posts(seed).run()
        assert not broken(history, "I12", "I15", "I16", "I17", "I18", "I19", "I33")
        statuses = {entry.number: entry.status for entry in history.of(Answered)}
        answers.update(
            (posted.form if posted.authentic else "stranger", statuses[posted.number])
            for posted in history.of(Posted)
        )
        assert history.of(Committed)
    assert {("stranger", 401), ("legacy", 204), ("genuine", 202), ("unknown", 202)} <= set(answers)
    assert {status for _, status in answers} == {202, 204, 400, 401, 404}


def test_a_recordings_token_goes_to_allowed_hosts_only() -> None:
    sent: Counter[str] = Counter()
    for seed in range(200):
        history = downloads(seed)
        assert not broken(history, "I44")
        sent.update(entry.host for entry in history.of(TokenSent))
    assert set(sent) == {"recordings.example", "eu.recordings.example"}


@pytest.mark.parametrize("seed", range(4))
def test_flows_are_published_whole_or_not_at_all(seed: int, tmp_path: Path) -> None:
    history = reloads(seed, tmp_path)
    assert not broken(history, "I37")
    assert {entry.accepted for entry in history.of(Reloaded)} == {True, False}
