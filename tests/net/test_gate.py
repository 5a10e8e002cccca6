"""Who may take a connection: shares of hosts, what is urgent, and a host that fails."""

from __future__ import annotations

import asyncio

import pytest

from ivr.errors import NotSent
from ivr.net.breaker import FIRST_PAUSE, LEAST
from ivr.net.gate import MAX_HOSTS, Gate, Origin, Passage

HOME, BAD, GOOD = ("https", "graph.example"), ("https", "bad.example"), ("https", "good.example")
MOST, RESERVED = 40, 4
SHARE = MOST // 4
SOON = 0.01
PATIENT = 30.0


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def gate(home: Origin | None = HOME, clock: Clock | None = None) -> Gate:
    return Gate(MOST, RESERVED, home, clock or Clock())


async def enter(
    the_gate: Gate, origin: Origin, patience: float = SOON, *, urgent: bool = False
) -> Passage:
    return await the_gate.enter(origin, patience, urgent=urgent)


async def take(the_gate: Gate, origin: Origin, count: int) -> list[Passage]:
    return [await enter(the_gate, origin) for _ in range(count)]


async def test_a_bad_host_takes_a_quarter_and_no_more() -> None:
    the_gate = gate()
    await take(the_gate, BAD, SHARE)
    with pytest.raises(NotSent, match="taken") as turned_away:
        await enter(the_gate, BAD)
    assert turned_away.value.late
    await enter(the_gate, GOOD)
    await take(the_gate, HOME, MOST - RESERVED - SHARE - 1)


async def test_home_takes_all_but_what_is_kept_for_the_urgent() -> None:
    the_gate = gate()
    await take(the_gate, HOME, MOST - RESERVED)
    for origin in (HOME, GOOD):
        with pytest.raises(NotSent):
            await enter(the_gate, origin)
    for origin in (HOME, GOOD):
        await enter(the_gate, origin, 0.0, urgent=True)


async def test_without_a_home_every_host_has_a_quarter() -> None:
    the_gate = gate(home=None)
    await take(the_gate, HOME, SHARE)
    with pytest.raises(NotSent):
        await enter(the_gate, HOME)


async def test_whoever_waits_for_a_bad_host_stands_in_nobody_s_way() -> None:
    the_gate = gate()
    await take(the_gate, BAD, SHARE)
    waiting = [asyncio.create_task(enter(the_gate, BAD, PATIENT)) for _ in range(500)]
    await asyncio.sleep(0)
    await take(the_gate, HOME, MOST - RESERVED - SHARE)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_connection_that_is_given_back_goes_to_who_waits_longest() -> None:
    the_gate, order = gate(), []
    taken = await take(the_gate, HOME, MOST - RESERVED)

    async def wait(name: str) -> None:
        passage = await enter(the_gate, HOME, PATIENT)
        order.append(name)
        passage.leave(True)

    waiting = [asyncio.create_task(wait(name)) for name in ("first", "second", "third")]
    await asyncio.sleep(0)
    taken[0].leave(True)
    await asyncio.gather(*waiting)
    assert order == ["first", "second", "third"]


async def test_whoever_gives_up_waiting_takes_nothing_along() -> None:
    the_gate = gate()
    taken = await take(the_gate, HOME, MOST - RESERVED)
    for _ in range(3):
        with pytest.raises(NotSent):
            await enter(the_gate, HOME)
        hasty = asyncio.create_task(enter(the_gate, GOOD, PATIENT))
        await asyncio.sleep(0)
        hasty.cancel()
        await asyncio.wait([hasty])
    for passage in taken:
        passage.leave(True)
    await take(the_gate, GOOD, SHARE)
    await take(the_gate, HOME, MOST - RESERVED - SHARE)


async def test_a_host_that_fails_is_left_in_peace_and_others_are_not() -> None:
    clock = Clock()
    the_gate = gate(clock=clock)
    for _ in range(LEAST):
        (await enter(the_gate, BAD)).leave(False)
    with pytest.raises(NotSent, match="in peace") as turned_away:
        await enter(the_gate, BAD)
    assert (turned_away.value.delay, turned_away.value.late) == (FIRST_PAUSE, False)
    (await enter(the_gate, GOOD)).leave(True)
    (await enter(the_gate, ("http", BAD[1]))).leave(True)
    clock.now += FIRST_PAUSE
    (await enter(the_gate, BAD)).leave(True)
    await take(the_gate, BAD, SHARE)


async def test_what_is_urgent_goes_to_a_host_that_fails() -> None:
    the_gate = gate()
    for _ in range(LEAST):
        (await enter(the_gate, HOME)).leave(False)
    with pytest.raises(NotSent):
        await enter(the_gate, HOME)
    (await enter(the_gate, HOME, urgent=True)).leave(False)


async def test_whoever_waited_for_a_place_does_not_rush_at_a_host_that_failed_meanwhile() -> None:
    the_gate = gate()
    taken = await take(the_gate, HOME, MOST - RESERVED)
    waiting = [asyncio.create_task(enter(the_gate, HOME, PATIENT)) for _ in range(10)]
    await asyncio.sleep(0)
    for passage in taken:
        passage.leave(False)
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(each, NotSent) for each in found)
    (await enter(the_gate, GOOD)).leave(True)


async def test_places_are_given_back_by_those_who_are_turned_away() -> None:
    clock = Clock()
    the_gate = gate(clock=clock)
    for _ in range(LEAST):
        (await enter(the_gate, HOME)).leave(False)
    for _ in range(2 * MOST):
        with pytest.raises(NotSent):
            await enter(the_gate, HOME)
    clock.now += FIRST_PAUSE
    (await enter(the_gate, HOME)).leave(True)
    await take(the_gate, HOME, MOST - RESERVED)


async def test_those_who_come_while_a_probe_is_out_hold_no_place() -> None:
    clock = Clock()
    the_gate = gate(clock=clock)
    for _ in range(LEAST):
        (await enter(the_gate, HOME)).leave(False)
    clock.now += FIRST_PAUSE
    probe = await enter(the_gate, HOME)
    for _ in range(2 * MOST):
        with pytest.raises(NotSent, match="in peace"):
            await enter(the_gate, HOME)
    probe.leave(True)
    await take(the_gate, HOME, MOST - RESERVED)


async def test_nobody_waits_for_a_place_to_be_turned_away() -> None:
    the_gate = gate()
    for passage in await take(the_gate, HOME, LEAST):
        passage.leave(False)
    for host in range(4):
        await take(
            the_gate, ("https", f"{host}.example"), min(SHARE, MOST - RESERVED - host * SHARE)
        )
    with pytest.raises(NotSent, match="in peace"):
        await enter(the_gate, HOME)


async def test_a_probe_that_is_cancelled_is_not_the_last_one() -> None:
    clock = Clock()
    the_gate = gate(clock=clock)
    for _ in range(LEAST):
        (await enter(the_gate, HOME)).leave(False)
    clock.now += FIRST_PAUSE
    (await enter(the_gate, HOME)).leave(None)
    (await enter(the_gate, HOME)).leave(True)


async def test_hosts_are_forgotten_but_not_those_in_use() -> None:
    the_gate = gate(home=None)
    await take(the_gate, BAD, SHARE)
    for number in range(3 * MAX_HOSTS):
        (await enter(the_gate, ("https", f"{number}.example"))).leave(True)
    assert the_gate.hosts <= MAX_HOSTS
    with pytest.raises(NotSent):
        await enter(the_gate, BAD)
