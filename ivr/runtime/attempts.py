"""How often one effect is tried, and what may be said of it in the end.

Three things can become of a request: it was never sent, it was answered, or nobody knows. What was
never sent is sent again. What may have been carried out is sent again only where that does no
harm: to answer and to hang up only after the service has said that the call still waits for it.
Everything else of which nobody knows comes back as `unknown`, and the call settles it by waiting
and asking, never by repeating.

Pauses have full jitter, so that calls that failed together do not come back together
(https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/). A time that
the service asks for is kept, as far as a caller can wait for it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

import structlog

from ivr.core.effects import AnswerCall, AnyEffect, CheckCall, FetchRecording, HangUp, KeepAlive
from ivr.core.events import AnyEvent, CallEnded, CallProgressed, EffectFailed, Failure
from ivr.core.snapshot import Snapshot
from ivr.core.values import Millis, kind_of
from ivr.errors import (
    CallGone,
    IvrError,
    NotSent,
    OutcomeUnknown,
    Refused,
    StoreUnavailable,
    Temporary,
)
from ivr.ports import Clock
from ivr.runtime.lanes import Work
from ivr.runtime.lease import Holding

FIRST_PAUSE: Millis = 400
ALARM_AFTER: Millis = 10 * 60_000
"""A call was kept alive a quarter of an hour before; in twenty minutes more it is lost."""

NEVER_STARTED = {"play_prompts", "record_caller"}

log = structlog.get_logger()


class Patience(NamedTuple):
    """How often something is tried, and the longest pause before it is tried again."""

    tries: int
    longest: Millis


WHILE_SOMEBODY_LISTENS = Patience(4, 5_000)
PATIENCE = {
    # An unkept call is lost, and a dead one costs money; both wait in lanes where they delay
    # nobody, so they outlast ten minutes of a service that has no time for us.
    KeepAlive: Patience(60, 30_000),
    HangUp: Patience(60, 30_000),
    # A clip that is not brought home is lost, and nobody waits on the line for it.
    FetchRecording: Patience(8, 5_000),
}


class Perform(Protocol):
    """Does one effect; what is known at once comes back as events."""

    async def __call__(self, effect: AnyEffect, snapshot: Snapshot) -> Sequence[AnyEvent]:
        """Raises `NotSent`, `OutcomeUnknown`, `Refused` or `CallGone`.

        `StoreUnavailable` tells that nothing was sent as well.
        """
        ...


class Attempts:
    """Tries effects until they are done, or it is known that they will not be.

    Before each attempt the node's lease must be fresh, and before another one the call must still
    want the effect: other nodes may have moved it on. `chance` gives numbers from 0 to 1.
    """

    def __init__(
        self,
        clock: Clock,
        perform: Perform,
        lease: Holding,
        wanted: Callable[[Work], Awaitable[bool]],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._clock = clock
        self._perform = perform
        self._lease = lease
        self._wanted = wanted
        self._chance = chance

    async def outcome(self, work: Work) -> Sequence[AnyEvent]:
        """What became of an effect; nothing when it is too late for it. Never raises."""
        patience = PATIENCE.get(type(work.effect), WHILE_SOMEBODY_LISTENS)
        alarm_at = self._clock.now() + ALARM_AFTER
        error: IvrError = OutcomeUnknown()
        for attempt in range(patience.tries):
            if work.doubtful and not work.effect.repeatable:
                break
            if attempt:
                await self._pause(work, attempt, error, patience.longest)
                alarm_at = self._raise_alarm(work, alarm_at)
            await self._lease.held()
            if work.too_late:
                return []
            try:
                if attempt and not await self._wanted(work):
                    return []
                return await self._attempt(work)
            except (Temporary, StoreUnavailable) as failed:
                error = failed
                # The store is asked before anything is sent.
                work.doubtful |= isinstance(error, Temporary) and not isinstance(error, NotSent)
            except Exception as fault:
                return [_given_up(work, fault)]
        return [_failed(work, error)]

    async def _attempt(self, work: Work) -> Sequence[AnyEvent]:
        if not work.doubtful or not isinstance(work.effect, AnswerCall | HangUp):
            return await self._perform(work.effect, work.snapshot)
        told = await self._look(work)
        if not _still_wants(work.effect, told) or not await self._wanted(work):
            return told
        work.doubtful = False
        return await self._repeat(work)

    async def _repeat(self, work: Work) -> Sequence[AnyEvent]:
        """Once more. It may be refused because the request before has arrived since the look."""
        try:
            return await self._perform(work.effect, work.snapshot)
        except CallGone:
            raise
        except Refused as error:
            raise OutcomeUnknown(str(error)) from None

    async def _look(self, work: Work) -> Sequence[AnyEvent]:
        """How the call is now. Raises `Temporary` where the service does not say."""
        look = CheckCall(id=f"{work.effect.id}.look", leg=work.effect.leg)
        try:
            return await self._perform(look, work.snapshot)
        except CallGone as error:
            return [CallEnded("failed", error.code or "gone", work.effect.leg)]
        except Refused as error:
            raise OutcomeUnknown(str(error)) from None

    async def _pause(self, work: Work, attempt: int, error: IvrError, longest: Millis) -> None:
        asked = getattr(error, "delay", None)
        length = self._chance() * min(FIRST_PAUSE * 2 ** (attempt - 1), longest)
        if asked is not None and asked > 0:
            # No delay is too long for an integer: `longest` seconds are a thousand times too long.
            wanted = math.ceil(min(asked, longest) * 1000)
            length = min(wanted, longest) + self._chance() * FIRST_PAUSE
        log.info("effect_retried", call=work.snapshot.call_id, effect=kind_of(work.effect))
        await self._clock.sleep(int(length))

    def _raise_alarm(self, work: Work, at: Millis) -> Millis:
        """Tell people while there is time; when to do so again."""
        if not isinstance(work.effect, KeepAlive) or self._clock.now() < at:
            return at
        log.error("keep_alive_failing", call=work.snapshot.call_id)
        return at + ALARM_AFTER


def _still_wants(effect: AnyEffect, told: Sequence[AnyEvent]) -> bool:
    """Whether the effect was not carried out, by what the service says of the call."""
    if any(isinstance(event, CallEnded) for event in told):
        return False
    moves = {event.progress for event in told if isinstance(event, CallProgressed)} - {None}
    return not moves if isinstance(effect, AnswerCall) else "ending" not in moves


def _given_up(work: Work, error: Exception) -> EffectFailed:
    """What cannot be helped by trying again: a clear no, or a bug of ours.

    A bug must not stop the lane: the call goes on by its error exit.
    """
    call, kind = work.snapshot.call_id, kind_of(work.effect)
    if isinstance(error, IvrError):
        log.warning("effect_failed", call=call, effect=kind, code=getattr(error, "code", ""))
        return _failed(work, error)
    log.error("effect_fault", call=call, effect=kind, fault=type(error).__name__)
    return _failed(work, Refused("internal", code="fault"))


def _failed(work: Work, error: IvrError) -> EffectFailed:
    effect, kind = work.effect, kind_of(work.effect)
    failure: Failure = "failed"
    if isinstance(error, CallGone):
        # What takes the place of another line is about two of them: either may be the one.
        failure = "unknown" if getattr(work.effect, "replaces", "") else "gone"
    elif work.doubtful:
        failure = "unknown"
    elif isinstance(error, NotSent | StoreUnavailable) or kind in NEVER_STARTED:
        failure = "not_started"
    code = getattr(error, "code", "") or ""
    return EffectFailed(effect.id, kind, failure, str(code), effect.leg)
