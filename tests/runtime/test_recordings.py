"""Recordings: under names that nobody can guess, for as long as the flow says, and no longer."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.core.values import Millis
from ivr.errors import MediaError, StoreUnavailable
from ivr.runtime.recordings import Recordings
from ivr.store.sql import SqlStore
from tests.runtime.virtual import VirtualClock
from tests.store.store_calls import sql_store

CLIP = b"RIFF and so on"
DAY: Millis = 86_400_000


class Archive:
    """Recordings over a real index, and the files that they leave."""

    def __init__(self, folder: Path, store: SqlStore) -> None:
        self.folder, self.store, self.clock = folder / "recordings", store, VirtualClock()
        self.recordings = Recordings(self.folder, store.recordings, self.clock)

    async def keep(self, keep_for: Millis = DAY) -> str:
        return await self.recordings.keep("call", CLIP, 2.5, keep_for)

    @property
    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    async with sql_store(tmp_path) as store:
        yield Archive(tmp_path, store)


async def test_a_recording_is_found_by_its_name(archive: Archive) -> None:
    path = await archive.recordings.path(await archive.keep())
    assert path is not None
    assert path.read_bytes() == CLIP


async def test_names_are_long_random_and_say_nothing(archive: Archive) -> None:
    names = {await archive.keep() for _ in range(20)}
    assert len(names) == 20
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)


async def test_only_we_can_read_the_file(archive: Archive) -> None:
    await archive.keep()
    assert [oct(path.stat().st_mode & 0o777) for path in archive.files] == ["0o600"]


@pytest.mark.parametrize(
    "name", ["0" * 32, "", "../../secrets", "A" * 32, "0" * 31 + "\n", "0" * 33, "٠" * 32]
)
async def test_nothing_is_found_by_another_name(archive: Archive, name: str) -> None:
    await archive.keep()
    assert await archive.recordings.path(name) is None


async def test_a_recording_is_gone_at_the_moment_its_time_is_over(archive: Archive) -> None:
    name = await archive.keep(DAY)
    archive.clock.jump(DAY - 1)
    assert await archive.recordings.path(name) is not None
    archive.clock.jump(1)
    assert await archive.recordings.path(name) is None


async def test_tidying_deletes_what_is_over_and_nothing_else(archive: Archive) -> None:
    await archive.keep(DAY)
    kept = await archive.keep(2 * DAY)
    archive.clock.jump(DAY)
    assert await archive.recordings.tidy() == 1
    assert [path.stem for path in archive.files] == [kept]
    assert await archive.recordings.tidy() == 0


async def test_a_file_that_is_gone_already_stops_no_tidying(archive: Archive) -> None:
    await archive.keep(DAY)
    archive.files[0].unlink()
    await archive.keep(DAY)
    archive.clock.jump(DAY)
    assert await archive.recordings.tidy() == 2
    assert archive.files == []


async def test_a_file_that_cannot_be_deleted_stops_no_tidying_and_is_tried_again(
    archive: Archive,
) -> None:
    stubborn = await archive.keep(DAY - 1)
    await archive.keep(DAY)
    path = archive.folder / stubborn[:2] / f"{stubborn}.wav"
    path.unlink()
    path.mkdir()
    archive.clock.jump(DAY)
    assert await archive.recordings.tidy() == 1
    path.rmdir()
    assert await archive.recordings.tidy() == 1


async def test_a_clip_that_is_in_no_index_is_not_left_behind(archive: Archive) -> None:
    await archive.store.close()
    with pytest.raises(StoreUnavailable):
        await archive.keep()
    assert archive.files == []


async def test_a_disk_that_takes_nothing_is_told_in_a_sentence(archive: Archive) -> None:
    archive.folder.write_text("a file stands in the way")
    with pytest.raises(MediaError, match="could not be stored"):
        await archive.keep()


async def test_a_clip_outlives_the_process_that_fetched_it(archive: Archive) -> None:
    name = await archive.keep()
    again = Recordings(archive.folder, archive.store.recordings, archive.clock)
    assert await again.path(name) is not None
