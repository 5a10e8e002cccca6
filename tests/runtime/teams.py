"""A telephone service with a memory: what is asked of a call has its consequences, in time.

Callers answer nothing by themselves; a test presses their keys. What it has to tell is delivered
to any node that takes it, again and again until one does.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
    CheckCall,
    HangUp,
    PlayPrompts,
    RejectCall,
    StopMedia,
    TransferCall,
)
from ivr.core.events import (
    AnyEvent,
    CallArrived,
    CallEnded,
    CallProgressed,
    EndReason,
    PromptFinished,
    TonePressed,
)
from ivr.core.values import Millis
from ivr.errors import CallGone
from ivr.ports import Line
from tests.runtime.virtual import VirtualClock
from tests.runtime.world import FakeLine
from tests.universe import ARRIVAL, CALL_ID

DELAY: Millis = 40
"""From something that happens to the notification of it."""

PROMPT: Millis = 2_000
DELIVER_AGAIN_AFTER: Millis = 1_000

Deliver = Callable[[str, AnyEvent], Awaitable[bool]]


@dataclass
class _Call:
    up: bool = False
    over: bool = False
    transferring: bool = False
    tones: int = 0
    playing: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)


class Teams(FakeLine):
    """The service; `deliver` tells a node something and says whether it was taken."""

    def __init__(self, clock: VirtualClock, deliver: Deliver) -> None:
        super().__init__()
        self._clock = clock
        self._deliver = deliver
        self.calls: dict[str, _Call] = {}
        self._posts: set[asyncio.Task[None]] = set()

    def new_call(self) -> _Call:
        return _Call()

    def ring(self, call: str = CALL_ID, event: CallArrived = ARRIVAL) -> None:
        self.calls[call] = self.new_call()
        self._post(call, event)

    def press(self, key: str, call: str = CALL_ID) -> None:
        self.calls[call].tones += 1
        self._post(call, TonePressed(key, self.calls[call].tones))

    def hang_up(self, call: str = CALL_ID) -> None:
        self._end(call, "hung_up")

    async def perform(self, effect: AnyEffect, line: Line) -> Sequence[AnyEvent]:
        """The effect has its consequences at once, and is answered afterwards."""
        call = self.calls[line.call_id]
        if isinstance(effect, CheckCall):
            await super().perform(effect, line)
            return [_state(call)]
        if call.over:
            raise CallGone("gone", 404)
        self._do(line.call_id, call, effect)
        return await super().perform(effect, line)

    async def end(self) -> None:
        """Deliver nothing more."""
        for post in self._posts:
            post.cancel()
        await asyncio.gather(*self._posts, return_exceptions=True)

    def _do(self, name: str, call: _Call, effect: AnyEffect) -> None:
        match effect:
            case AnswerCall() if not call.up:
                call.up = True
                self._post(name, CallProgressed("established", audio=True))
            case PlayPrompts():
                call.heard.append("+".join(piece.name for piece in effect.audio))
                call.playing.append(effect.id)
                self._post(name, PromptFinished(effect.id), PROMPT)
            case StopMedia():
                call.playing.clear()
            case TransferCall():
                call.transferring = True
                self._post(name, CallProgressed("accepted"))
                self._end(name, "transferred", PROMPT)
            case HangUp() | RejectCall():
                self._end(name, "ended_by_us")

    def _end(self, name: str, reason: EndReason, after: Millis = 0) -> None:
        self.calls[name].over = True
        self._post(name, CallEnded(reason), after)

    def _post(self, name: str, event: AnyEvent, after: Millis = 0) -> None:
        # In a context of its own: it must not die with the node that was the cause of it.
        work = self._tell(name, event, after + DELAY)
        post = asyncio.create_task(work, context=contextvars.Context())
        self._posts.add(post)
        post.add_done_callback(self._posts.discard)

    async def _tell(self, name: str, event: AnyEvent, after: Millis) -> None:
        await self._clock.sleep(after)
        if isinstance(event, PromptFinished) and event.effect not in self.calls[name].playing:
            return
        while not await self._deliver(name, event):
            await self._clock.sleep(DELIVER_AGAIN_AFTER)


def _state(call: _Call) -> AnyEvent:
    if call.over:
        return CallEnded("failed", "404")
    if call.transferring:
        return CallProgressed("transferring", checked=True)
    return CallProgressed("established" if call.up else None, call.up or None, checked=True)
