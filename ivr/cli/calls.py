"""`ivr calls`: see, end and place the calls of a running node, by its admin API."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime

import click

from ivr.cli import calls_screen as screen
from ivr.cli.calls_dial import dial
from ivr.cli.calls_node import admin_of, json_option, print_json, url_option


@click.group(short_help="List, show, end and place calls.")
def command() -> None:
    """See, end and place the calls of a running node.

    The node has an IVR_ADMIN_TOKEN, and this command needs the same.
    """


command.add_command(dial)


@command.command("list", short_help="List calls, the newest first.")
@url_option
@json_option
@click.option("--live", is_flag=True, help="Only calls that are not over.")
@click.option("--limit", default=20, type=click.IntRange(1, 1000), help="At most so many.")
def list_calls(url: str | None, as_json: bool, live: bool, limit: int) -> None:
    """List calls, the newest first."""
    found = admin_of(url).calls(limit, live=live)
    if as_json:
        print_json(found)
    else:
        screen.table(found.calls, datetime.fromtimestamp(time.time(), UTC))


@command.command(short_help="Show a call: its way, and what it wanted done.")
@click.argument("call_id", metavar="ID")
@url_option
@json_option
def show(call_id: str, url: str | None, as_json: bool) -> None:
    """Show the way that the call ID took, and what became of what it wanted done."""
    found = admin_of(url).history(call_id)
    if as_json:
        print_json(found)
    else:
        screen.history(found)


@command.command(short_help="End a call.")
@click.argument("call_id", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help="Why, for the log of the node.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@url_option
@json_option
def hangup(call_id: str, reason: str, yes: bool, url: str | None, as_json: bool) -> None:
    """End the call ID. At a terminal it asks before."""
    admin = admin_of(url)
    if not yes and sys.stdin.isatty():
        call = admin.call(call_id)
        where = f"{call.flow or 'the call'}, now in {call.state or call.phase}"
        click.confirm(f"End {where}?", abort=True, err=True)
    ending = admin.hang_up(call_id, reason)
    if as_json:
        print_json(ending)
    else:
        click.echo(f"{ending.id} is ending.")
