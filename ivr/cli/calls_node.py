"""Which node the commands of `ivr calls` are about, and the options that they share."""

from __future__ import annotations

import click
import msgspec
from msgspec import Struct

from ivr.cli.calls_client import Admin, node_url
from ivr.cli.flows import project_settings

url_option = click.option("--url", metavar="URL", help="The node (by IVR_HOST and IVR_PORT).")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document.")


def admin_of(url: str | None, patience: float = 0.0) -> Admin:
    """The admin API of the node at `url`, or of the one that the settings are of.

    It is closed when the command ends. Raises `UsageError` without a token.
    """
    settings = project_settings()
    admin = Admin(url or node_url(settings), settings.admin_token, patience)
    click.get_current_context().call_on_close(admin.close)
    return admin


def print_json(found: Struct) -> None:
    """One JSON document on standard output."""
    click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
