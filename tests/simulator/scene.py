"""The project's own Graph client and a bot, with the simulator between them, on sockets."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
)
from ivr.core.events import (
    AnyEvent,
    CallArrived,
    CallProgressed,
)
from ivr.core.values import Audio
from ivr.graph.client import GraphControl
from ivr.graph.decode import Notifications, decode
from ivr.graph.tokens import TokenSource
from ivr.net.sender import Sender
from ivr.ports import Line, Sound
from ivr.simulator.graph.app import Options
from ivr.simulator.phone.rules import Rules
from tests.simulator.graph_world import APP_ID, PATIENCE, TENANT, Json, wav

E = TypeVar("E", bound=AnyEvent)
TEXT = Audio("hello", text="Hello")
OPTIONS = Options(speed=50.0, rules=Rules(answer_within=600_000))
ISSUER = "https://api.botframework.com"


@dataclass
class Posts:
    """What came to the bot, as its thread received it."""

    bodies: list[bytes] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def app(self) -> Starlette:
        """The bot as an ASGI application."""
        return Starlette(
            routes=[
                Route("/media/{name}", self._serve),
                Route("/{path:path}", self._take, methods=["POST"]),
            ]
        )

    async def _serve(self, _: Request) -> Response:
        return Response(wav(0.3), media_type="audio/wav")

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        with self.changed:
            self.headers.append(request.headers["authorization"])
            self.bodies.append(body)
            self.changed.notify_all()
        return Response(status_code=202)


@dataclass
class Scene:
    """A simulator and a bot on sockets, and the project's client between them."""

    sim: str
    bot: str
    posts: Posts
    control: GraphControl
    client: httpx.AsyncClient
    call: str = ""

    async def place(self, **asked: object) -> None:
        """Let a caller ring."""
        response = await self.client.post(f"{self.sim}/sim/calls", json=asked)
        self.call = response.json()["id"]

    async def do(self, effect: AnyEffect, replaces: str = "") -> list[AnyEvent]:
        """Perform an effect of the engine; `replaces` is the line that a transfer ends."""
        sounds = (Sound(f"{self.bot}/media/hello.wav"),)
        line = Line(self.call, TENANT, f"{self.bot}/cb/k", sounds, replaces)
        return list(await self.control.perform(effect, line))

    async def act(self, action: str, body: Json) -> None:
        """Do something as the caller."""
        response = await self.client.post(f"{self.sim}/sim/calls/{self.call}/{action}", json=body)
        assert response.status_code == 200, response.text

    def events(self) -> list[AnyEvent]:
        """All that the bot was told, in the engine's words."""
        told: list[AnyEvent] = []
        for body in self.posts.bodies:
            decoded = decode(body)
            assert isinstance(decoded, Notifications)
            told += [item.event for item in decoded.items if item.call_id == self.call]
        return told

    async def until(self, event: AnyEvent | type) -> AnyEvent:
        """Wait for an event, or for one of a kind."""

        def found() -> list[AnyEvent]:
            kind = event if isinstance(event, type) else ()
            return [told for told in self.events() if told == event or isinstance(told, kind)]

        def wait() -> bool:
            with self.posts.changed:
                return self.posts.changed.wait_for(lambda: bool(found()), PATIENCE)

        assert await asyncio.to_thread(wait), self.events()
        return found()[0]

    async def until_last(self, kind: type[E], ready: Callable[[E], bool]) -> None:
        """Wait until the last event of a kind is as it should be."""

        def last() -> bool:
            told = [event for event in self.events() if isinstance(event, kind)]
            return bool(told) and ready(told[-1])

        def wait() -> bool:
            with self.posts.changed:
                return self.posts.changed.wait_for(last, PATIENCE)

        assert await asyncio.to_thread(wait), self.events()

    async def connect(self, **asked: object) -> None:
        """A call with audio."""
        await self.place(**asked)
        await self.until(CallArrived)
        assert await self.do(AnswerCall("a")) == []
        await self.until(CallProgressed("established", audio=True))


@asynccontextmanager
async def set_up(sim: str, bot: str, posts: Posts) -> AsyncIterator[Scene]:
    sender, tokens = Sender(), TokenSource(APP_ID, "secret", sim, time.time)
    control = GraphControl(f"{sim}/v1.0", tokens, sender)
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            yield Scene(sim, bot, posts, control, client)
        finally:
            await sender.aclose()
            await tokens.aclose()
