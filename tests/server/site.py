"""The web application of a node, with real tokens and a real verifier, over a world of fakes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

import httpx
from starlette.types import Message

from ivr.core.snapshot import Snapshot
from ivr.core.values import Millis
from ivr.graph.auth import NotificationVerifier
from ivr.graph.keys import KeyCache
from ivr.runtime.leg_keys import PlacedLeg
from ivr.runtime.recordings import Recordings
from ivr.server.app import create_app
from ivr.server.media import Media
from ivr.server.webhook import Webhook
from ivr.speech.library import AudioLibrary
from ivr.speech.voice import SilentVoice
from ivr.store.recordings import Recording
from tests.graph.signing import APP, ISSUERS, METADATA, TENANT, Signer, VirtualClock, publisher_of
from tests.runtime.virtual import settled
from tests.runtime.world import MENU, World
from tests.server.notices import Body, envelope, incoming
from tests.store.store_calls import SEALER
from tests.universe import CALL_ID

OTHER_TENANT = "aaaaaaaa-1111-4222-8333-444444444444"
SIGNER = Signer()


class Shelf:
    """An index of recordings in memory."""

    def __init__(self) -> None:
        self._kept: dict[str, Recording] = {}

    async def add(
        self, name: str, call_id: str, *, stored_at: Millis, expires_at: Millis, seconds: float,
        size: int,
    ) -> None:  # fmt: skip
        self._kept[name] = Recording(name, call_id, stored_at, expires_at, seconds, size)

    async def get(self, name: str, now: Millis) -> Recording | None:
        kept = self._kept.get(name)
        return kept if kept is not None and now < kept.expires_at else None

    async def expired(self, now: Millis) -> list[Recording]:
        return [kept for kept in self._kept.values() if kept.expires_at <= now]

    async def remove(self, name: str) -> None:
        self._kept.pop(name, None)


class Site:
    """The application and its clients; `world` is what is behind it.

    Tokens are real and the clock of their verifier is virtual. An exception that leaves the
    application fails the test, so no answer is ever a 500. `asked_about` are the calls of which
    a post told nothing.
    """

    def __init__(self, folder: Path, source: str = MENU) -> None:
        self.world = World(source, callback_key=SEALER.callback_key)
        self.audio = AudioLibrary(folder / "audio", SilentVoice())
        self.recordings = Recordings(folder / "recordings", Shelf(), self.world.clock)
        self.time = VirtualClock()
        publisher = publisher_of([SIGNER])
        self.keys = KeyCache([METADATA], publisher.fetch, self.time)
        self.verifier = NotificationVerifier(
            APP, ISSUERS, (TENANT, OTHER_TENANT), self.keys, self.time
        )
        webhook = Webhook(
            self.verifier, self.world.handler.handle, SEALER.matches, self._reconcile,
            SEALER.read_token,
        )  # fmt: skip
        media = Media(
            self.audio, self.recordings, SEALER.read_token, self.world.store.effect,
            self.world.store.audio,
        )  # fmt: skip
        self.ready = {"flows": True}
        self.asked_about: list[str] = []
        self.app = create_app(webhook, media, self._readiness)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://ivr.example"
        )

    async def post(
        self,
        body: bytes | Body = b"",
        path: str = "/api/calls",
        headers: Mapping[str, str] | None = None,
        tenant: str = TENANT,
    ) -> int:
        """Post to the webhook with a good token; the status of the answer, and all that follows."""
        content = body if isinstance(body, bytes) else envelope(body)
        given = {"Authorization": bearer(tenant), "Content-Type": "application/json"}
        answer = await self.client.post(path, content=content, headers={**given, **(headers or {})})
        assert answer.content == b"", "the webhook says nothing but its status"
        await settled()
        return answer.status_code

    async def raw(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer to a path by the letter, which clients like to tidy up."""
        statuses: list[int] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            statuses.append(message.get("status", 0))

        pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": method, "path": unquote(path), "headers": pairs,
                 "raw_path": path.encode(), "query_string": b""}  # fmt: skip
        await self.app(scope, receive, send)
        return statuses[0]

    async def ring(self, call: str = CALL_ID, tenant: str = TENANT) -> str:
        """A call rings; the path of its own callback."""
        assert await self.post(incoming(call, tenant), tenant=tenant) == 202
        return own_path(call)

    async def state(self) -> object:
        """Everything that a post could have changed."""
        calls = await self.world.store.calls()
        journals = [await self.world.store.journal(row.call_id) for row in calls]
        return calls, journals, list(self.world.line.asked)

    async def call(self, call: str = CALL_ID) -> Snapshot:
        return await self.world.now(call)

    async def _reconcile(self, key: str, leg: PlacedLeg | None) -> bool:
        call_id = leg.call_id if leg else await self.world.store.call_of(key)
        self.asked_about += [call_id] if call_id else []
        return call_id is not None

    async def _readiness(self) -> dict[str, bool]:
        return self.ready


def own_path(call: str = CALL_ID) -> str:
    return f"/api/calls/{SEALER.callback_key(call)}"


def bearer(tenant: str = TENANT, **claims: object) -> str:
    return f"Bearer {SIGNER.token(tid=tenant, **claims)}"
