"""What a node has beside Graph and the store: business systems, a voice, a shelf for recordings."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import blake2b

from ivr.core.effects import SendRequest
from ivr.core.events import AnyEvent, HttpAnswered, HttpFailed
from ivr.core.values import Millis
from ivr.simulator.trials.chance import Chance
from ivr.simulator.trials.entries import Asked, ClipKept
from ivr.simulator.trials.faults import Faults
from ivr.simulator.trials.gateway import Caller
from ivr.simulator.trials.history import History
from ivr.simulator.trials.loop import VirtualLoop

VERDICTS = ("good", "bad", "so-so")
ODD = ("", "null", "[", '{"balance": "much"}', "<html>no</html>")


class Business:
    """The `BusinessSystem` of one node: it knows what the flows of the trials ask for.

    `number` gives each request of a call a place of its own.
    """

    def __init__(
        self, loop: VirtualLoop, history: History, chance: Chance, faults: Faults, node: Caller,
        number: Callable[[str], str],
    ) -> None:  # fmt: skip
        self._number = number
        self._loop = loop
        self._history = history
        self._chance = chance
        self._faults = faults
        self._node = node
        self.down = False

    async def send(self, request: SendRequest) -> AnyEvent:
        """See `BusinessSystem`."""
        call = request.id.partition(".")[0]
        place = self._number(f"{call} asks")
        await self._node.crash_point("crash_before_send", place)
        self._history.add(
            Asked(
                self._loop.now, self._node.label, call, request.id, request.method, request.url,
                request.body,
            )
        )  # fmt: skip
        event = await self._answer(request, place)
        await self._node.crash_point("crash_before_record", place)
        return event

    async def _answer(self, request: SendRequest, place: str) -> AnyEvent:
        if self.down or self._faults.strikes("business_silent", place):
            await self._loop.sleep(request.timeout * 1_000)
            return HttpFailed(request.id, timeout=True)
        length = self._chance.lasts(5, 1_800, f"business {place}")
        await self._loop.sleep(length * 1_000)
        if self._faults.strikes("business_failed", place):
            return HttpAnswered(request.id, 500, "")
        if self._faults.strikes("business_odd", place):
            return HttpAnswered(request.id, 200, self._chance.pick(ODD, place))
        if self._chance.happens(0.1, f"not found {place}"):
            return HttpAnswered(request.id, 404, "{}")
        body = {"balance": 12.5, "verdict": self._chance.pick(VERDICTS, f"verdict {place}")}
        return HttpAnswered(request.id, 200, json.dumps(body))


class Voice:
    """Stands where `ivr.speech.library.AudioLibrary` stands: every text can be spoken."""

    async def render_private(self, text: str, language: str) -> bytes:
        """A text that holds a caller's data."""
        return f"{language} {text}".encode()


class Shelf:
    """Stands where `ivr.runtime.recordings.Recordings` stands; all nodes of a run share it."""

    def __init__(self, loop: VirtualLoop, history: History, size: int) -> None:
        self._loop = loop
        self._history = history
        self._size = size
        self._count = 0

    def of(self, node: Caller, starts_at: Millis) -> NodeShelf:
        """The shelf as one node has it."""
        return NodeShelf(self, node, starts_at)

    def put(self, node: Caller, call_id: str, clip: bytes, expires: Millis) -> str:
        """Keep a clip; its name."""
        self._count += 1
        name = blake2b(b"%d" % self._count + clip, digest_size=16).hexdigest()
        place = clip.partition(b"\n")[0].decode()
        self._history.add(
            ClipKept(
                self._loop.now, node.label, call_id, place, name, len(clip), self._size, expires
            )
        )
        return name


class NodeShelf:
    """One node's way to the shelf."""

    def __init__(self, shelf: Shelf, node: Caller, starts_at: Millis) -> None:
        self._shelf = shelf
        self._node = node
        self._starts_at = starts_at

    async def keep(self, call_id: str, clip: bytes, seconds: float, keep_for: Millis) -> str:
        """Store a clip; its name."""
        place = clip.partition(b"\n")[0].decode()
        await self._node.crash_point("crash_before_write", f"clip {call_id} {place}")
        now = self._starts_at + self._shelf._loop.now // 1_000
        name = self._shelf.put(self._node, call_id, clip, now + keep_for)
        await self._node.crash_point("crash_after_write", f"clip {call_id} {place}")
        return name
