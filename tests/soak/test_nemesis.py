"""What the nemesis does to nodes, on a clock of its own."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Sequence

import pytest

from soak.__main__ import main
from soak.nemesis import Nemesis, Strike


class Time:
    """Passes as soon as everybody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        waiter = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (self.now + seconds, id(waiter), waiter))
        await waiter

    async def run(self, work: asyncio.Task[None]) -> None:
        while not work.done():
            for _ in range(5):
                await asyncio.sleep(0)
            if self._waiting and not work.done():
                self.now, _, waiter = heapq.heappop(self._waiting)
                waiter.set_result(None)
        await work


class Victim:
    """A node that only says what was done to it, and when."""

    def __init__(self, name: str, time: Time, deeds: list[tuple[float, str]]) -> None:
        self._name, self._time, self._deeds = name, time, deeds
        self._paused = False

    def start(self) -> None:
        self._note("start")

    def kill(self) -> None:
        self._paused = False
        self._note("kill")

    def pause(self) -> bool:
        if self._paused:
            return False
        self._paused = True
        self._note("pause")
        return True

    def resume(self) -> None:
        if self._paused:
            self._note("resume")
        self._paused = False

    def _note(self, deed: str) -> None:
        self._deeds.append((self._time.now, f"{deed} {self._name}"))


async def suffer(strikes: Sequence[Strike], *names: str) -> list[tuple[float, str]]:
    time, deeds = Time(), list[tuple[float, str]]()
    nemesis = Nemesis({name: Victim(name, time, deeds) for name in names}, time.sleep)
    await time.run(asyncio.create_task(nemesis.run(strikes)))
    return deeds


async def test_whoever_is_killed_is_started_again_at_once() -> None:
    deeds = await suffer([Strike(2.0, "n1", "kill"), Strike(3.0, "n1", "kill")], "n1")
    assert deeds == [(2.0, "kill n1"), (2.0, "start n1"), (3.0, "kill n1"), (3.0, "start n1")]


async def test_a_pause_ends() -> None:
    deeds = await suffer([Strike(1.0, "n1", "pause", 7.5)], "n1", "n2")
    assert deeds == [(1.0, "pause n1"), (8.5, "resume n1")]


async def test_whoever_is_paused_can_be_killed_and_is_not_resumed_then() -> None:
    deeds = await suffer([Strike(1.0, "n1", "pause", 7.0), Strike(2.0, "n1", "kill")], "n1", "n2")
    assert deeds == [(1.0, "pause n1"), (2.0, "kill n1"), (2.0, "start n1")]


async def test_while_one_is_away_the_other_takes_its_blows() -> None:
    strikes = [Strike(1.0, "n1", "away", 20.0), Strike(5.0, "n1", "kill"),
               Strike(6.0, "n1", "pause", 2.0), Strike(30.0, "n1", "kill")]  # fmt: skip
    assert await suffer(strikes, "n1", "n2") == [
        (1.0, "kill n1"), (5.0, "kill n2"), (5.0, "start n2"), (6.0, "pause n2"),
        (8.0, "resume n2"), (21.0, "start n1"), (30.0, "kill n1"), (30.0, "start n1"),
    ]  # fmt: skip


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nonsense"]) == 2
    assert "choose from processes" in capsys.readouterr().err
