"""One node, put together: the only place that knows every adapter.

Starting order: key, store, lease, flows, audio, what others have left; then Graph, and the node is
ready. A node that cannot take a call at once is not ready, and says what is missing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import structlog
from starlette.applications import Starlette

from ivr.business.client import HttpBusiness
from ivr.core.effects import AnyEffect
from ivr.core.events import Arrival, TimerFired
from ivr.core.values import Caller
from ivr.errors import StoreUnavailable
from ivr.flow.bundle import Loaded
from ivr.flow.diagnostics import FlowError
from ivr.graph.auth import NotificationVerifier
from ivr.policy.destinations import Destinations
from ivr.policy.ours import our_parties
from ivr.ports import BusinessSystem, Change, Clock, Moved
from ivr.runtime.admission import Admission
from ivr.runtime.clock import SystemClock
from ivr.runtime.handler import PLACED, Handler
from ivr.runtime.lanes import is_down
from ivr.runtime.lease import Lease
from ivr.runtime.leg_keys import PlacedLeg
from ivr.runtime.library import BundleLibrary
from ivr.runtime.lines import Lines
from ivr.runtime.loops import Loops
from ivr.runtime.outside import Outside
from ivr.runtime.performer import Performer
from ivr.runtime.permits import Permits
from ivr.runtime.recordings import Recordings
from ivr.runtime.recovery import Recovery
from ivr.runtime.timers import Timers
from ivr.server.api.app import create_api
from ivr.server.app import create_app
from ivr.server.audio import FlowAudio, share_audio
from ivr.server.desk import NodeDesk
from ivr.server.links import Links
from ivr.server.media import Media
from ivr.server.parts import (
    database_url,
    is_shared,
    keyed,
    rates_of,
    room_of,
    sealer_of,
    tenants_of,
    voice_of,
)
from ivr.server.settings import Settings, node_name
from ivr.server.webhook import Webhook
from ivr.speech.library import AudioLibrary
from ivr.store.seal import Sealer
from ivr.store.sql import SqlStore

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
        self.settings, self.store, self.sealer, self.clock = settings, store, sealer, clock
        self.lease = Lease(store, clock, node_name(settings), self._lost)
        self.links = Links(settings, self.lease)
        self.audio = AudioLibrary(data / "audio", voice_of(settings))
        self.recordings = Recordings(data / "recordings", store.recordings, clock)
        self.flow_audio = FlowAudio(self.audio)
        self.library = BundleLibrary(
            data / "bundles", settings.env, self.flow_audio, settings.overflow
        )
        self.admission = Admission(store, clock, room_of(settings))
        self.handler = Handler(
            store, self.library, clock, sealer.callback_key, self._after_commit, self._claims,
            self.admission, self._caller_key, self._in_doubt,
        )  # fmt: skip
        self.outside = self._outside(business)
        latest = self.handler.latest
        self.performer = Performer(
            store, clock, self.outside.perform, self.handler.handle, self.lease, latest
        )
        self.timers = Timers(store, clock, self._wake)
        self.recovery = Recovery(store, clock, self.lease, latest, self.performer.take_over)
        self.stopping = False
        self._stop_by = 0.0
        self._taking_part = Loops(clock)

    def app(self) -> Starlette:
        """The web application."""
        settings, sealer, handle = self.settings, self.sealer, self.handler.handle
        tenants = tenants_of(settings)
        verifier = NotificationVerifier(
            settings.app_id, settings.webhook_issuers, tenants, self.links.keys, time.time
        )
        webhook = Webhook(verifier, handle, sealer.matches, self._reconcile, sealer.read_token)
        media = Media(
            self.audio, self.recordings, sealer.read_token, self.store.effect, self.store.audio
        )
        desk = NodeDesk(
            self.store, handle, lambda: self.library.current, sealer.callback_key, tenants
        )
        api = create_api(settings.admin_token, desk) if settings.admin_token else None
        return create_app(webhook, media, self.probe, api, sealer.callback_key)

    def readiness(self) -> dict[str, bool]:
        """What must be there before a call can be answered at once."""
        return {
            "flows": self.library.current is not None,
            **self.links.readiness(),
            "lease": self.lease.fresh,
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
        `FlowError`, and `StoreUnavailable` where other nodes are to have the prompts; then nothing
        has changed.
        """
        loaded = await asyncio.to_thread(self.library.load, folder)
        if loaded.bundle is None or loaded.has_errors:
            raise FlowError(loaded.diagnostics, loaded.sources)
        await self.audio.prepare(self.flow_audio.unspoken())
        if is_shared(self.settings):
            await share_audio(loaded.bundle, self.audio, self.store)
        await asyncio.to_thread(self.library.publish, loaded.bundle, folder)
        return loaded

    # -- from the beginning to the end ---------------------------------------------------

    async def take_part(self) -> None:
        """Take up what others have left, now and from now on, and wake calls."""
        self.store.on_moved(self._moved)
        await self.recovery.look()
        self._taking_part.begin(self.timers.run, self.recovery.run, self.admission.run)

    async def stand_aside(self) -> None:
        """Take over nothing more, and wake nobody."""
        await self._taking_part.stop()

    def begin_to_stop(self) -> None:
        """Be ready no longer: balancers send nothing more. From now on the time to stop counts."""
        if not self.stopping:
            self.stopping = True
            self._stop_by = time.monotonic() + self.settings.drain_seconds

    async def drain(self) -> None:
        """Finish the effects in hand while there is time, and leave the rest to others.

        In the last third of the time nothing new is begun: of what is cut off in the middle nobody
        knows whether it happened, and what was never begun another node simply does.
        """
        self.begin_to_stop()
        await self.stand_aside()
        left = self._stop_by - time.monotonic()
        if not await self._drained(left * 2 / 3):
            self.performer.halt()
            if not await self._drained(left / 3):
                log.warning("drain_incomplete", count=len(self.performer))

    async def _drained(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(max(seconds, 0.0)):
                await self.performer.drain()
        except TimeoutError:
            return False
        return True

    # -- what the parts tell each other --------------------------------------------------

    def _outside(self, business: BusinessSystem | None) -> Outside:
        settings, sealer, store = self.settings, self.sealer, self.store
        lines = Lines(settings.public_url, sealer.token, sealer.callback_key, self.handler.latest)
        permits = Permits(
            Destinations(settings.dial_allow, tenants_of(settings)),
            rates_of(settings),
            store.take,
            lambda: store.live(PLACED),
            keyed(sealer, "permit"),
            lambda: our_parties(self.library.current, settings.app_id),
            self.clock,
        )
        business = business or HttpBusiness(self.links.business, settings.secret_env)
        return Outside(
            self.links.control, business, self.audio, self.recordings, settings.public_url,
            sealer.token, lines, permits,
        )  # fmt: skip

    def _claims(self, call_id: str, effects: Sequence[AnyEffect]) -> frozenset[str]:
        return self.performer.claims(call_id, effects)

    def _after_commit(self, change: Change) -> None:
        snapshot = change.step.snapshot
        self.timers.remind(change.call_id, None if snapshot.closed else snapshot.next_due())
        self.admission.note(change)
        self.performer.add(snapshot, change.step.effects, change.claimed)

    def _in_doubt(self, change: Change) -> None:
        self.recovery.doubt(change)

    def _lost(self) -> None:
        self.performer.drop()

    def _moved(self, moved: Sequence[Moved]) -> None:
        """Other nodes have moved calls on: they have the last word on them, and the reminders."""
        self.handler.forget(moved)
        at_hand = self.handler.at_hand
        self.timers.forget([each for each in moved if at_hand(each.call_id) is None])

    def _caller_key(self, caller: Caller) -> str:
        """A keyed hash of who calls; callers without an id cannot be told apart."""
        return keyed(self.sealer, "caller")(caller.id) if caller.id else ""

    async def _wake(self, call_id: str) -> None:
        await self.handler.handle(Arrival(call_id, TimerFired()))

    async def _reconcile(self, key: str, placed: PlacedLeg | None) -> bool:
        """A post on the path of a call or a leg that tells nothing: something was lost, so ask."""
        call_id = placed.call_id if placed else await self.store.call_of(key)
        leg = placed.leg if placed else ""
        snapshot = await self.handler.latest(call_id) if call_id else None
        if snapshot is not None and not is_down(snapshot, leg):
            self.performer.check(snapshot, leg)
        return call_id is not None


@asynccontextmanager
async def running(
    settings: Settings, clock: Clock | None = None, business: BusinessSystem | None = None
) -> AsyncIterator[Node]:
    """A node with its flows published and its loops running.

    Raises `UsageError` for a setting, `FlowError` for the flows, `StoreUnavailable`.
    """
    sealer = await asyncio.to_thread(sealer_of, settings)
    async with AsyncExitStack() as stack:
        store = await SqlStore.open(database_url(settings), sealer)
        stack.push_async_callback(store.close)
        node = Node(settings, store, sealer, clock or SystemClock(), business)
        stack.push_async_callback(node.links.aclose)
        await node.lease.begin()
        stack.push_async_callback(node.lease.end)
        holding, tidying = Loops(node.clock), Loops(node.clock)
        holding.begin(node.lease.run)
        stack.push_async_callback(holding.stop)
        stack.push_async_callback(node.performer.stop)
        await node.publish(Path(settings.flows))
        await node.take_part()
        stack.push_async_callback(node.stand_aside)
        tidying.begin(partial(node.links.warm_up, node.clock), node.recordings.keep_tidy)
        stack.push_async_callback(tidying.stop)
        yield node
