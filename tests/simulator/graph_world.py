"""A simulated Graph and a little bot beside it, on one event loop and without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ivr.simulator.graph.app import GraphServer, Options, create_app
from ivr.simulator.phone.rules import Rules
from ivr.speech.wav import build

APP_ID = "0efc74f7-41c3-47a4-8775-7259bfef4241"
TENANT = "1fdd12d0-4620-44ed-baec-459b611f84b2"
OTHER_TENANT = "22222222-4620-44ed-baec-459b611f84b2"
USER = "550fae72-d251-43ec-868c-373732c2704f"
RECEPTION = {"kind": "instance", "id": "55555555-5555-4555-8555-555555555555"}
"""Who is called there can reach telephones."""

BOT = "https://bot.example"
SIM = "http://127.0.0.1:8099"
FAST = Options(speed=100.0, rules=Rules(answer_within=600_000))
"""A hundred times as fast as life, but patient with a bot on a busy machine."""
PATIENCE = 5.0
CALLS = "/v1.0/communications/calls"

HOSTED = {"@odata.type": "#microsoft.graph.serviceHostedMediaConfig"}
ANSWER = {
    "callbackUri": f"{BOT}/cb/k1",
    "acceptedModalities": ["audio"],
    "mediaConfig": HOSTED,
}

Json = dict[str, Any]


def wav(seconds: float) -> bytes:
    """A file that Graph plays."""
    return build(b"\1\0" * int(16_000 * seconds))


def prompt(name: str, resource: str | None = None) -> Json:
    """One prompt of the bot's own."""
    info = {"uri": f"{BOT}/media/{name}.wav", **({"resourceId": resource} if resource else {})}
    return {"@odata.type": "#microsoft.graph.mediaPrompt", "mediaInfo": info}


def target(key: str = "user", party: str = USER, **more: object) -> Json:
    """Somebody to be rung."""
    return {"identity": {key: {"id": party}}, **more}


def outgoing(**more: object) -> Json:
    """A call that the bot places."""
    return {
        "@odata.type": "#microsoft.graph.call",
        "callbackUri": f"{BOT}/cb/out",
        "requestedModalities": ["audio"],
        "mediaConfig": HOSTED,
        "targets": [target()],
        **more,
    }


def result(code: int, subcode: int) -> Json:
    """What a resultInfo says."""
    return {"code": code, "subcode": subcode}


def got(resource: Json) -> Json:
    """What the resultInfo of a resource says."""
    info = resource["resultInfo"]
    assert info["@odata.type"] == "#microsoft.graph.resultInfo"
    return {"code": info["code"], "subcode": info["subcode"]}


