"""After a restart: go on with what was committed and not known to be done.

What is harmless to repeat is done again. What is not (a prompt, a transfer, a recording) may
have been done in the moment before the end: nobody can tell, so it is left to the deadline
that its state set when it asked for it. Answering is repeated only while the call still rings.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import structlog

from ivr.core.effects import AnswerCall, AnyEffect, CheckCall, HangUp, KeepAlive
from ivr.core.snapshot import Snapshot
from ivr.ports import CallStore, Outgoing

log = structlog.get_logger()

FIRST = (KeepAlive, HangUp)
"""What is overdue first: an unkept call is lost, and a dead one costs money."""


async def recover(
    store: CallStore,
    add: Callable[[Snapshot, Sequence[AnyEffect]], None],
    still_rings: Callable[[Snapshot], Awaitable[bool]],
) -> int:
    """Hand the unsettled effects of live calls to the performer; how many were repeated."""
    waiting = sorted(await store.unsettled(), key=lambda each: not isinstance(each.effect, FIRST))
    repeated = 0
    for outgoing in waiting:
        repeated += await _recover_one(outgoing, store, add, still_rings)
    log.info("recovered", unsettled=len(waiting), repeated=repeated)
    return repeated


async def _recover_one(
    outgoing: Outgoing,
    store: CallStore,
    add: Callable[[Snapshot, Sequence[AnyEffect]], None],
    still_rings: Callable[[Snapshot], Awaitable[bool]],
) -> int:
    loaded = await store.load(outgoing.call_id)
    effect = outgoing.effect
    if loaded is not None and await _may_repeat(effect, loaded.snapshot, still_rings):
        add(loaded.snapshot, [effect])
        return 1
    store.settle(outgoing.call_id, effect.id)
    return 0


async def _may_repeat(
    effect: AnyEffect, snapshot: Snapshot, still_rings: Callable[[Snapshot], Awaitable[bool]]
) -> bool:
    over = snapshot.phase == "ended" and effect.lane == "line"
    if over or not effect.repeatable or isinstance(effect, CheckCall):
        return False
    if isinstance(effect, AnswerCall):
        return await still_rings(snapshot)
    return True
