"""All that a node has in hand: the lanes of its calls, for as long as something is in them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable

import structlog

from ivr.core.effects import HangUp, JoinMeeting, PlaceCall
from ivr.core.snapshot import Snapshot
from ivr.core.values import kind_of
from ivr.ports import Clock
from ivr.runtime.lanes import PATIENCE, URGENT, Lane, Work, is_down, lane_of, leg_of
from ivr.runtime.wanted import is_wanted

log = structlog.get_logger()

Settle = Callable[[str, str], None]


class InHand:
    """Works in their lanes; each lane is run by a task of its own, made of `run`.

    A lane is forgotten with `end`, so a call that wants nothing costs nothing here.
    """

    def __init__(
        self, clock: Clock, settle: Settle, run: Callable[[Lane], Coroutine[None, None, None]]
    ) -> None:
        self._clock = clock
        self._settle = settle
        self._run = run
        self._calls: dict[str, dict[str, Lane]] = {}
        self._ids: set[str] = set()

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, effect_id: str) -> bool:
        return effect_id in self._ids

    def lanes(self) -> list[Lane]:
        """Every lane in which something is."""
        return [lane for lanes in self._calls.values() for lane in lanes.values()]

    def busy(self, call_id: str) -> Collection[str]:
        """The names of a call's lanes in which something is."""
        return self._calls.get(call_id, {}).keys()

    def take(self, work: Work) -> None:
        """Put an effect at the end of its lane, unless it is in hand already."""
        if work.effect.id not in self._ids:
            self._ids.add(work.effect.id)
            self._put(work, lane_of(work.effect))

    def finish(self, lane: Lane, work: Work) -> None:
        """What was at work is done with."""
        self._ids.discard(work.effect.id)
        lane.at_work = None

    def sort_out(self, snapshot: Snapshot, coming: Iterable[str]) -> None:
        """Drop what a call, as it is now, wants no more, and do not try it again.

        `coming` are effects that are about to come in.
        """
        lanes = self._calls.get(snapshot.call_id, {}).values()
        unsent = set(coming).union(*(lane.ids() for lane in lanes))
        for lane in lanes:
            outdated = [each for each in lane.works() if not still_wanted(each, snapshot, unsent)]
            self._drop_outdated(lane, outdated)

    def clear(self, lane: Lane) -> None:
        """Let go of what waits in a lane; it stays in the outbox."""
        self._ids -= {work.effect.id for work in lane.waiting}
        lane.waiting.clear()

    def end(self, lane: Lane) -> None:
        """Forget a lane with all that is in it."""
        lanes = self._calls.get(lane.call_id, {})
        if lanes.get(lane.name) is not lane:
            return
        del lanes[lane.name]
        if not lanes:
            del self._calls[lane.call_id]
        self._ids -= lane.ids()
        for task in lane.hurrying:
            task.cancel()

    def _put(self, work: Work, name: str) -> None:
        call_id = work.snapshot.call_id
        lanes = self._calls.setdefault(call_id, {})
        lane = lanes.get(name)
        if lane is None:
            lane = lanes[name] = Lane(call_id, name)
            lane.waiting.append(work)
            lane.task = asyncio.create_task(self._run(lane))
            return
        work.waited = True
        lane.waiting.append(work)
        if isinstance(work.effect, URGENT):
            hurrying = asyncio.create_task(self._hurry(lane, work))
            lane.hurrying.add(hurrying)
            hurrying.add_done_callback(lane.hurrying.discard)

    async def _hurry(self, lane: Lane, work: Work) -> None:
        """Let what is urgent go ahead if its lane hangs; see `ivr.runtime.lanes`."""
        await self._clock.sleep(PATIENCE)
        if work not in lane.waiting:
            return
        log.warning("effect_goes_ahead", call=lane.call_id, effect=kind_of(work.effect))
        if isinstance(work.effect, HangUp):
            self._drop_outdated(lane, lane.before(work))
        lane.waiting.remove(work)
        self._put(work, f"ahead {work.effect.id}")

    def _drop_outdated(self, lane: Lane, works: Iterable[Work]) -> None:
        for work in works:
            work.too_late = True
            if work is not lane.at_work:
                lane.waiting.remove(work)
                self._ids.discard(work.effect.id)
                self._settle(lane.call_id, work.effect.id)


def still_wanted(work: Work, snapshot: Snapshot, unsent: Collection[str]) -> bool:
    """Whether the call, as it is now, still wants what it has wanted before."""
    effect = work.effect
    gone_down = is_down(snapshot, leg_of(effect)) and not work.after_the_end
    if effect.lane == "line" and gone_down:
        return False
    if work.doubtful and isinstance(effect, PlaceCall | JoinMeeting):
        # It is not sent again. But a leg that may be there has to be known of, to be hung up.
        return True
    return is_wanted(effect, snapshot, unsent)
