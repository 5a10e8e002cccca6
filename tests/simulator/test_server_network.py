"""Integration: the project's own Graph client and webhook checks against the simulator."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
    CheckCall,
    HangUp,
    KeepAlive,
    ListenForTones,
    PlayPrompts,
    RecordCaller,
    StopMedia,
    TransferCall,
)
from ivr.core.events import (
    AnyEvent,
    CallArrived,
    CallEnded,
    CallProgressed,
    PromptFinished,
    RecordingFinished,
    RosterChanged,
    TonePressed,
)
from ivr.core.values import Audio, Caller, Target
from ivr.errors import CallGone, OutcomeUnknown, Refused
from ivr.graph.auth import NotificationVerifier, Verified
from ivr.graph.client import GraphControl
from ivr.graph.decode import Notifications, decode
from ivr.graph.keys import KeyCache
from ivr.graph.tokens import TokenSource
from ivr.net.sender import Sender
from ivr.ports import Line, Sound
from ivr.simulator.graph.app import Options, create_app
from ivr.simulator.phone.rules import Rules
from ivr.speech.wav import read_recording
from tests.simulator.graph_world import APP_ID, OTHER_TENANT, PATIENCE, TENANT, USER, Json, wav
from tests.simulator.on_loopback import served

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

    async def do(self, effect: AnyEffect) -> list[AnyEvent]:
        """Perform an effect of the engine."""
        sounds = (Sound(f"{self.bot}/media/hello.wav"),)
        line = Line(self.call, TENANT, f"{self.bot}/cb/k", sounds)
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

    async def connect(self) -> None:
        """A call with audio."""
        await self.place()
        await self.until(CallArrived)
        assert await self.do(AnswerCall("a")) == []
        await self.until(CallProgressed("established", audio=True))


@pytest.fixture(scope="module")
def places() -> Iterator[tuple[str, str, Posts]]:
    posts = Posts()
    with served(posts.app()) as bot:
        app = create_app(f"{bot}/api/calls", APP_ID, TENANT, options=OPTIONS)
        with served(app) as sim:
            yield sim, bot, posts


@pytest.fixture
async def scene(places: tuple[str, str, Posts]) -> AsyncIterator[Scene]:
    async with set_up(*places) as made:
        yield made


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


async def test_a_call_is_announced_to_the_webhook_and_signed_for_it(scene: Scene) -> None:
    caller = {"kind": "user", "id": USER, "name": "Ana", "language": "en-GB"}
    await scene.place(caller=caller)
    arrived = await scene.until(CallArrived)
    assert isinstance(arrived, CallArrived)
    assert arrived.caller == Caller("user", USER, "Ana", "en-GB")

    async def fetch(url: str) -> bytes:
        return (await scene.client.get(url)).content

    keys = KeyCache([f"{scene.sim}/v1/.well-known/OpenIdConfiguration"], fetch, time.monotonic)
    verifier = NotificationVerifier(APP_ID, [ISSUER], [TENANT], keys, time.time)
    verdict = await verifier.verify([scene.posts.headers[-1]])
    assert isinstance(verdict, Verified), verdict
    await keys.aclose()


async def test_a_conversation_through_the_projects_own_client(scene: Scene) -> None:
    await scene.connect()
    assert await scene.do(ListenForTones("t")) == []
    assert await scene.do(PlayPrompts("p", audio=(TEXT,))) == []
    await scene.until(PromptFinished("p"))
    await scene.act("press", {"keys": "5"})
    await scene.until(TonePressed("5", 1))
    assert await scene.do(KeepAlive("k")) == []
    checked = await scene.do(CheckCall("c"))
    assert checked == [CallProgressed("established", audio=True)]
    assert await scene.do(HangUp("h")) == []
    await scene.until(CallEnded("ended_by_us", "200/7000"))
    with pytest.raises(CallGone):
        await scene.do(KeepAlive("k2"))
    assert await scene.do(CheckCall("c2")) == [CallEnded("failed", "404")]


async def test_a_prompt_is_stopped(scene: Scene) -> None:
    await scene.connect()
    await scene.do(PlayPrompts("p", audio=(TEXT,)))
    assert await scene.do(StopMedia("s")) == []
    finished = await scene.until(PromptFinished)
    assert isinstance(finished, PromptFinished)
    assert finished.failure is None


async def test_a_clip_is_recorded_and_fetched(scene: Scene) -> None:
    await scene.connect()
    limits = RecordCaller("r", max_length=30_000, first_sound=60_000, stop_after_silence=2_000)
    await scene.do(limits)
    await scene.act("speak", {"seconds": 3})
    finished = await scene.until(RecordingFinished)
    assert isinstance(finished, RecordingFinished)
    assert finished.stopped_by == "silence"
    clip = await scene.control.fetch(finished.location, finished.token)
    assert read_recording(clip).seconds >= 2
    with pytest.raises(Refused):
        await scene.control.fetch(finished.location, "wrong")


@pytest.mark.parametrize("outcome", ["busy", "declined", "no_answer", "failed"])
async def test_a_transfer_fails_for_the_same_reason_on_both_sides(
    scene: Scene, outcome: str
) -> None:
    await scene.connect()
    await scene.act("transfer", {"outcome": outcome, "after_ms": 100})
    await scene.do(TransferCall("x", to=Target("user", USER)))
    failed = CallProgressed("established", failure=outcome)  # type: ignore[arg-type]
    await scene.until(failed)


async def test_a_transfer_that_is_answered_ends_the_call(scene: Scene) -> None:
    await scene.connect()
    await scene.do(TransferCall("x", to=Target("user", USER)))
    await scene.until(CallEnded("transferred", "0/7015"))
    assert CallProgressed("accepted") in scene.events()
    assert not any(isinstance(event, RosterChanged) for event in scene.events())


async def test_a_dropped_request_and_a_dropped_answer_are_both_of_unknown_outcome(
    scene: Scene,
) -> None:
    await scene.connect()
    for lost, started in (("drop", 0), ("drop_answer", 1)):
        fault = {"target": "playPrompt", lost: True}
        await scene.client.post(f"{scene.sim}/sim/faults", json=fault)
        with pytest.raises(OutcomeUnknown):
            await scene.do(PlayPrompts(lost, audio=(TEXT,)))
        story = (await scene.client.get(f"{scene.sim}/sim/calls/{scene.call}")).json()
        assert len(story["operations"]) == started
    await scene.until(PromptFinished("drop_answer"))


async def test_a_token_of_another_tenant_is_refused(scene: Scene) -> None:
    await scene.place(tenant=OTHER_TENANT)
    await scene.until(CallArrived)
    with pytest.raises(Refused) as refused:
        await scene.do(AnswerCall("a"))
    assert refused.value.code == "7505"


async def test_msal_is_told_of_the_instance(scene: Scene) -> None:
    response = await scene.client.get(f"{scene.sim}/common/discovery/instance")
    found = response.json()
    home = scene.sim.replace("http://", "https://")
    assert found["tenant_discovery_endpoint"].startswith(f"{home}/common/")
    assert found["metadata"][0]["aliases"] == [home.removeprefix("https://")]
