"""`ivr doctor`: look at everything that a node needs, and say what to do about what is wrong."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path

import click

from ivr.cli.doctor.examine import Examined, examine
from ivr.cli.doctor.registry import CHECKS, SETTINGS
from ivr.cli.doctor.scene import Scene
from ivr.cli.doctor.screen import Screen, as_json
from ivr.cli.flows import find_toml
from ivr.errors import UsageError
from ivr.server.settings import Settings, read_settings

OK, FAILED, UNUSABLE = 0, 1, 2
AGAIN_AFTER = 30.0
"""Seconds between two looks with `--watch`."""


@click.command(short_help="Look at all that a node needs.")
@click.option("--config", type=click.Path(path_type=Path), help="The ivr.toml to use.")
@click.option("--json", "as_document", is_flag=True, help="One JSON document.")
@click.option("--watch", is_flag=True, help="Look again every 30 s until nothing fails.")
def command(config: Path | None, as_document: bool, watch: bool) -> int:
    """Look at settings, machine, Microsoft and the public address, and say what to do.

    Nothing is changed, and no call is placed. What asks a running node is left out while none
    answers. Exits with 0 when nothing fails, with 1 when something does, and with 2 when the
    settings cannot be used.
    """
    settings = _settings(config)
    while True:
        examined = asyncio.run(_examined(settings, quiet=as_document))
        code = _code(examined)
        if not watch or code != FAILED:
            break
        time.sleep(AGAIN_AFTER)
    if as_document:
        click.echo(as_json(examined))
    return code


def _settings(config: Path | None) -> Settings:
    if config is not None and not config.is_file():
        raise UsageError(f"--config {config}: there is no such file.")
    return read_settings(os.environ, config or find_toml(Path.cwd()))


async def _examined(settings: Settings, *, quiet: bool) -> list[Examined]:
    began, screen, found = time.monotonic(), Screen(), []
    scene = Scene(settings)
    try:
        async for each in examine(scene, CHECKS):
            found.append(each)
            if not quiet:
                screen.show(each)
    finally:
        await scene.aclose()
    if not quiet:
        screen.total(found, time.monotonic() - began)
    return found


def _code(examined: Sequence[Examined]) -> int:
    failed = [each.check for each in examined if each.finding.verdict == "failed"]
    if SETTINGS in failed:
        return UNUSABLE
    return FAILED if failed else OK
