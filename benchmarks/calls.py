"""Whole calls per second through the webhook, beside a bot that is written by hand.

Each bot is a process of its own; this one plays Graph and the callers for all of them, in turns.
A call is: incoming, answer, established with audio, subscribeToTone, playPrompt, its end,
playPrompt (a menu), a key, cancelMediaProcessing, transfer, terminated.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

from uvicorn.loops.auto import auto_loop_factory

from benchmarks import flows
from benchmarks.bots import Bot, ivr_serve, plain_bot, ready
from benchmarks.graph_load import GraphLoad, Load
from benchmarks.graph_server import GraphServer
from benchmarks.login_pages import LoginPages
from benchmarks.table import Table, Target, side_by_side

AT_ONCE = (50, 200)
ROUNDS = 5
SECONDS = 3.0
WARM_UP = 1.0

OURS, BY_HAND, SAME_TRANSPORT = "ivr serve", "by hand, httpx", "by hand, our transport"


class Result(NamedTuple):
    """One run of one bot; `cpu` is seconds of its processor time for each call."""

    load: Load
    cpu: float


def run() -> Table:
    """Measure all bots in turns at each number of calls at once."""
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        return _table(runner.run(_measure()))


async def _measure() -> Mapping[tuple[int, str], list[Result]]:
    results: dict[tuple[int, str], list[Result]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        load, bots = await _start(stack)
        for bot in bots.values():
            await load.call(bot.port, AT_ONCE[0], WARM_UP)
        for _ in range(ROUNDS):
            for at_once in AT_ONCE:
                for name, bot in bots.items():
                    results[at_once, name].append(await _once(load, bot, at_once))
    return results


async def _start(stack: AsyncExitStack) -> tuple[GraphLoad, dict[str, Bot]]:
    login = LoginPages()
    graph = GraphServer()
    server = await graph.listen()
    stack.callback(server.close)
    port = server.sockets[0].getsockname()[1]
    graph.pages |= login.pages(port)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    places = [folder / str(number) for number in range(3)]
    for place in places:
        place.mkdir()
    flows.write(places[0], "short_call", flows.short_call())
    token = login.access_token
    bots = {
        OURS: ivr_serve(port, places[0]),
        BY_HAND: plain_bot(port, places[1], token, "httpx"),
        SAME_TRANSPORT: plain_bot(port, places[2], token, "aiohttp"),
    }
    started = {name: await stack.enter_async_context(bot) for name, bot in bots.items()}
    for bot in started.values():
        await ready(bot)
    return GraphLoad(graph, login.token), started


async def _once(load: GraphLoad, bot: Bot, at_once: int) -> Result:
    before = bot.cpu()
    found = await load.call(bot.port, at_once, SECONDS)
    return Result(found, (bot.cpu() - before) / max(found.finished, 1))


def _table(results: Mapping[tuple[int, str], list[Result]]) -> Table:
    table = Table(
        f"calls: webhook to command over loopback, median of {ROUNDS} rounds in turns",
        ("bot", "at once", "calls/s", "key to command p50", "p99", "CPU a call", "failed"),
        rows=[_row(name, at_once, found) for (at_once, name), found in results.items()],
        notes=[
            "ivr serve verifies tokens and keeps every step durably (SQLite, WAL, FULL);",
            "the bots by hand verify nothing and keep nothing. No audio is made or fetched.",
        ],
    )
    for at_once in AT_ONCE:
        speeds = {name: _speeds(results[at_once, name]) for name in (OURS, BY_HAND, SAME_TRANSPORT)}
        own = speeds[OURS]
        words = f"calls/s at {at_once} at once beside the bot by hand"
        by_hand = side_by_side(own, speeds[BY_HAND])
        same_transport = side_by_side(own, speeds[SAME_TRANSPORT])
        table.targets += [
            Target(words, by_hand, 2, "at least"),
            Target(f"{words} with our transport", same_transport, 0.7, "at least"),
        ]
    return table


def _speeds(found: list[Result]) -> list[float]:
    return [one.load.per_second for one in found]


def _row(name: str, at_once: int, found: list[Result]) -> list[str]:
    waits = [wait * 1000 for one in found for wait in one.load.waits]
    cuts = quantiles(waits, n=100) if len(waits) > 1 else [0.0] * 99
    speed = median(_speeds(found))
    cpu = median(one.cpu for one in found) * 1000
    failed = sum(one.load.failed for one in found)
    return [
        name, str(at_once), f"{speed:.0f}", f"{cuts[49]:.1f} ms", f"{cuts[98]:.1f} ms",
        f"{cpu:.2f} ms", str(failed),
    ]  # fmt: skip
