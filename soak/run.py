"""One run from its first call to its last, and everything that is known of it then."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from soak.checks.logs import read_log
from soak.database import database
from soak.history import History, Late, NodeDid, Phase
from soak.kept import opened, read_store, still_open
from soak.nemesis import Nemesis, plan
from soak.options import Options
from soak.world import World, serving

READY_WITHIN = 90.0
CALM = 30.0
"""Seconds for which callers go on after the last fault."""

ENDS_WITHIN = 300.0
"""Seconds in which everything comes to its end when nobody does anything more: the longest call of
the flows, its goodbye, and as long as the engine watches for a leg that may turn up."""

LOOK_EVERY = 1.0
LAG_EVERY = 0.1
SPARE = 120.0

Watch = Callable[[World, float], None]
"""Is told of a run each second, with the seconds that it has taken."""


async def run(options: Options, watch: Watch) -> History:
    """The history of a run. Raises `TimeoutError` when it does not come to an end."""
    history = History()
    folder = Path(tempfile.mkdtemp(prefix="ivr-soak-"))
    try:
        with database(options.store, folder) as url:
            world = World(options, history, folder, url)
            async with asyncio.timeout(READY_WITHIN + options.seconds + CALM + ENDS_WITHIN + SPARE):
                await _live(world, url, watch)
            async with opened(url, world.shared.sealer) as store:
                await read_store(store, history)
            _read_logs(world)
    finally:
        if options.keep is not None:
            shutil.copytree(folder, options.keep, dirs_exist_ok=True, ignore=_not_databases)
        shutil.rmtree(folder, ignore_errors=True)
    return history


async def _live(world: World, url: str, watch: Watch) -> None:
    async with serving(world):
        telling = asyncio.create_task(_tell(world, watch))
        measuring = asyncio.create_task(_measure_lag(world.history))
        try:
            await _start(world)
            await _suffer(world)
            await _fall_silent(world, url)
            for node in world.nodes.values():
                await node.stop()
        finally:
            telling.cancel()
            measuring.cancel()


async def _start(world: World) -> None:
    for node in world.nodes.values():
        node.start()
    async with asyncio.timeout(READY_WITHIN):
        while len(_ready(world)) < len(world.nodes):
            await asyncio.sleep(0.1)


async def _suffer(world: World) -> None:
    """Callers and faults; then callers alone."""
    options = world.options
    strikes = plan(world.chance("nemesis"), options.kills, options.seconds, list(world.nodes))
    callers = [asyncio.create_task(work()) for work in (world.callers, world.dialler.run)]
    try:
        await Nemesis(world.nodes).run(strikes)
        world.history.add(Phase(time.time(), "calm"))
        await asyncio.sleep(CALM)
    finally:
        for task in callers:
            task.cancel()
        for found in await asyncio.gather(*callers, return_exceptions=True):
            if isinstance(found, Exception):
                raise found


async def _fall_silent(world: World, url: str) -> None:
    """Nobody calls or does anything more: everything has to come to its end."""
    world.history.add(Phase(time.time(), "silent"))
    world.quiet.set()
    with contextlib.suppress(TimeoutError):
        async with opened(url, world.shared.sealer) as store, asyncio.timeout(ENDS_WITHIN):
            while world.on_the_line or await still_open(store):
                await asyncio.sleep(LOOK_EVERY)
    world.history.add(Phase(time.time(), "end"))


async def _measure_lag(history: History) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LAG_EVERY
        await asyncio.sleep(LAG_EVERY)
        history.add(Late(time.time(), loop.time() - due))


async def _tell(world: World, watch: Watch) -> None:
    began = time.time()
    while True:
        watch(world, time.time() - began)
        await asyncio.sleep(LOOK_EVERY)


def _ready(world: World) -> set[str]:
    return {each.node for each in world.history.of(NodeDid) if each.deed == "ready"}


def _read_logs(world: World) -> None:
    for name, node in world.nodes.items():
        read_log(name, node.log, world.history, time.time())


def _not_databases(folder: str, found: list[str]) -> list[str]:
    return [name for name in found if name == "pg"]
