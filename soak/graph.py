"""The simulated Graph of the harness: in its own event loop, and with everything noted.

Callers are coroutines that use the phones of this Graph directly; only the engine speaks to it over
HTTP. What the engine asks for is noted at the door, as it comes in and as it is answered.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from random import Random

import httpx
import msgspec
from msgspec import Struct
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ivr.core.values import Millis
from ivr.graph.wire import canonical_id
from ivr.runtime.leg_keys import PlacedLeg, read_leg_key
from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.leg import Leg
from ivr.simulator.graph.options import Options
from ivr.simulator.graph.routes import routes_of
from ivr.simulator.phone.rules import Call, Outcome
from ivr.store.seal import Sealer
from soak.history import Commanded, History, Placed

APP = "2891555a-92ff-42e6-80fa-6e1300c6b5c6"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
TRIES = 4
"""How often a notification is posted: over 3 s in all. Nobody has documented what Graph does; so
some outlast a restart, and some are lost."""

CALLEES: tuple[Outcome, ...] = ("answered",) * 6 + ("busy", "declined", "no_answer", "failed")
_CALLS = re.compile(r"/v1\.0/(?:communications|app)/calls(?:/([^/]+))?(?:/(.+))?")


class WatchedGraph(GraphServer):
    """A Graph that notes the legs it places, and tells of them: `on_placed(leg, placed)`."""

    def __init__(
        self,
        webhook: str,
        client: httpx.AsyncClient,
        history: History,
        sealer: Sealer,
        chance: Random,
        most_calls: int,
    ) -> None:
        options = Options(tries=TRIES, max_calls=most_calls, max_log=1)
        super().__init__(webhook, APP, TENANT, options, client)
        self.on_placed: Callable[[Leg, PlacedLeg], None] = lambda leg, placed: None
        self._history, self._sealer, self._chance = history, sealer, chance

    def dial(self, call: Call, callback: str, base: str) -> Leg:
        """The engine places a leg; whoever is called does as chance will have it."""
        after: Millis = self._chance.randint(300, 6_000)
        self.callee = self._chance.choice(CALLEES), after
        leg = super().dial(call, callback, base)
        key = callback.rpartition("/")[2]
        placed = read_leg_key(self._sealer.read_token, key) or PlacedLeg(leg.id, "")
        entry = Placed(time.time(), leg.id, placed.call_id, placed.leg, call.to)
        self._history.add(entry)
        self.on_placed(leg, placed)
        return leg

    def app(self, business: ASGIApp) -> ASGIApp:
        """The routes of Graph, watched, and those of a business system below `/business`."""
        routes = [*routes_of(self), Mount("/business", app=business)]
        return Watch(Starlette(routes=routes), self._history)


class Watch:
    """Notes each request about calls that comes to an application, and how it was answered."""

    def __init__(self, app: ASGIApp, history: History) -> None:
        self._app = app
        self._history = history

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        path = _CALLS.fullmatch(scope.get("path", ""))
        if scope["type"] != "http" or path is None:
            await self._app(scope, receive, send)
            return
        seen = _Request(scope["method"], path[1] or "", path[2] or "", receive, send)
        try:
            await self._app(scope, seen.receive, seen.send)
        finally:
            self._history.add(seen.entry())


class _Request:
    """One request as it passes by."""

    def __init__(self, method: str, line: str, action: str, receive: Receive, send: Send) -> None:
        self._method, self._line, self._action = method, line, action
        self._receive, self._send = receive, send
        self._began = time.time()
        self._body = b""
        self._status = 0

    async def receive(self) -> Message:
        """What comes in."""
        message = await self._receive()
        self._body += message.get("body", b"")
        return message

    async def send(self, message: Message) -> None:
        """What goes out."""
        self._status = message.get("status", self._status)
        await self._send(message)

    def entry(self) -> Commanded:
        """The request, read."""
        body = _read(self._body)
        return Commanded(
            self._began, time.time(), canonical_id(self._line), self._name(), self._status,
            body.client_context or "", body.whom(),
        )  # fmt: skip

    def _name(self) -> str:
        if not self._action:
            return {"POST": "create", "DELETE": "hang_up"}.get(self._method, "look")
        return self._action.rpartition("/")[2] if self._method == "POST" else "look"


class _Identity(Struct, frozen=True):
    user: dict[str, object] = {}


class _Party(Struct, frozen=True):
    identity: _Identity = _Identity()


class _Body(Struct, rename="camel"):
    """What is noted of a command's body."""

    client_context: str | None = None
    transfer_target: _Party | None = None
    targets: list[_Party] = []
    participants: list[_Party] = []

    def whom(self) -> str:
        """Those whom it calls, invites or hands on to, in one text."""
        parties = [*self.targets, *self.participants]
        if self.transfer_target:
            parties.append(self.transfer_target)
        return " ".join(str(party.identity.user.get("id", "")) for party in parties)


def _read(raw: bytes) -> _Body:
    try:
        return msgspec.json.decode(raw, type=_Body)
    except msgspec.MsgspecError:
        return _Body()
