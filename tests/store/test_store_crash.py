"""A process that dies in the middle: what it acknowledged is there, and the file is sound."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing as closed_at_end
from pathlib import Path

import pytest

from tests.store.store_calls import sql_store

ROOT = Path(__file__).parents[2]


def acknowledged(folder: Path, life: str, lines: int) -> dict[str, int]:
    """Let a child commit, kill it after so many acknowledgements; the last version of each call."""
    command = [sys.executable, "-m", "tests.store.crash_child", str(folder), life]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        seen = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        seen += child.stdout.readlines()
    assert "" not in seen, "the child ended by itself"
    pairs = [line.split() for line in seen if line.endswith("\n")]
    return {call_id: int(version) for call_id, version in pairs}


@pytest.mark.parametrize("lines", [1, 333, 2000])
async def test_no_acknowledged_commit_is_lost(tmp_path: Path, lines: int) -> None:
    expected = acknowledged(tmp_path, "first", lines)
    if lines < 2000:
        expected |= acknowledged(tmp_path, "second", lines)
    async with sql_store(tmp_path) as store:
        for call_id, version in expected.items():
            loaded = await store.load(call_id)
            assert loaded is not None
            assert loaded.version >= version
            numbers = [line.number for line in await store.journal(call_id)]
            assert numbers == list(range(1, loaded.version + 1))
        waiting = {one.effect.id for one in await store.unsettled()}
        assert {f"{call}.{n - 1}" for call, n in expected.items()} <= waiting
    with closed_at_end(sqlite3.connect(tmp_path / "calls.db")) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