def error(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a Graph error body, whose form is checked too."""
    body = response.json()["error"]
    assert set(body) == {"code", "message", "innerError"}
    assert set(body["innerError"]) == {"date", "request-id", "client-request-id"}
    assert body["innerError"]["request-id"] == response.headers["request-id"]
    return response.status_code, body["code"]


def without(body: Json, member: str) -> Json:
    """The body without one member."""
    return {key: value for key, value in body.items() if key != member}


@dataclass
class Bot:
    """Keeps what it is sent, serves prompts, and replies 202 unless told otherwise.

    Without `reads` it keeps only the bytes of posts.
    """

    media: dict[str, bytes] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    posts: list[tuple[str, httpx.Headers, Json]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    reads: bool = True
    replies: list[int | tuple[int, str]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self) -> Starlette:
        """The bot as an ASGI application."""
        return Starlette(
            routes=[
                Route("/media/{name}.wav", self._serve, methods=["GET"]),
                Route("/{path:path}", self._notified, methods=["POST"]),
            ]
        )

    @property
    def notices(self) -> list[Json]:
        """All notifications in the order of their arrival; those of legacy form are left out."""
        return [notice for _, _, body in self.posts for notice in body.get("value", [])]

    def calls(self, **members: object) -> list[Json]:
        """The call resources of notifications that have these members."""
        found = [notice["resourceData"] for notice in self.notices]
        return [one for one in found if isinstance(one, dict) and members.items() <= one.items()]

    async def until(self, ready: Callable[[], object]) -> None:
        """Wait until it is so, a few seconds at most."""
        async with asyncio.timeout(PATIENCE):
            while not ready():
                self.changed.clear()
                await self.changed.wait()

    async def _serve(self, request: Request) -> Response:
        name = request.path_params["name"]
        self.fetched.append(name)
        self.changed.set()
        if name not in self.media:
            return Response(status_code=404)
        return Response(self.media[name], media_type="audio/wav")

    async def _notified(self, request: Request) -> Response:
        headers = httpx.Headers(dict(request.headers))
        self.raw.append(await request.body())
        if self.reads:
            self.posts.append((request.url.path, headers, await request.json()))
        self.changed.set()
        reply = self.replies.pop(0) if self.replies else 202
        status, where = reply if isinstance(reply, tuple) else (reply, "")
        return Response(status_code=status, headers={"location": where} if where else None)


@dataclass
class World:
    """A simulator, a bot, and a client with a token for the bot's tenant."""

    server: GraphServer
    bot: Bot
    client: httpx.AsyncClient
    routes: list[tuple[str, str]]

    async def token(self, tenant: str = TENANT) -> str:
        """A fresh access token."""
        form = {
            "grant_type": "client_credentials",
            "client_id": APP_ID,
            "client_secret": "s",
            "scope": "https://graph.microsoft.com/.default",
        }
        response = await self.client.post(f"/{tenant}/oauth2/v2.0/token", data=form)
        return str(response.json()["access_token"])

    async def act(self, call: str, action: str, body: Json | None = None) -> httpx.Response:
        """An action on a call."""
        return await self.client.post(f"{CALLS}/{call}/{action}", json={} if body is None else body)

    async def sim(self, path: str, body: Json | None = None, status: int = 200) -> Json:
        """One of the simulator's own controls."""
        if body is None:
            response = await self.client.get(f"/sim/{path}")
        else:
            response = await self.client.post(f"/sim/{path}", json=body)
        assert response.status_code == status, response.text
        answer: Json = response.json()
        return answer

    async def ring(self, **asked: object) -> str:
        """A caller rings; returns when the bot knows."""
        call = str((await self.sim("calls", dict(asked), 201))["id"])
        await self.bot.until(lambda: self.bot.calls(state="incoming", id=call))
        return call

    async def connect(self, **asked: object) -> str:
        """A call with audio."""
        call = await self.ring(**asked)
        response = await self.act(call, "answer", ANSWER)
        assert response.status_code == 202, response.text
        await self.bot.until(lambda: self.audible(call))
        return call

    def audible(self, call: str) -> bool:
        """Whether the bot was told of audio on that call."""
        return any(
            call in notice["resourceUrl"]
            and (notice["resourceData"].get("mediaState") or {}).get("audio") == "active"
            for notice in self.bot.notices
            if isinstance(notice["resourceData"], dict)
        )

    async def ended(self, operation: str) -> Json:
        """The notification with which an operation ended."""

        def found() -> list[Json]:
            return [
                notice["resourceData"]
                for notice in self.bot.notices
                if notice["resourceUrl"].endswith(f"/operations/{operation}")
            ]

        await self.bot.until(found)
        assert len(found()) == 1
        return found()[0]

    async def down(self, call: str) -> Json:
        """The notification with which a call ended."""

        def found() -> list[Json]:
            return [
                notice
                for notice in self.bot.notices
                if notice["changeType"] == "deleted" and notice["resourceUrl"].endswith(call)
            ]

        await self.bot.until(found)
        data: Json = found()[0]["resourceData"]
        return data


def routes_of(app: Starlette) -> list[tuple[str, str]]:
    """The addresses of an application, each with its method."""
    routes = [route for route in app.routes if isinstance(route, Route)]
    return [
        (route.path, method)
        for route in routes
        for method in sorted(route.methods or ())
        if method != "HEAD"
    ]


@asynccontextmanager
async def world(options: Options = FAST, **rules: int | bool) -> AsyncIterator[World]:
    """A world with these options, and rules that differ from the usual ones."""
    if rules:
        options = replace(options, rules=replace(options.rules, **rules))
    bot = Bot()
    outward = httpx.AsyncClient(transport=httpx.ASGITransport(app=bot.app()))
    app = create_app(f"{BOT}/api/calls", APP_ID, TENANT, options=options, client=outward)
    inward = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=inward, base_url=SIM) as client:
        here = World(app.state.graph, bot, client, routes_of(app))
        client.headers["Authorization"] = f"Bearer {await here.token()}"
        try:
            yield here
        finally:
            await here.server.close()
