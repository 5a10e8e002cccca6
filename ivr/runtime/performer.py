"""Carries out committed effects and brings back what became of them.

Each call has three lanes (its line, its HTTP requests, its recordings). Within a lane
effects are performed one after the other; lanes do not wait for each other. What is known
afterwards goes back through the door as an event; an effect is settled when nothing more
can be learned of it here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from ivr.core.effects import AnyEffect
from ivr.core.events import AnyEvent, Arrival, EffectFailed, Failure
from ivr.core.snapshot import Snapshot
from ivr.core.values import kind_of
from ivr.errors import (
    CallGone,
    IvrError,
    NotSent,
    OutcomeUnknown,
    Refused,
    StoreUnavailable,
    Temporary,
)
from ivr.ports import CallStore, Clock

log = structlog.get_logger()

TRIES = {"recording": 8}
"""A clip that is not brought home is lost, and nobody waits on the line for it."""
TRIES_ELSEWHERE = 4
FIRST_PAUSE = 200
LONGEST_PAUSE = 5_000
STORE_PAUSE = 500
NEVER_STARTED = {"play_prompts", "record_caller"}


class Perform(Protocol):
    """Does one effect; what is known at once comes back as events."""

    async def __call__(self, effect: AnyEffect, snapshot: Snapshot) -> Sequence[AnyEvent]:
        """Raises `NotSent`, `OutcomeUnknown`, `Refused` or `CallGone`."""
        ...


@dataclass(slots=True)
class _Lane:
    """Effects of one lane, each with the call as it was when the effect was wanted."""

    waiting: deque[tuple[AnyEffect, Snapshot]] = field(default_factory=deque)
    at_work: tuple[AnyEffect, Snapshot] | None = None
    given_up: bool = False
    """Whether the effect at work is not to be tried again."""


class Performer:
    """The lanes of this node's calls."""

    def __init__(
        self,
        store: CallStore,
        clock: Clock,
        perform: Perform,
        handle: Callable[[Arrival], Awaitable[object]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._perform = perform
        self._handle = handle
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, snapshot: Snapshot, effects: Sequence[AnyEffect]) -> None:
        """Perform effects of a committed step, after those that wait already."""
        if snapshot.phase == "ended":
            self._forget_line(snapshot.call_id)
        for effect in effects:
            key = (snapshot.call_id, effect.lane)
            lane = self._lanes.get(key)
            if lane is None:
                self._lanes[key] = lane = _Lane()
                self._start(key, lane)
            lane.waiting.append((effect, snapshot))

    async def drain(self) -> None:
        """Return when nothing is left to perform."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def stop(self) -> None:
        """Drop what waits. It stays in the outbox for whoever comes next."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, key: tuple[str, str], lane: _Lane) -> None:
        task = asyncio.create_task(self._work(key, lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, key: tuple[str, str], lane: _Lane) -> None:
        try:
            while lane.waiting:
                lane.at_work, lane.given_up = lane.waiting.popleft(), False
                effect, snapshot = lane.at_work
                events = await self._outcome(effect, snapshot, lane)
                await self._tell(snapshot.call_id, events)
                self._store.settle(snapshot.call_id, effect.id)
        finally:
            self._lanes.pop(key, None)

    async def _outcome(
        self, effect: AnyEffect, snapshot: Snapshot, lane: _Lane
    ) -> Sequence[AnyEvent]:
        tries = TRIES.get(effect.lane, TRIES_ELSEWHERE)
        for attempt in range(tries):
            try:
                return await self._perform(effect, snapshot)
            except (Temporary, StoreUnavailable) as error:
                may_repeat = effect.repeatable or isinstance(error, NotSent)
                if not may_repeat or attempt == tries - 1:
                    return [_failed(effect, error)]
                log.info("effect_retried", call=snapshot.call_id, effect=kind_of(effect))
                await self._clock.sleep(_pause(attempt, getattr(error, "delay", None)))
            except IvrError as error:
                log.warning("effect_failed", call=snapshot.call_id, effect=kind_of(effect),
                            code=getattr(error, "code", ""))  # fmt: skip
                return [_failed(effect, error)]
            except Exception as fault:
                # A bug of ours must not stop the lane: the call goes on by its error exit.
                log.error("effect_fault", call=snapshot.call_id, effect=kind_of(effect),
                          fault=type(fault).__name__)  # fmt: skip
                return [_failed(effect, Refused("internal", code="fault"))]
            if lane.given_up:
                break
        return []

    async def _tell(self, call_id: str, events: Sequence[AnyEvent]) -> None:
        for event in events:
            while True:
                try:
                    await self._handle(Arrival(call_id, event))
                    break
                except StoreUnavailable:
                    await self._clock.sleep(STORE_PAUSE)
                except Exception as fault:
                    # A bug of ours must not stop the lane; the state's deadline goes on without.
                    log.error("event_fault", call=call_id, fault=type(fault).__name__)
                    break

    def _forget_line(self, call_id: str) -> None:
        """The line is down: what was wanted before is not done any more, nor tried again."""
        lane = self._lanes.get((call_id, "line"))
        if lane is None:
            return
        lane.given_up = lane.at_work is not None and _on_line(lane.at_work)
        for work in [work for work in lane.waiting if _on_line(work)]:
            lane.waiting.remove(work)
            self._store.settle(call_id, work[0].id)


def _on_line(work: tuple[AnyEffect, Snapshot]) -> bool:
    return work[1].phase != "ended"


def _pause(attempt: int, asked: float | None) -> int:
    if asked is not None:
        return min(int(asked * 1000), LONGEST_PAUSE)
    return int(min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE))


def _failed(effect: AnyEffect, error: IvrError) -> EffectFailed:
    kind = kind_of(effect)
    failure: Failure = "failed"
    if isinstance(error, CallGone):
        failure = "gone"
    elif isinstance(error, OutcomeUnknown):
        failure = "unknown"
    elif isinstance(error, NotSent) or kind in NEVER_STARTED:
        failure = "not_started"
    code = getattr(error, "code", "") or ""
    return EffectFailed(effect.id, kind, failure, str(code))
