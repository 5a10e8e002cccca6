"""One node, put together: the only place that knows every adapter.

Starting order: key, store, flows, audio, Graph; then the web application is ready. A node
that cannot take a call at once is not ready, and says what is missing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import structlog
from starlette.applications import Starlette

from ivr.business.client import HttpBusiness
from ivr.core.effects import CheckCall
from ivr.core.events import AnyEvent, Arrival, CallEnded, CallProgressed, TimerFired
from ivr.core.snapshot import Snapshot
from ivr.core.step import Step
from ivr.errors import IvrError, StoreUnavailable, UsageError
from ivr.flow.bundle import Loaded
from ivr.flow.diagnostics import FlowError
from ivr.graph.auth import NotificationVerifier
from ivr.graph.client import GraphControl
from ivr.graph.keys import KeyCache
from ivr.graph.login import Certificate, scope_for
from ivr.graph.tokens import TokenSource
from ivr.net.egress import GuardedResolver
from ivr.net.sender import Bounds, Sender
from ivr.ports import BusinessSystem, Clock
from ivr.runtime.clock import SystemClock
from ivr.runtime.handler import Handler
from ivr.runtime.library import BundleLibrary
from ivr.runtime.outside import Outside
from ivr.runtime.performer import Performer
from ivr.runtime.recordings import TIDY_EVERY, Recordings
from ivr.runtime.recovery import recover
from ivr.runtime.timers import Timers
from ivr.server.app import create_app
from ivr.server.audio import FlowAudio
from ivr.server.media import Media
from ivr.server.settings import Settings
from ivr.server.webhook import Webhook
from ivr.speech.espeak import EspeakVoice
from ivr.speech.library import AudioLibrary
from ivr.speech.voice import SilentVoice, Voice
from ivr.store.master import load_master
from ivr.store.seal import Sealer
from ivr.store.sql import SqlStore

METADATA_BOUNDS = Bounds(head=2.0, total=2.0, body=256 * 1024)
RECORDING_HOSTS = ("microsoft.com", "skype.com", "office.com", "office.net")
"""Where Microsoft keeps clips, as far as is known; not tried against the real service."""

log = structlog.get_logger()


class Node:
    """A running node; made by `running`."""

    def __init__(
        self,
        settings: Settings,
        store: SqlStore,
        sealer: Sealer,
        clock: Clock,
        business: BusinessSystem | None = None,
    ) -> None:
        data = Path(settings.data_dir)
        self.settings, self.store, self.clock = settings, store, clock
        self.sealer = sealer
        self.audio = AudioLibrary(data / "audio", _voice(settings.speech))
        self.recordings = Recordings(data / "recordings", store.recordings, clock)
        self.flow_audio = FlowAudio(self.audio)
        self.library = BundleLibrary(data / "bundles", settings.env, self.flow_audio)
        # Two pools, so that a slow business system cannot take Graph's connections.
        self.sender, self.business_sender = Sender(), Sender(resolver=GuardedResolver)
        self.business = business or HttpBusiness(self.business_sender, settings.secret_env)
        self.tokens = TokenSource(
            settings.app_id, _credential(settings), settings.login_url, time.time,
            scope=scope_for(settings.graph_url),
        )  # fmt: skip
        self.keys = KeyCache(settings.webhook_metadata_urls, self._fetch_document, time.monotonic)
        self.outside = self._outside()
        self.handler = Handler(store, self.library, clock, sealer.callback_key, self._after_commit)
        self.performer = Performer(store, clock, self.outside.perform, self.handler.handle)
        self.timers = Timers(store, clock, self._wake)
        self.stopping = False
        self._has_token = False

    def app(self) -> Starlette:
        """The web application."""
        verifier = NotificationVerifier(
            self.settings.app_id, self.settings.webhook_issuers,
            self.settings.tenants or [self.settings.tenant_id], self.keys, time.time,
        )  # fmt: skip
        webhook = Webhook(verifier, self.handler.handle, self.sealer.matches, self._reconcile)
        media = Media(self.audio, self.recordings, self.sealer.read_token, self.store.effect)
        return create_app(webhook, media, self.probe)

    def readiness(self) -> dict[str, bool]:
        """What must be there before a call can be answered at once."""
        return {
            "flows": self.library.current is not None,
            "keys": self.keys.ready,
            "token": self._has_token,
            "serving": not self.stopping,
        }

    async def probe(self) -> dict[str, bool]:
        """`readiness`, and whether the store answers at this moment."""
        try:
            await self.store.next_due()
        except StoreUnavailable:
            return {**self.readiness(), "store": False}
        return {**self.readiness(), "store": True}

    async def publish(self, folder: Path) -> Loaded:
        """Load the flows, render their prompts, and let new calls begin with them.

        All of them or none: a number whose flow was left out would be turned away. Raises
        `FlowError`; then nothing has changed.
        """
        loaded = await asyncio.to_thread(self.library.load, folder)
        if loaded.bundle is None or loaded.has_errors:
            raise FlowError(loaded.diagnostics, loaded.sources)
        await self.audio.prepare(self.flow_audio.unspoken())
        await asyncio.to_thread(self.library.publish, loaded.bundle, folder)
        return loaded

    async def warm_up(self) -> None:
        """Fetch signing keys and a token, so that the first call need not wait for them."""
        pause = 500
        while not all((self.keys.ready, self._has_token)):
            await self.keys.refresh()
            await self._try_token()
            if not all((self.keys.ready, self._has_token)):
                await self.clock.sleep(pause)
                pause = min(pause * 2, 30_000)

    async def keep_tidy(self) -> None:
        """Delete recordings whose time is over, now and then."""
        while True:
            try:
                await self.recordings.tidy()
            except IvrError as error:
                log.warning("tidy_failed", reason=type(error).__name__)
            await self.clock.sleep(TIDY_EVERY)

    async def recover(self) -> None:
        """Go on with what an earlier process left."""
        await recover(self.store, self.performer.add, self._still_rings)

    async def drain(self) -> None:
        """Finish the effects in hand, as long as the settings allow."""
        self.stopping = True
        try:
            async with asyncio.timeout(self.settings.drain_seconds):
                await self.performer.drain()
        except TimeoutError:
            log.warning("drain_incomplete")

    def _outside(self) -> Outside:
        settings = self.settings
        hosts = settings.recording_hosts or RECORDING_HOSTS
        control = GraphControl(settings.graph_url, self.tokens, self.sender, hosts, time.time)
        return Outside(
            control, self.business, self.audio, self.recordings, settings.public_url,
            self.sealer.token, self.sealer.callback_key, settings.dial_allow,
        )  # fmt: skip

    def _after_commit(self, snapshot: Snapshot, step: Step) -> None:
        self.timers.remind(snapshot.call_id, snapshot.next_due())
        self.performer.add(snapshot, step.effects)

    async def _wake(self, call_id: str) -> None:
        await self.handler.handle(Arrival(call_id, TimerFired()))

    async def _reconcile(self, key: str) -> bool:
        """A post on a call's own path that tells nothing: something was lost, so ask."""
        call_id = await self.store.call_of(key)
        loaded = await self.store.load(call_id) if call_id else None
        if loaded is not None and loaded.snapshot.phase != "ended":
            self.performer.add(loaded.snapshot, [CheckCall(id=f"{call_id}.check")])
        return call_id is not None

    async def _still_rings(self, snapshot: Snapshot) -> bool:
        """Whether a call that we may or may not have answered still waits for an answer."""
        try:
            events = await self.outside.perform(CheckCall(id=f"{snapshot.call_id}.check"), snapshot)
        except IvrError:
            return False
        for event in events:
            await self.handler.handle(Arrival(snapshot.call_id, event))
        return not any(map(_moved_on, events))

    async def _fetch_document(self, url: str) -> bytes:
        answer = await self.sender.send("GET", url, {}, bounds=METADATA_BOUNDS)
        if answer.status != 200:
            raise IvrError("The metadata of the signing keys could not be fetched.")
        return answer.body

    async def _try_token(self) -> None:
        try:
            await self.tokens.token(self.settings.tenant_id)
            self._has_token = True
        except IvrError as error:
            log.error("no_graph_token", reason=str(error))


