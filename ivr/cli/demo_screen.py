"""What the demo shows: the caller's ear, the flow, and the wire between them."""

from __future__ import annotations

import re
from typing import Any

import click

from ivr.cli.demo_caller import Story
from ivr.core.effects import PlayPrompts, RecordCaller
from ivr.core.program import Program
from ivr.errors import IvrError
from ivr.server.node import Node

_IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,}|[0-9a-f]{32,}")


class Screen:
    """Prints what is new about a call."""

    def __init__(self, node: Node, program: Program, *, wire: bool) -> None:
        self._node = node
        self._program = program
        self._wire = wire
        self._shown = {"heard": 0, "pressed": 0, "clips": 0, "transfers": 0, "wire": 0}
        self._moves = 0
        self._words = {prompt.fixed.file: prompt.template.source
                       for flow in program.flows.values()
                       for prompt in flow.prompts.values() if prompt.fixed}  # fmt: skip

    def started(self, seconds: float, engine: str, graph: str, hint: str) -> None:
        """The head of the demo."""
        flows = self._program.flows
        states = sum(len(flow.states) for flow in flows.values())
        click.secho(f"✔ engine   {engine}   {len(flows)} flows, {states} states, prompts spoken",
                    fg="green")  # fmt: skip
        click.secho(f"✔ Teams    {graph}   simulated, see docs/simulator.md", fg="green")
        click.secho(f"  ready in {seconds:.1f} s\n", dim=True)
        click.secho(f"☎ calling {self._program.title} ({self._program.flow})", bold=True)
        click.secho(f"  {hint}\n", dim=True)

    async def look(self, call_id: str, story: Story) -> None:
        """Print what has happened since the last time."""
        for exchange in self._news(story, "wire"):
            if self._wire:
                click.secho(f"      {_exchange(exchange)}", dim=True)
        for pressed in self._news(story, "pressed"):
            click.secho(f"◀ pressed {pressed['key']}", fg="green")
        await self._show_moves(call_id)
        for heard in self._news(story, "heard"):
            await self._show_heard(call_id, heard, story)
        for clip in self._news(story, "clips"):
            click.secho(f"◀ said something, {clip['seconds']:.1f} s", fg="green")
        for transfer in self._news(story, "transfers"):
            to = transfer["to"]
            click.secho(f"⇒ rings {to['kind']}:{to['id']}", fg="yellow")

    async def ended(self, call_id: str) -> None:
        """The end of the demo."""
        rows = [row for row in await self._node.store.calls() if row.call_id == call_id]
        if rows:
            click.secho(f"\n■ {rows[0].result} ({rows[0].end})", bold=True)
        click.secho("\nNext: ivr call · ivr check · ivr graph · docs/first-flow.md", dim=True)

    async def _show_moves(self, call_id: str) -> None:
        try:
            lines = await self._node.store.journal(call_id)
        except IvrError:
            return
        moves = [entry for line in lines for entry in line.trace]
        for entry in moves[self._moves :]:
            target = entry.to or "the end"
            click.secho(f"● {entry.state} – {entry.outcome} → {target}", fg="blue")
        self._moves = len(moves)

    async def _show_heard(self, call_id: str, heard: dict[str, Any], story: Story) -> None:
        if heard["name"] == "beep":
            click.secho("♪ beep", fg="cyan")
            return
        words = self._words.get(heard["name"]) or await self._private(call_id, heard, story)
        click.secho(f"▶ “{words}”", fg="cyan")

    async def _private(self, call_id: str, heard: dict[str, Any], story: Story) -> str:
        """The words of a prompt that was made for this call, from its sealed effect."""
        contexts = {op["id"]: op.get("clientContext", "") for op in story["operations"]}
        effect = await self._node.store.effect(call_id, contexts.get(heard["operation"], ""))
        if isinstance(effect, PlayPrompts):
            return " ".join(audio.text for audio in effect.audio)
        if isinstance(effect, RecordCaller) and effect.audio is not None:
            return effect.audio.text
        return "…"

    def _news(self, story: Story, what: str) -> list[dict[str, Any]]:
        news: list[dict[str, Any]] = story[what][self._shown[what] :]
        self._shown[what] += len(news)
        return news


def _exchange(exchange: dict[str, Any]) -> str:
    """One line of the wire: what Graph told us, what we asked of it."""
    path = _IDS.sub("…", exchange["path"]).partition("://")[2] or exchange["path"]
    path = "/" + path.partition("/")[2] if not path.startswith("/") else _IDS.sub("…", path)
    arrow = "==>" if exchange["direction"] == "received" else "-->"
    what = _kind(exchange)
    return f"{arrow} {exchange['method']} {path}{what}  [{exchange['status']}]"


def _kind(exchange: dict[str, Any]) -> str:
    body = exchange.get("body")
    if exchange["direction"] == "received" or not isinstance(body, dict):
        return ""
    told = []
    for entry in body.get("value", []):
        resource = entry.get("resourceData") or {}
        if isinstance(resource, dict):
            kind = str(resource.get("@odata.type", "")).rpartition(".")[2]
            tone = "tone" if "toneInfo" in resource else ""
            told.append(tone or f"{kind} {resource.get('state') or resource.get('status') or ''}")
    return f"  {', '.join(told)}" if told else ""
