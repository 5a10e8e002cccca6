"""`ivr graph`: a flow as a picture."""

from __future__ import annotations

import json

import click

from ivr.cli.flows import load_one
from ivr.flow import diagram


@click.command(short_help="Draw a flow (Mermaid or JSON).")
@click.argument("flow", required=False)
@click.option(
    "--format", "form", type=click.Choice(("mermaid", "json")), default="mermaid", help="How."
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def command(flow: str | None, form: str, as_json: bool) -> None:
    """Draw FLOW: its name, its folder or its file; the default flow if there is none given."""
    program, _ = load_one(flow)
    if as_json or form == "json":
        click.echo(json.dumps(diagram.as_json(program), indent=2, ensure_ascii=False))
    else:
        click.echo(diagram.mermaid(program), nl=False)
