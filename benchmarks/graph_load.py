"""Short calls to one bot at a time, as many as it can take.

A call is over when the bot has acknowledged its end. What a bot does not command, or does not
acknowledge with 2xx, is a failed call.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

from benchmarks import graph_wire as wire
from benchmarks.graph_http import WebhookConnections
from benchmarks.graph_server import GraphServer

LONGEST = 60.0
"""Seconds after which calls that are still going on have failed."""


@dataclass
class Load:
    """What one run found. `waits` are the seconds from each key to the next command."""

    finished: int = 0
    failed: int = 0
    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Finished calls per second."""
        return self.finished / self.seconds


class ShortCall:
    """One call, from ringing to the end of its transfer."""

    def __init__(
        self,
        post: Callable[[bytes, bytes, Callable[[int], None]], None],
        over: Callable[[ShortCall, bool], None],
    ) -> None:
        self.id = str(uuid.uuid4()).encode()
        self.wait = 0.0
        self._post = post
        self._over = over
        self._path = b"/api/calls"
        self._prompts = 0
        self._pressed_at = 0.0

    def ring(self) -> None:
        """Announce the call."""
        self._tell(wire.incoming(self.id))

    def commanded(self, action: bytes, body: bytes) -> None:
        """React to a command of the bot, once it is answered."""
        if action == b"answer":
            self._path = wire.callback_of(body)
            self._tell(wire.established(self.id))
        elif action == b"playPrompt":
            self._play(body)
        elif action == b"cancelMediaProcessing":
            self.wait = perf_counter() - self._pressed_at
        elif action == b"transfer":
            self._post(self._path, wire.transferred(self.id), self._acknowledged)

    def _play(self, body: bytes) -> None:
        self._prompts += 1
        if self._prompts == 1:
            self._tell(wire.prompt_finished(self.id, wire.context_of(body)))
        else:
            self._pressed_at = perf_counter()
            self._tell(wire.tone(self.id))

    def _tell(self, body: bytes) -> None:
        self._post(self._path, body, self._told)

    def _told(self, status: int) -> None:
        if not 200 <= status < 300:
            self._over(self, False)

    def _acknowledged(self, status: int) -> None:
        self._over(self, 200 <= status < 300)


class GraphLoad:
    """Short calls, so many at once."""

    def __init__(self, graph: GraphServer, token: bytes) -> None:
        self._graph = graph
        self._token = token
        self._load = Load()
        self._until = 0.0
        self._empty = asyncio.Event()

    async def call(self, port: int, at_once: int, seconds: float) -> Load:
        """Keep so many calls going for so long, then wait for the last ones to end."""
        self._load, self._doors = Load(), WebhookConnections(port)
        self._empty.clear()
        began = perf_counter()
        self._until = began + seconds
        for _ in range(at_once):
            self._ring()
        try:
            await asyncio.wait_for(self._empty.wait(), seconds + LONGEST)
        except TimeoutError:
            self._load.failed += len(self._graph.calls)
            self._graph.calls.clear()
        self._load.seconds = perf_counter() - began
        self._doors.close()
        return self._load

    def _ring(self) -> None:
        call = ShortCall(self._post, self._over)
        self._graph.calls[call.id] = call
        call.ring()

    def _post(self, path: bytes, body: bytes, done: Callable[[int], None]) -> None:
        self._doors.post(wire.post(path, self._token, body), done)

    def _over(self, call: ShortCall, well: bool) -> None:
        if self._graph.calls.pop(call.id, None) is None:
            return
        if well:
            self._load.finished += 1
            self._load.waits.append(call.wait)
        else:
            self._load.failed += 1
        if perf_counter() < self._until:
            self._ring()
        elif not self._graph.calls:
            self._empty.set()
