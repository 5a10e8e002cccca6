"""A small trial of the real webhook: posts of every form to a real node, on virtual time."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from msgspec.structs import replace

from ivr.graph.auth import Rejected, Verified
from ivr.runtime.leg_keys import PlacedLeg
from ivr.server.webhook import Webhook
from ivr.simulator.trials.entries import Committed, Delivered
from ivr.simulator.trials.findings import Answered, Posted
from ivr.simulator.trials.history import History
from ivr.simulator.trials.network import DELIVERY
from ivr.simulator.trials.node import Node
from ivr.simulator.trials.parts import TENANT, callback_key
from ivr.simulator.trials.plan import plan_of
from ivr.simulator.trials.world import World, silence

CALLS = tuple(f"0d81f67a-d34c-4c1f-81a2-f3ab768d2c{number:02}" for number in range(3))
FORMS = (
    "incoming", "incoming", "established", "terminated", "tone", "tone", "unknown", "unknown",
    "legacy", "empty", "broken", "stranger", "stranger", "deep", "wrong key",
)  # fmt: skip
POSTS = 30
Message = MutableMapping[str, Any]


class Bouncer:
    """A verifier that knows one token."""

    async def verify(self, authorization: list[str]) -> Verified | Rejected:
        if authorization == ["Bearer good"]:
            return Verified(TENANT, "https://api.botframework.com", 2**40)
        return Rejected("signature")


class Posts:
    """Posts to one node; `history` has each of them and its answer."""

    def __init__(self, seed: int) -> None:
        self.world = World(replace(plan_of(seed, "none"), calls=(), nodes=1))
        self.history: History = self.world.history
        self._number = 0

    def run(self) -> History:
        """Post one thing after the other."""
        with silence():
            self.world.loop.run(self._script())
            self.world.loop.close()
        return self.history

    async def _script(self) -> None:
        self.world.cluster.begin(self.world.shared())
        await self.world.loop.sleep(100_000)
        (node,) = self.world.cluster.nodes.values()
        webhook = self._webhook(node)
        for number in range(POSTS):
            form = self.world.chance.pick(FORMS, f"post {number}")
            call = self.world.chance.pick(CALLS, f"call {number}")
            await self._post(webhook, form, call)

    def _webhook(self, node: Node) -> Webhook:
        async def reconcile(key: str, placed: PlacedLeg | None) -> bool:
            await node.reconcile(placed.call_id if placed else key, placed.leg if placed else "")
            return True

        return Webhook(
            Bouncer(), node.receive, lambda call, key: callback_key(call) == key, reconcile,
            lambda kind, text: None,
        )  # fmt: skip

    async def _post(self, webhook: Webhook, form: str, call: str) -> None:
        self._number += 1
        now, body = self.world.loop.now, body_of(form, call, self._number)
        kind = form if form in ("unknown", "legacy") else "genuine"
        authentic = form != "stranger"
        self.history.add(Posted(now, self._number, call, authentic, kind, self._lives(call)))
        self.history.add(Delivered(now, self._number, self._number, call, "n1#1"))
        headers = [(b"authorization", b"Bearer good" if authentic else b"Bearer bad")]
        path = {"key": "0" * 32} if form == "wrong key" else {}
        token = DELIVERY.set(self._number)
        try:
            status = await post(webhook, body, headers, path)
        finally:
            DELIVERY.reset(token)
        self.history.add(Answered(self.world.loop.now, self._number, status))

    def _lives(self, call: str) -> bool:
        """Whether something can be applied to a call."""
        steps = [each for each in self.history.of(Committed) if each.call == call]
        return bool(steps) and not steps[-1].snapshot.closed


async def post(
    webhook: Callable[..., Awaitable[None]],
    body: bytes,
    headers: list[tuple[bytes, bytes]],
    path: dict[str, str],
) -> int:
    """One request by ASGI; its status."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/api/calls", "headers": headers,
        "query_string": b"", "path_params": path,
    }  # fmt: skip
    await webhook(scope, receive, send)
    return int(sent[0]["status"])


def body_of(form: str, call: str, number: int) -> bytes:
    """What is posted."""
    if form in ("broken", "deep", "empty"):
        return {"broken": b'{"value": [', "deep": b"[" * 5_000, "empty": b""}[form]
    if form == "legacy":
        told: dict[str, object] = {"id": call, "callState": "incoming", "participants": []}
        return json.dumps(told).encode()
    entries = [entry(form, call, number)]
    if form == "unknown":
        odd = {"@odata.type": "#microsoft.graph.weather", "wind": 3}
        entries = [
            {**entry("tone", call, number), "resourceData": odd},
            entry("tone", call, number),
        ]
    return json.dumps({"value": entries}).encode()


def entry(form: str, call: str, number: int) -> dict[str, object]:
    """One notification of a post."""
    state = {"stranger": "incoming", "wrong key": "established"}.get(form, form)
    resource: dict[str, object] = {"@odata.type": "#microsoft.graph.call", "state": state}
    if form == "tone":
        resource["state"] = "established"
        resource["toneInfo"] = {"sequenceId": number, "tone": "tone1"}
    address = f"/communications/calls/{call}"
    return {"changeType": "updated", "resourceUrl": address, "resourceData": resource}
