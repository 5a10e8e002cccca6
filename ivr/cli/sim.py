"""`ivr sim`: Microsoft Graph on loopback, and its controls."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from typing import Any

import click
import httpx
import uvicorn

from ivr.cli.listening import listen
from ivr.errors import NotSent, Refused, UsageError
from ivr.net.addresses import is_loopback
from ivr.simulator.graph.app import Options, create_app

EVENTS = {
    "incoming-call": ("POST", "/sim/calls"),
    "press": ("POST", "/sim/calls/{id}/press"),
    "speak": ("POST", "/sim/calls/{id}/speak"),
    "hangup": ("POST", "/sim/calls/{id}/hangup"),
    "transfer": ("POST", "/sim/calls/{id}/transfer"),
    "callee": ("POST", "/sim/calls/{id}/callee"),
    "invite": ("POST", "/sim/calls/{id}/invite"),
    "join": ("POST", "/sim/calls/{id}/join"),
    "leave": ("POST", "/sim/calls/{id}/leave"),
    "admit": ("POST", "/sim/calls/{id}/admit"),
    "callees": ("POST", "/sim/callee"),
    "lobby": ("POST", "/sim/lobby"),
    "nodes": ("POST", "/sim/nodes"),
    "fault": ("POST", "/sim/faults"),
    "faults": ("GET", "/sim/faults"),
    "catalogue": ("GET", "/sim/catalogue"),
    "clear": ("DELETE", "/sim/faults"),
    "state": ("GET", "/sim/calls"),
    "call": ("GET", "/sim/calls/{id}"),
}


@click.group(short_help="Microsoft Graph on loopback.")
def command() -> None:
    """A stateful Microsoft Graph for calling bots, without an account or a network."""


@command.command("serve")
@click.option("--host", default="127.0.0.1", help="A loopback address.")
@click.option("--port", default=9090, type=click.IntRange(0, 65535), help="0 picks one.")
@click.option("--webhook", required=True, metavar="URL", help="The bot's incoming-call webhook.")
@click.option("--app-id", required=True, metavar="ID", help="The bot's application id.")
@click.option("--tenant", required=True, metavar="ID", help="The tenant of its calls.")
@click.option("--speed", default=1.0, type=click.FloatRange(0.1, 1000), help="Times real time.")
@click.option("--legacy-first", is_flag=True, help="Offer each call in the old format first.")
def serve(
    host: str, port: int, webhook: str, app_id: str, tenant: str, speed: float, legacy_first: bool
) -> None:
    """Serve Graph, its token endpoint and the controls under /sim until interrupted."""
    if not is_loopback(host):
        raise UsageError(f"--host {host}: the simulator listens on loopback only.")
    options = Options(speed=speed, legacy_first=legacy_first)
    app = create_app(webhook, app_id, tenant, options=options)
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False)
    with (
        contextlib.suppress(KeyboardInterrupt),
        listen(host, port, "choose another with --port") as listener,
    ):
        asyncio.run(_serve(uvicorn.Server(config), listener))


async def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    announcing = asyncio.create_task(_announce(server))
    await server.serve([listener])
    announcing.cancel()


async def _announce(server: uvicorn.Server) -> None:
    while not server.started:
        await asyncio.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    click.echo(f"the simulator is listening on http://{host}:{port}", err=True)


@command.command("trigger")
@click.argument("event", type=click.Choice(tuple(EVENTS)))
@click.argument("name", required=False)
@click.option("--server", default="http://127.0.0.1:9090", metavar="URL", help="The simulator.")
@click.option("--call", "call_id", metavar="ID", help="The call, for events or a fault of one.")
@click.option("--set", "given", multiple=True, metavar="PATH=VALUE", help="caller.id=+4420...")
def trigger(
    event: str, name: str | None, server: str, call_id: str | None, given: tuple[str, ...]
) -> None:
    """Do something to the simulator: place a call, press keys, inject a fault, see what happened.

    NAME is a fault of the catalogue, such as lost_established. The bodies are described at
    /sim/openapi.json of the simulator.
    """
    method, path = EVENTS[event]
    if "{id}" in path and not call_id:
        raise UsageError(f"{event} belongs to one call: name it with --call ID.")
    if name and event != "fault":
        raise UsageError(f"{event} takes no name: only faults have one.")
    body = _body(given)
    if event == "fault":
        body |= {key: text for key, text in (("name", name), ("call", call_id)) if text}
    url = server.rstrip("/") + path.format(id=call_id)
    try:
        answer = httpx.request(method, url, json=body or ({} if method == "POST" else None),
                               timeout=60, trust_env=False)  # fmt: skip
    except (httpx.HTTPError, httpx.InvalidURL):
        raise NotSent(f"There is no simulator at {server}: start `ivr sim serve`.") from None
    if answer.is_error:
        raise Refused(_reason(answer), answer.status_code)
    if answer.content:
        click.echo(json.dumps(_json(answer, server), indent=2, ensure_ascii=False))


def _body(given: tuple[str, ...]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for pair in given:
        path, equals, text = pair.partition("=")
        if not equals or not path:
            raise UsageError(f"--set {pair}: write PATH=VALUE, such as caller.id=+442079460123.")
        *parents, last = path.split(".")
        inner = body
        for name in parents:
            inner = inner.setdefault(name, {})
            if not isinstance(inner, dict):
                raise UsageError(f"--set {path}: {name} has a value already.")
        inner[last] = _value(text)
    return body


def _value(text: str) -> object:
    if text.startswith("+"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _json(answer: httpx.Response, server: str) -> object:
    try:
        return answer.json()
    except ValueError:
        raise UsageError(f"What answers at {server} is not a simulator: see --server.") from None


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return f"The simulator answered {answer.status_code}."
