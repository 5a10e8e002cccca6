"""One node with the project's real adapters: webhook, keys, Graph client, prompts, recordings.

Only what lies outside is replaced: the store is in memory, the network is a `Wire`, and the login
is asked without msal, which blocks.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from ivr.core.effects import AnyEffect, CheckCall
from ivr.core.events import AnyEvent
from ivr.core.snapshot import Snapshot
from ivr.core.values import Millis
from ivr.errors import IvrError, Temporary
from ivr.graph.auth import NotificationVerifier
from ivr.graph.client import GraphControl
from ivr.graph.keys import KeyCache
from ivr.net.sender import Sender
from ivr.policy.destinations import Destinations
from ivr.runtime.handler import PLACED
from ivr.runtime.lanes import is_down
from ivr.runtime.leg_keys import PlacedLeg
from ivr.runtime.lines import Lines
from ivr.runtime.outside import Outside
from ivr.runtime.permits import Permits, Rates
from ivr.runtime.recordings import Recordings
from ivr.server.app import create_app
from ivr.server.media import Media
from ivr.server.settings import ISSUERS
from ivr.server.webhook import Webhook
from ivr.speech.library import AudioLibrary
from ivr.speech.voice import SilentVoice
from tests.runtime.virtual import VirtualClock
from tests.runtime.world import FakeLine, FlakyStore, World
from tests.server.site import Shelf
from tests.simulator.graph_world import APP_ID, OTHER_TENANT, TENANT, wav
from tests.store.store_calls import SEALER
from tests.universe import NOON

GRAPH = "https://graph.example"
ROOT = f"{GRAPH}/v1.0"
METADATA = f"{GRAPH}/v1/.well-known/OpenIdConfiguration"
HOST = "bot.example"
PUBLIC = f"https://{HOST}"
PROMPT = wav(1.0)
FOREVER: Millis = 10**12
RATES = Rates(per_minute=100, per_day=1_000, per_caller_per_day=100, at_once=50)


_FORM = {
    "grant_type": "client_credentials",
    "client_id": APP_ID,
    "client_secret": "s",
    "scope": "https://graph.microsoft.com/.default",
}


class LoopClock(VirtualClock):
    """The time of the event loop, which jumps."""

    def now(self) -> Millis:
        return NOON + int(asyncio.get_running_loop().time() * 1000)

    async def sleep(self, length: Millis) -> None:
        await asyncio.sleep(length / 1000)


class Trusted(NamedTuple):
    """Who may issue notifications, and whose calls are taken."""

    issuers: tuple[str, ...] = ISSUERS
    tenants: tuple[str, ...] = (TENANT, OTHER_TENANT)


class Shared:
    """What all nodes of a service share."""

    def __init__(self) -> None:
        self.clock: VirtualClock = LoopClock()
        self.line = FakeLine()
        self.store = FlakyStore(clock=self.clock.now)


class Login:
    """Access tokens, as `ivr.graph.tokens` gives them; `asked` are the tenants of all requests."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._tokens: dict[str, str] = {}
        self.asked: list[str] = []

    async def token(self, tenant: str) -> str:
        if tenant not in self._tokens:
            self.asked.append(tenant)
            url = f"{GRAPH}/{tenant}/oauth2/v2.0/token"
            answer = await self._sender.send("POST", url, {}, urlencode(_FORM).encode())
            if answer.status != 200 or not answer.body.startswith(b'{"token_type"'):
                raise Temporary("There is no token at the moment.")
            self._tokens[tenant] = str(json.loads(answer.body)["access_token"])
        return self._tokens[tenant]

    def drop(self, tenant: str, token: str | None = None) -> None:
        self._tokens.pop(tenant, None)


class Sounds(Media):
    """The prompts of a flow, of which every fixed one is as long; files are read in no thread."""

    async def prompt(self, request: Request) -> Response:
        name = request.path_params["name"]
        audio = PROMPT if name.endswith(".wav") else self._audio.read(name)
        if audio is None:
            return await super().prompt(request)
        return Response(audio, media_type="audio/wav")


class Node(World):
    """See the module; `fetched` counts what was fetched of each signing document."""

    def __init__(
        self,
        shared: Shared,
        wire: httpx.AsyncBaseTransport,
        folder: Path,
        flow: str,
        trusted: Trusted,
        name: str,
    ) -> None:
        super().__init__(flow, beside=shared, callback_key=SEALER.callback_key)
        now = asyncio.get_running_loop().time
        self._trusted, self._name = trusted, name
        self.sender = Sender(transport=wire, home=GRAPH, clock=now)
        self.login = Login(self.sender)
        self.fetched: Counter[str] = Counter()
        self.keys = KeyCache([METADATA], self._document, now)
        self.recordings = Recordings(folder / "recordings", Shelf(), self.clock)
        self.audio = AudioLibrary(folder / "audio", SilentVoice())
        self.outside = self._make_outside()
        self.app = self._make_app()

    async def run(self) -> None:
        """Take part, until cancelled; nobody takes this node's place, so its lease is for ever."""
        await self.store.enlist(self._name, FOREVER)
        await self.keys.refresh()
        await asyncio.gather(self.timers.run(), self.recovery.run(), self.admission.run())

    async def aclose(self) -> None:
        await self.performer.stop()
        await self.keys.aclose()
        await self.sender.aclose()

    def _make_outside(self) -> Outside:
        control = GraphControl(ROOT, self.login, self.sender, ("graph.example",))
        lines = Lines(PUBLIC, SEALER.token, SEALER.callback_key, self.handler.latest)
        permits = Permits(
            Destinations(["+44"], [TENANT]), RATES, self.store.take,
            lambda: self.store.live(PLACED), str, lambda: (), self.clock,
        )  # fmt: skip
        return Outside(
            control, self.business, self.audio, self.recordings, PUBLIC, SEALER.token, lines,
            permits,
        )  # fmt: skip

    def _make_app(self) -> Starlette:
        issuers, tenants = self._trusted
        verifier = NotificationVerifier(APP_ID, issuers, tenants, self.keys, time.time)
        webhook = Webhook(
            verifier, self.handler.handle, SEALER.matches, self._reconcile, SEALER.read_token
        )
        sounds = Sounds(
            self.audio, self.recordings, SEALER.read_token, self.store.effect, self.store.audio
        )
        return create_app(webhook, sounds, self._readiness)

    async def _readiness(self) -> dict[str, bool]:
        return {"keys": self.keys.ready}

    async def _perform(self, effect: AnyEffect, snapshot: Snapshot) -> Sequence[AnyEvent]:
        if effect.id not in self.store.wanted and not isinstance(effect, CheckCall):
            self.wrong.append(f"{effect.id} was performed before it was committed")
        return await self.outside.perform(effect, snapshot)

    async def _document(self, url: str) -> bytes:
        self.fetched[url.rpartition("/")[2]] += 1
        answer = await self.sender.send("GET", url, {})
        if answer.status != 200:
            raise IvrError("The metadata of the signing keys could not be fetched.")
        return answer.body

    async def _reconcile(self, key: str, placed: PlacedLeg | None) -> bool:
        """As `ivr.server.node` does."""
        call_id = placed.call_id if placed else await self.store.call_of(key)
        leg = placed.leg if placed else ""
        snapshot = await self.handler.latest(call_id) if call_id else None
        if snapshot is not None and not is_down(snapshot, leg):
            self.performer.check(snapshot, leg)
        return call_id is not None
