"""The web application of a node: routes, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from ivr.server.api.app import ROOT
from ivr.server.media import Media
from ivr.server.webhook import Webhook

NONCE = re.compile(r"[0-9a-f]{32}")


def create_app(
    webhook: Webhook,
    media: Media,
    readiness: Callable[[], Awaitable[dict[str, bool]]],
    api: ASGIApp | None = None,
    keyed: Callable[[str], str] | None = None,
) -> Starlette:
    """The application; `readiness()` names what must be there before a call can be taken.

    `api` is the admin API, if there is to be one. `keyed` is a keyed hash of the service's: with
    it `GET /livez?nonce=...` proves to whoever has the key that this very service was reached.
    """

    async def livez(request: Request) -> Response:
        nonce = request.query_params.get("nonce", "")
        if keyed is None or not NONCE.fullmatch(nonce):
            return PlainTextResponse("ok")
        return PlainTextResponse(f"ok {proof(keyed, nonce)}")

    async def readyz(_: Request) -> Response:
        found = await readiness()
        return JSONResponse(found, status_code=200 if all(found.values()) else 503)

    routes: list[BaseRoute] = [
        Route("/api/calls", webhook, methods=["POST"]),
        Route("/api/calls/{key:str}", webhook, methods=["POST"]),
        Route("/media/{name:str}.wav", media.prompt, methods=["GET"]),
        Route("/recordings/{name:str}.wav", media.recording, methods=["GET"]),
        Route("/livez", livez, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
    ]
    if api is not None:
        routes.append(Mount(ROOT, app=api))
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    return app


def proof(keyed: Callable[[str], str], nonce: str) -> str:
    """What only a holder of the service's key can answer to a nonce (32 hex digits)."""
    # No call has such an id, so this is no call's callback key.
    return keyed(f"livez {nonce}")
