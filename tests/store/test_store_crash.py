"""A process that dies in the middle: what it acknowledged is there, and the store is sound."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing as closed_at_end
from pathlib import Path

import pytest

from tests.store.postgres import postgres_url
from tests.store.sites import LEASE
from tests.store.store_calls import sql_store, url_of

ROOT = Path(__file__).parents[2]


def acknowledged(url: str, life: str, lines: int) -> dict[str, int]:
    """Let a child commit, kill it after so many acknowledgements; the last version of each call."""
    command = [sys.executable, "-m", "tests.store.crash_child", url, life]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        seen = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        seen += child.stdout.readlines()
    assert "" not in seen, "the child ended by itself"
    pairs = [line.split() for line in seen if line.endswith("\n")]
    return {call_id: int(version) for call_id, version in pairs}


async def assert_all_there(url: str, expected: dict[str, int]) -> None:
    async with sql_store(url) as store:
        await store.enlist("child", LEASE)
        for call_id, version in expected.items():
            loaded = await store.load(call_id)
            assert loaded is not None
            assert loaded.version >= version
            numbers = [line.number for line in await store.journal(call_id)]
            assert numbers == list(range(1, loaded.version + 1))
        waiting = {one.effect.id: one.begun for one in await store.orphans(100_000)}
        assert {f"{call}.{n - 1}" for call, n in expected.items()} <= set(waiting)
        assert set(waiting.values()) == {True}


@pytest.mark.parametrize("lines", [1, 333, 2000])
async def test_no_acknowledged_commit_is_lost_with_sqlite(tmp_path: Path, lines: int) -> None:
    url = url_of(tmp_path)
    expected = acknowledged(url, "first", lines)
    if lines < 2000:
        expected |= acknowledged(url, "second", lines)
    await assert_all_there(url, expected)
    with closed_at_end(sqlite3.connect(tmp_path / "calls.db")) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_no_acknowledged_commit_is_lost_with_postgresql() -> None:
    with postgres_url() as url:
        await assert_all_there(url, acknowledged(url, "first", 1000))
