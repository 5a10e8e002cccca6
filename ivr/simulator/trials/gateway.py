"""One node's way to Graph: slow, lossy and lying, as the faults have it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from ivr.core.effects import AnyEffect
from ivr.core.events import AnyEvent
from ivr.core.values import kind_of
from ivr.errors import CallGone, Fenced, IvrError, NotSent, OutcomeUnknown, Refused, Temporary
from ivr.graph.encode import encode
from ivr.ports import Line
from ivr.simulator.trials.chance import Chance
from ivr.simulator.trials.entries import Learned, Outcome, Sent
from ivr.simulator.trials.faults import Faults
from ivr.simulator.trials.history import History
from ivr.simulator.trials.loop import SECOND, Micros, VirtualLoop
from ivr.simulator.trials.service import Answer, Service

PATIENCE: Micros = 10 * SECOND
"""How long the adapter waits for an answer (`ivr.net.sender`)."""

NOT_DONE = ("request_unreachable", "request_throttled", "request_failed", "request_lost")
FATES = (*NOT_DONE, "answer_failed", "answer_lost", "answer_late", "request_slow", "request_hung")
CLIP = 24_000
"""Bytes of a recording."""


class Caller(Protocol):
    """The node that asks."""

    name: str
    label: str
    graph_cut: bool

    @property
    def may_send(self) -> bool:
        """What `ivr.runtime.leased` asks before a request leaves: whether the lease is fresh."""
        ...

    async def crash_point(self, fault: str, place: str) -> None:
        """Die here, if the faults say so: then it never returns."""
        ...

    def crash(self) -> None:
        """Die now."""
        ...


class Wire:
    """What all nodes' ways to Graph have in common."""

    def __init__(
        self, loop: VirtualLoop, history: History, chance: Chance, faults: Faults, service: Service
    ) -> None:
        self.loop = loop
        self.history = history
        self.chance = chance
        self.faults = faults
        self.service = service
        self.down = False
        self.underway = 0
        """Requests that were sent and have not come to Graph yet."""

        self._requests = 0
        self._tries: dict[str, int] = {}

    def next_request(self, effect: str) -> tuple[int, str]:
        """The number of a request, and its place: the effect and how often it was tried."""
        self._requests += 1
        tries = self._tries[effect] = self._tries.get(effect, 0) + 1
        return self._requests, f"{effect}/{tries}"

    def fate(self, place: str) -> str:
        """The fault that strikes a request, "" for none."""
        return self.faults.one_of(FATES, place)


class Gateway:
    """The `CallControl` of one node."""

    def __init__(self, wire: Wire, node: Caller) -> None:
        self._wire = wire
        self._node = node

    async def perform(self, effect: AnyEffect, line: Line) -> Sequence[AnyEvent]:
        """See `CallControl`."""
        wire = self._wire
        request = encode(effect, line, wire.service.moment() // 1_000)
        number, place = wire.next_request(effect.id)
        call = effect.id.partition(".")[0]
        await self._node.crash_point("crash_before_send", place)
        if not self._node.may_send:
            raise Fenced
        body = request.method.encode() + b" " + request.path.encode() + b"\n"
        sounds = tuple((sound.uri, sound.resource_id) for sound in line.sounds)
        wire.history.add(
            Sent(
                wire.loop.now, number, self._node.label, call, effect, kind_of(effect),
                body + (request.body or b""), sounds,
            )
        )  # fmt: skip
        answer = await self._exchange(effect, line, number, place, call)
        await self._node.crash_point("crash_before_record", place)
        outcome = _outcome(answer)
        wire.history.add(
            Learned(
                wire.loop.now, number, self._node.label, call, effect.id, kind_of(effect), outcome
            )
        )
        if isinstance(answer, IvrError):
            raise answer
        return answer

    async def fetch(self, location: str, token: str) -> bytes:
        """See `CallControl`."""
        wire = self._wire
        _, place = wire.next_request(location)
        await wire.loop.sleep(wire.chance.lasts(20, 900, f"fetch {place}") * 1_000)
        if self._node.graph_cut or wire.down or wire.faults.strikes("clip_cut", place):
            raise Temporary("The recording came only in part.")
        if wire.faults.strikes("clip_not_given", place):
            raise Refused("The recording was not given.", 403)
        return (location.encode() + b"\n").ljust(CLIP, b"\0")

    async def _exchange(
        self, effect: AnyEffect, line: Line, number: int, place: str, call: str
    ) -> Answer:
        wire = self._wire
        if self._node.graph_cut or wire.down:
            return await self._unanswered(place)
        fate = wire.fate(place)
        if fate in NOT_DONE:
            return await self._not_done(fate, place)
        there = wire.chance.lasts(5, 60, f"there {place}") * 1_000
        back = wire.chance.lasts(5, 60, f"back {place}") * 1_000
        if fate == "request_slow":
            there = wire.chance.between(1_000, 9_000, f"slow {place}") * 1_000
        elif fate == "request_hung":
            there = PATIENCE + wire.chance.between(0, 10, f"hung {place}") * SECOND
        elif fate == "answer_late":
            back = wire.chance.between(500, 9_000, f"late {place}") * 1_000
        reply: asyncio.Future[Answer] = wire.loop.create_future()
        wire.underway += 1
        wire.loop.after(there, self._arrive, effect, line, number, place, call, back, fate, reply)
        if fate in ("answer_lost", "request_hung"):
            await wire.loop.sleep(PATIENCE)
            return OutcomeUnknown("Graph did not answer in time.", late=True)
        answer = await reply
        return OutcomeUnknown("Graph answered 500.") if fate == "answer_failed" else answer

    def _arrive(
        self, effect: AnyEffect, line: Line, number: int, place: str, call: str, back: Micros,
        fate: str, reply: asyncio.Future[Answer],
    ) -> None:  # fmt: skip
        """The request is there, whatever has become of the node that sent it."""
        wire = self._wire
        wire.underway -= 1
        answer = wire.service.ask(effect, line, number, call)
        if wire.faults.strikes("crash_before_answer", place):
            self._node.crash()
        if fate not in ("answer_lost", "request_hung"):
            wire.loop.after(back, _give, reply, answer)

    async def _unanswered(self, place: str) -> Answer:
        """Graph is out of reach: either that shows at once, or nobody answers."""
        wire = self._wire
        if wire.chance.happens(0.7, f"unreachable {place}"):
            await wire.loop.sleep(50_000)
            return NotSent("Graph cannot be connected to.")
        await wire.loop.sleep(PATIENCE)
        return OutcomeUnknown("Graph did not answer in time.", late=True)

    async def _not_done(self, fate: str, place: str) -> Answer:
        wire = self._wire
        await wire.loop.sleep(PATIENCE if fate == "request_lost" else 40_000)
        if fate == "request_unreachable":
            return NotSent("Graph cannot be connected to.")
        if fate == "request_throttled":
            return NotSent("Graph answered 429.", wire.chance.draw(f"later {place}") * 8)
        return OutcomeUnknown("Nobody knows.", late=fate == "request_lost")


def _give(reply: asyncio.Future[Answer], answer: Answer) -> None:
    if not reply.done():
        reply.set_result(answer)


def _outcome(answer: Answer) -> Outcome:
    if isinstance(answer, CallGone):
        return "gone"
    if isinstance(answer, Refused):
        return "refused"
    if isinstance(answer, NotSent):
        return "not_sent"
    if isinstance(answer, OutcomeUnknown):
        return "unknown"
    return "fault" if isinstance(answer, IvrError) else "ok"
