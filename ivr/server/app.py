"""The web application of a node: routes, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ivr.server.media import Media
from ivr.server.webhook import Webhook


def create_app(
    webhook: Webhook, media: Media, readiness: Callable[[], Awaitable[dict[str, bool]]]
) -> Starlette:
    """The application; `readiness()` names what must be there before a call can be taken."""

    async def livez(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_: Request) -> Response:
        found = await readiness()
        return JSONResponse(found, status_code=200 if all(found.values()) else 503)

    routes = [
        Route("/api/calls", webhook, methods=["POST"]),
        Route("/api/calls/{key:str}", webhook, methods=["POST"]),
        Route("/media/{name:str}.wav", media.prompt, methods=["GET"]),
        Route("/recordings/{name:str}.wav", media.recording, methods=["GET"]),
        Route("/livez", livez, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
    ]
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    return app
