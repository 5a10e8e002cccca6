"""A client of Graph and a Graph that answers as it is told, over real HTTP on loopback."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

from msgspec import structs

from ivr.core.events import AnyEvent
from ivr.errors import Refused, Temporary
from ivr.graph.client import GraphControl
from ivr.net.sender import Bounds, Sender
from ivr.ports import CallControl
from tests.graph.effects_of_a_call import NOW, REQUESTS
from tests.graph.rude_server import Behaviour, RudeServer, Talk, rude

PATIENT = Bounds()


class Purse:
    """Tokens `t1`, `t2` and so on; each tenant has one until it is dropped."""

    def __init__(self) -> None:
        self.made = 0
        self.held: dict[str, str] = {}
        self.dropped: list[tuple[str, str | None]] = []
        self.trouble: Temporary | Refused | None = None

    async def token(self, tenant: str) -> str:
        if self.trouble:
            raise self.trouble
        if tenant not in self.held:
            self.made += 1
            self.held[tenant] = f"t{self.made}"
        return self.held[tenant]

    def drop(self, tenant: str, token: str | None = None) -> None:
        self.dropped.append((tenant, token))
        self.held.pop(tenant, None)


class Graph:
    """A Graph that gives the answers it was told, in order, the last one for ever."""

    def __init__(self, answers: Sequence[tuple[str, object, tuple[bytes, ...]]]) -> None:
        self._answers = list(answers)

    async def __call__(self, talk: Talk) -> None:
        status, body, headers = self._answers.pop(0) if self._answers[1:] else self._answers[0]
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        await talk.answer(status, raw, *headers)


def graph(status: str, body: object = None, *headers: bytes) -> Graph:
    return Graph([(status, body, headers)])


@asynccontextmanager
async def control_of(
    behaviour: Behaviour, purse: Purse | None = None, bounds: Bounds = PATIENT
) -> AsyncIterator[tuple[CallControl, RudeServer]]:
    async with rude(behaviour) as server, aclosing(Sender(bounds)) as sender:
        root = f"{server.url}/v1.0/"
        yield GraphControl(root, purse or Purse(), sender, clock=lambda: NOW), server


async def outcome(
    effect: str, behaviour: Behaviour, bounds: Bounds = PATIENT, leg: str = ""
) -> Sequence[AnyEvent]:
    """What the request of that name comes to, for the call or for a leg."""
    wanted, line = REQUESTS[effect]
    async with control_of(behaviour, bounds=bounds) as (control, _):
        return await control.perform(structs.replace(wanted, leg=leg), line)


def error(code: object, message: object = "as the service puts it") -> dict[str, object]:
    return {"error": {"code": code, "message": message, "innerError": {"request-id": "r"}}}
