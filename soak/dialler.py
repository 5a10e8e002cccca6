"""Somebody who has the engine call people, through the admin API: each of them once."""

from __future__ import annotations

import asyncio
import time
import uuid
from random import Random

import httpx
import msgspec
from msgspec import Struct

from soak.history import Dialled, History

EVERY = (0.5, 3.0)
TRIES = 5
AGAIN_AFTER = 1.0
CALLS = "/api/v1/calls"


class _Dialled(Struct):
    id: str


class Dialler:
    """Dials by the API, and repeats with the same key what was not answered.

    That is what the API promises to its clients: the same key places one call.
    """

    def __init__(self, client: httpx.AsyncClient, history: History, chance: Random) -> None:
        self._client = client
        self._history = history
        self._chance = chance

    async def run(self) -> None:
        """Dial now and then, until cancelled."""
        while True:
            await asyncio.sleep(self._chance.uniform(*EVERY))
            await self._dial(str(uuid.UUID(int=self._chance.getrandbits(128), version=4)))

    async def _dial(self, who: str) -> None:
        for _ in range(TRIES):
            status, call = await self._ask(who)
            self._history.add(Dialled(time.time(), who, status, call))
            if 0 < status < 500:
                return
            await asyncio.sleep(AGAIN_AFTER)

    async def _ask(self, who: str) -> tuple[int, str]:
        body = {"flow": "reminder", "inputs": {"who": who}}
        try:
            answer = await self._client.post(CALLS, json=body, headers={"Idempotency-Key": who})
        except httpx.HTTPError:
            return 0, ""
        placed = answer.status_code == 202
        call = msgspec.json.decode(answer.content, type=_Dialled).id if placed else ""
        return answer.status_code, call
