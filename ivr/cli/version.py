"""`ivr version`."""

from __future__ import annotations

import json
import platform

import click

from ivr import __version__


@click.command(short_help="Print the version.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(as_json: bool) -> None:
    """Print the version of ivr and of Python."""
    found = {"ivr": __version__, "python": platform.python_version()}
    if as_json:
        click.echo(json.dumps(found))
    else:
        click.echo(f"ivr {__version__} (Python {found['python']})")
