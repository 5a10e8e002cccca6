"""Bots as processes of their own, started and ended here by their own id."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import graph_wire as wire
from benchmarks.login_pages import APP, ISSUER, METADATA

ROOT = Path(__file__).parent.parent
START_WITHIN = 30.0
STOP_WITHIN = 20.0
LOOK_EVERY = 0.05


@dataclass(frozen=True)
class Bot:
    """A process that takes calls at a port of loopback."""

    port: int
    process: asyncio.subprocess.Process
    log: Path

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        return cpu_of(self.process.pid)

    def resident(self) -> int:
        """Bytes of memory that it holds; 0 without /proc."""
        return resident(self.process.pid)


@asynccontextmanager
async def ivr_serve(
    graph_port: int, folder: Path, port: int = 0, **more: str
) -> AsyncIterator[Bot]:
    """`ivr serve` as an operator runs it, its store durable, without a voice; started just now.

    `folder` is the node's own and holds its flows. `more` are settings beside those, or in place
    of them.
    """
    port = port or free_port()
    graph = f"http://127.0.0.1:{graph_port}"
    settings = {
        "FLOWS": str(folder / "flows"),
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "APP_ID": APP,
        "APP_SECRET": "benchmark",
        "TENANT_ID": wire.TENANT.decode(),
        "GRAPH_URL": f"{graph}/v1.0",
        "LOGIN_URL": graph,
        "WEBHOOK_METADATA_URLS": graph + METADATA,
        "WEBHOOK_ISSUERS": ISSUER,
        "SPEECH": "none",
        "SEAL_KEY": "5" * 64,
        **more,
    }
    environ = {f"IVR_{name}": value for name, value in settings.items()}
    async with _running(("ivr", "serve"), port, folder, environ) as bot:
        yield bot


@asynccontextmanager
async def plain_bot(
    graph_port: int, folder: Path, token: str, transport: str
) -> AsyncIterator[Bot]:
    """The bot written by hand, with the pool of `httpx` or with ours over `aiohttp`."""
    port = free_port()
    graph = f"http://127.0.0.1:{graph_port}/v1.0"
    command = ("benchmarks.plain_bot", graph, str(port), token, transport)
    async with _running(command, port, folder, {}) as bot:
        yield bot


@asynccontextmanager
async def _running(
    command: Sequence[str], port: int, folder: Path, environ: Mapping[str, str]
) -> AsyncIterator[Bot]:
    log = folder / "log.txt"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *command, cwd=folder, stderr=output,
            env={**_own_environ(), **environ},
        )  # fmt: skip
    try:
        yield Bot(port, process, log)
    finally:
        await _stop(process)


async def ready(bot: Bot) -> None:
    """Return when `/readyz` says so. Raises `RuntimeError` when that does not happen."""
    loop = asyncio.get_running_loop()
    until = loop.time() + START_WITHIN
    while loop.time() < until and bot.process.returncode is None:
        if await is_ready(bot):
            return
        await asyncio.sleep(LOOK_EVERY)
    raise RuntimeError(f"A bot did not start:\n{bot.log.read_text()[-2000:]}")


def cpu_of(pid: int) -> float:
    """Seconds of processor time so far, those of its ended children included; 0 without /proc."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return 0.0
    ticks = text.rpartition(")")[2].split()[11:15]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def cpu_of_all() -> float:
    """Seconds of processor time that anybody on this machine has used; 0 without /proc."""
    try:
        first = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
    except OSError:
        return 0.0
    user, nice, system, _idle, _waiting, *more = map(int, first.split()[1:9])
    return (user + nice + system + sum(more)) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """Bytes of memory that a process holds; 0 without /proc."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _own_environ() -> dict[str, str]:
    """Ours, without settings that are meant for another node."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IVR_")}
    return {**kept, "PYTHONPATH": str(ROOT)}


async def is_ready(bot: Bot) -> bool:
    """What `/readyz` says."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", bot.port)
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        first = await reader.readline()
    except OSError:
        return False
    writer.close()
    return b" 200 " in first


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_WITHIN)
    except TimeoutError:
        process.kill()
        await process.wait()


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
