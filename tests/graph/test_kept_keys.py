"""Signing keys that outlive the process: a restart while the key service is down verifies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ivr.graph.kept_keys import KeptKeys
from ivr.graph.keys import RETIRED_LIFE, STALE_LIFE, KeyCache
from tests.graph.signing import METADATA, Publisher, Signer, VirtualClock, publisher_of

OLD, NEW = Signer("old"), Signer("new")
HOUR = 3600.0


class Machine:
    """A node that is started again and again; its monotonic clock begins anew each time."""

    def __init__(self, folder: Path, publisher: Publisher) -> None:
        self.path = folder / "keys.json"
        self.publisher = publisher
        self.wall = VirtualClock()
        self.start()

    def start(self, wall: float | None = None) -> None:
        self.wall.now = self.wall.now if wall is None else wall
        self.uptime = VirtualClock(5.0)
        kept = KeptKeys(self.path, self.wall)
        self.cache = KeyCache([METADATA], self.publisher.fetch, self.uptime, kept)

    def sleep(self, seconds: float) -> None:
        self.wall.advance(seconds)
        self.uptime.advance(seconds)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, publisher_of([OLD]))


@pytest.mark.problem("P06", fault="keys_down")
async def test_a_restart_during_an_outage_still_verifies(machine: Machine) -> None:
    assert await machine.cache.refresh()
    machine.publisher.go_down()
    machine.sleep(20 * HOUR)
    machine.start()
    assert machine.cache.ready
    found = await machine.cache.find("old")
    assert found is not None
    assert found.public_numbers() == OLD.key.public_key().public_numbers()
    await machine.cache.refresh()
    assert await machine.cache.find("old") is not None


async def test_without_a_file_a_start_during_an_outage_knows_nothing(machine: Machine) -> None:
    machine.publisher.go_down()
    machine.start()
    assert not machine.cache.ready
    assert await machine.cache.find("old") is None
    assert not machine.path.exists()


async def test_kept_keys_do_not_live_longer_for_being_restarted(machine: Machine) -> None:
    await machine.cache.refresh()
    machine.publisher.go_down()
    for _ in range(6):
        machine.sleep(STALE_LIFE / 5)
        machine.start()
    assert not machine.cache.ready
    assert await machine.cache.find("old") is None


async def test_a_withdrawn_key_stays_withdrawn_after_a_restart(machine: Machine) -> None:
    await machine.cache.refresh()
    machine.publisher.publish(NEW)
    await machine.cache.refresh()
    machine.sleep(RETIRED_LIFE - 1)
    machine.start()
    machine.publisher.go_down()
    assert await machine.cache.find("old") is not None
    machine.sleep(2)
    assert await machine.cache.find("old") is None
    assert await machine.cache.find("new") is not None


async def test_a_rotation_while_we_were_down_is_noticed_at_the_first_new_token(
    machine: Machine,
) -> None:
    await machine.cache.refresh()
    machine.publisher.publish(NEW)
    machine.start()
    assert await machine.cache.find("new") is not None


async def test_a_clock_set_back_makes_no_key_immortal(machine: Machine) -> None:
    await machine.cache.refresh()
    machine.publisher.go_down()
    machine.start(wall=machine.wall.now - 365 * 24 * HOUR)
    machine.uptime.advance(STALE_LIFE)
    assert await machine.cache.find("old") is None


async def test_an_outage_does_not_overwrite_what_was_kept(machine: Machine) -> None:
    await machine.cache.refresh()
    before = machine.path.read_bytes()
    machine.publisher.go_down()
    await machine.cache.refresh()
    assert machine.path.read_bytes() == before


async def test_the_file_is_its_owner_s_alone_and_whole_at_any_moment(machine: Machine) -> None:
    await machine.cache.refresh()
    assert machine.path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in machine.path.parent.iterdir()] == ["keys.json"]
    assert "PRIVATE" not in machine.path.read_text()


def entry(**changes: object) -> dict[str, object]:
    return OLD.jwk() | {"until": 2e9} | changes


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "null", "7", "[]", "{}", '{"sources":7}', '{"sources":[]}', "[" * 50_000, "\x00",
        json.dumps({"sources": {METADATA: 7}}),
        json.dumps({"sources": {METADATA: [7, None, {}]}}),
        json.dumps({"sources": {METADATA: [entry(until="soon")]}}),
        json.dumps({"sources": {METADATA: [entry(until=None)]}}),
        json.dumps({"sources": {METADATA: [entry(until=float("nan"))]}}),
        json.dumps({"sources": {METADATA: [entry(until=-1)]}}),
        json.dumps({"sources": {METADATA: [entry(kty="EC")]}}),
        json.dumps({"sources": {METADATA: [entry(n="AA")]}}),
        json.dumps({"sources": {"https://other.example/": [entry()]}}),
    ],
)  # fmt: skip
async def test_a_file_that_is_damaged_costs_nothing_but_its_keys(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys.json").write_text(text)
    machine = Machine(tmp_path, publisher_of([NEW]))
    assert not machine.cache.ready
    assert await machine.cache.find("new") is not None


async def test_a_file_that_cannot_be_written_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    machine = Machine(tmp_path / "nowhere", publisher_of([OLD]))
    assert await machine.cache.refresh()
    assert "cannot be kept" in caplog.text
