"""`ivr serve`: take real calls."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import click
import uvicorn
from uvicorn.loops.auto import auto_loop_factory

from ivr.cli.flows import find_toml
from ivr.cli.listening import listen
from ivr.errors import UsageError
from ivr.server.connection import BoundedConnection
from ivr.server.logs import configure
from ivr.server.node import Node, running
from ivr.server.settings import Settings, check_serving, read_settings

LEVELS = ("debug", "info", "warning", "error")


@click.command(short_help="Run the webhook service.")
@click.option("--config", type=click.Path(path_type=Path), help="The ivr.toml to use.")
@click.option("--host", help="Overrides IVR_HOST.")
@click.option("--port", type=click.IntRange(0, 65535), help="Overrides IVR_PORT; 0 picks one.")
@click.option("--log-format", type=click.Choice(("json", "text")), default="json", help="How.")
@click.option(
    "--log-level",
    type=click.Choice(("debug", "info", "warning", "error")),
    default="info",
    help="What is logged.",
)
def command(
    config: Path | None, host: str | None, port: int | None, log_format: str, log_level: str
) -> None:
    """Take calls from Microsoft Graph until SIGTERM.

    Settings come from IVR_... variables and ivr.toml; see docs/settings.md.
    """
    if config is not None and not config.is_file():
        raise UsageError(f"--config {config}: there is no such file.")
    settings = read_settings(os.environ, config or find_toml(Path.cwd()))
    settings.host = host or settings.host
    settings.port = settings.port if port is None else port
    check_serving(settings)
    configure(log_level, as_json=log_format == "json")
    # uvicorn's choice: uvloop where there is one, which takes a tenth less time.
    runner = asyncio.Runner(loop_factory=auto_loop_factory())
    with contextlib.suppress(KeyboardInterrupt), runner:
        runner.run(serve(settings))


async def serve(settings: Settings) -> None:
    """Run a node and its web server until it is told to stop."""
    advice = "set IVR_HOST and IVR_PORT, or stop what uses it"
    with listen(settings.host, settings.port, advice) as listener:
        async with running(settings) as node:
            server = uvicorn.Server(_config(settings, node))
            task = asyncio.create_task(_until_stopped(server, node))
            await server.serve([listener])
            task.cancel()
            await node.drain()


def _config(settings: Settings, node: Node) -> uvicorn.Config:
    return uvicorn.Config(
        node.app(),
        http=BoundedConnection,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        # The other half is for what the requests have begun.
        timeout_graceful_shutdown=settings.drain_seconds // 2,
    )


async def _until_stopped(server: uvicorn.Server, node: Node) -> None:
    """A node that was told to stop is not ready from that moment on."""
    while not server.started:
        await asyncio.sleep(0.01)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    click.echo(f"ivr is listening on {_address(server)}", err=True)
    await stop.wait()
    node.begin_to_stop()
    server.should_exit = True


def _address(server: uvicorn.Server) -> str:
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    return f"http://{host}:{port}"
