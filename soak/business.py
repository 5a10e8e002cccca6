"""The company's systems, as one application: they hand out experts, and take notes.

Every wish has a number of its own within its call, so one that is carried out twice shows. Nobody
is handed out twice: so is a transfer that is.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from random import Random

import msgspec
from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from soak.history import Asked, History

VERDICTS = ("yes", "yes", "no", "elsewhere")
SLOW = 0.15
FAILS = 0.1


class _Wish(Struct):
    call: str
    visit: int


class Business:
    """The systems; at times slow, at times out of order."""

    def __init__(self, history: History, chance: Random) -> None:
        self._history = history
        self._chance = chance

    def app(self) -> Starlette:
        """The application."""
        return Starlette(
            routes=[
                Route("/verdict", self._verdict, methods=["GET"]),
                Route("/{purpose}", self._wish, methods=["POST"]),
            ]
        )

    async def _verdict(self, _: Request) -> Response:
        await self._work()
        verdict = self._chance.choice(VERDICTS)
        return JSONResponse({"verdict": verdict, "target": self._somebody()})

    async def _wish(self, request: Request) -> Response:
        wish = msgspec.json.decode(await request.body(), type=_Wish, strict=False)
        purpose = request.path_params["purpose"]
        self._history.add(Asked(time.time(), wish.call, purpose, wish.visit))
        await self._work()
        if self._chance.random() < FAILS:
            return Response(status_code=self._chance.choice((404, 500)))
        return JSONResponse({"target": self._somebody()})

    async def _work(self) -> None:
        slow = self._chance.random() < SLOW
        await asyncio.sleep(self._chance.uniform(0.3, 2.0) if slow else 0.01)

    def _somebody(self) -> str:
        return f"user:{uuid.UUID(int=self._chance.getrandbits(128), version=4)}"