@asynccontextmanager
async def running(
    settings: Settings, clock: Clock | None = None, business: BusinessSystem | None = None
) -> AsyncIterator[Node]:
    """A node with its flows published and its loops running.

    Raises `UsageError` for a setting, `FlowError` for the flows, `StoreUnavailable`.
    """
    sealer = await asyncio.to_thread(_sealer, settings)
    async with AsyncExitStack() as stack:
        store = await SqlStore.open(database_url(settings), sealer)
        stack.push_async_callback(store.close)
        node = Node(settings, store, sealer, clock or SystemClock(), business)
        for part in (node.sender, node.business_sender, node.tokens, node.keys):
            stack.push_async_callback(part.aclose)
        await node.publish(Path(settings.flows))
        stack.push_async_callback(node.performer.stop)
        await node.recover()
        loops = (node.timers.run, node.warm_up, node.keep_tidy)
        stack.push_async_callback(_stop, [asyncio.create_task(loop()) for loop in loops])
        yield node


def _sealer(settings: Settings) -> Sealer:
    data = Path(settings.data_dir)
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"IVR_DATA_DIR cannot be used: {error.strerror}.") from None
    return Sealer(load_master(settings.seal_key or None, data))


def database_url(settings: Settings) -> str:
    """The store's address; a relative SQLite path lies in the data folder."""
    prefix = "sqlite:///"
    path = settings.database_url.removeprefix(prefix)
    if path == settings.database_url or path.startswith("/") or path == ":memory:":
        return settings.database_url
    return prefix + str((Path(settings.data_dir) / path).resolve())


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _moved_on(event: AnyEvent) -> bool:
    return isinstance(event, CallEnded) or (
        isinstance(event, CallProgressed) and event.progress is not None
    )


def _voice(name: str) -> Voice:
    return EspeakVoice() if name == "espeak" else SilentVoice()


def _credential(settings: Settings) -> str | Certificate:
    if settings.app_key:
        return Certificate(settings.app_key, settings.app_thumbprint)
    return settings.app_secret
