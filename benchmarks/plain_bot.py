"""The bot that one would write by hand: Starlette, httpx, and nothing kept.

It answers every call, welcomes it, plays a menu, and transfers at the first key. It verifies no
token, remembers no call, and writes nothing: the least that can be done, beside which an engine's
work is measured. Run as `python -m benchmarks.plain_bot GRAPH PORT TOKEN {httpx,aiohttp}`.
"""

from __future__ import annotations

import sys
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ivr.net.transport import HonestTransport


class PlainBot:
    """Reacts to notifications before it acknowledges them."""

    def __init__(self, graph: str, me: str, client: httpx.AsyncClient) -> None:
        self._graph = graph
        self._me = me
        self._client = client

    async def notified(self, request: Request) -> Response:
        """The webhook."""
        for entry in (await request.json())["value"]:
            await self._react(entry["resourceUrl"], entry["resourceData"])
        return Response(status_code=202)

    async def _react(self, path: str, resource: dict[str, Any]) -> None:
        if resource.get("state") == "incoming":
            await self._answer(path)
        elif "toneInfo" in resource:
            await self._command(path, "cancelMediaProcessing", {"clientContext": "cancel"})
            await self._transfer(path)
        elif "mediaState" in resource:
            await self._command(path, "subscribeToTone", {"clientContext": "tones"})
            await self._play(path, "welcome")
        elif resource.get("clientContext") == "welcome":
            await self._play(path.partition("/operations")[0], "menu")

    async def _answer(self, path: str) -> None:
        media = {"@odata.type": "#microsoft.graph.serviceHostedMediaConfig"}
        body = {"callbackUri": f"{self._me}/api/calls", "acceptedModalities": ["audio"]}
        await self._command(path, "answer", {**body, "mediaConfig": media})

    async def _play(self, path: str, name: str) -> None:
        media = {
            "@odata.type": "#microsoft.graph.mediaInfo",
            "uri": f"{self._me}/media/{name}.wav",
            "resourceId": name,
        }
        prompt = {"@odata.type": "#microsoft.graph.mediaPrompt", "mediaInfo": media}
        await self._command(path, "playPrompt", {"clientContext": name, "prompts": [prompt]})

    async def _transfer(self, path: str) -> None:
        user = {
            "@odata.type": "#microsoft.graph.identity",
            "id": "00000000-0000-4000-8000-000000000003",
        }
        target = {
            "@odata.type": "#microsoft.graph.invitationParticipantInfo",
            "identity": {"@odata.type": "#microsoft.graph.identitySet", "user": user},
        }
        await self._command(path, "transfer", {"transferTarget": target})

    async def _command(self, path: str, action: str, body: dict[str, Any]) -> None:
        answer = await self._client.post(f"{self._graph}{path}/{action}", json=body)
        answer.raise_for_status()


async def ready(_: Request) -> Response:
    """`GET /readyz`."""
    return Response()


def main(graph: str, port: int, token: str, transport: str) -> None:
    """Serve until SIGTERM."""
    # A patient client: at httpx's own limit of 5 s its default pool would drop most calls.
    client = httpx.AsyncClient(
        transport=HonestTransport() if transport == "aiohttp" else None,
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )
    bot = PlainBot(graph, f"http://127.0.0.1:{port}", client)
    routes = [
        Route("/api/calls", bot.notified, methods=["POST"]),
        Route("/readyz", ready),
    ]
    uvicorn.run(Starlette(routes=routes), port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
