"""Real answers of business systems for a simulated call, when a tester asks for them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from ivr.business.client import HttpBusiness
from ivr.core.effects import SendRequest
from ivr.core.events import AnyEvent
from ivr.core.program import Program, State
from ivr.net.egress import GuardedResolver
from ivr.net.sender import Sender
from ivr.simulator.session import Answer, Business

TAKES = 200
"""Milliseconds of call time that a real answer is taken to have needed."""


def live(secrets: Mapping[str, str]) -> Business:
    """A business that sends requests over the network; `secrets` are for headers."""

    def answer(request: SendRequest, _: Program, __: State) -> Answer:
        return asyncio.run(_send(request, secrets)), TAKES

    return answer


async def _send(request: SendRequest, secrets: Mapping[str, str]) -> AnyEvent:
    sender = Sender(resolver=GuardedResolver)
    try:
        return await HttpBusiness(sender, secrets).send(request)
    finally:
        await sender.aclose()
