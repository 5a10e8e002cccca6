"""Effects of one lane of a call are for one node after the other: what every store needs for it.

A node keeps the order of its own effects by itself. What another node has not settled yet comes
first, so who wants to claim the next effect of that lane waits: two commands for the line of a
call at the same time are refused by Graph ("operation is not allowed", subcodes 8500 and 8519).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import get_args

from ivr.core.effects import AnyEffect, KeepAlive
from ivr.core.values import Millis

LOOK_AGAIN: Millis = 30
PATIENCE: Millis = 5_000
"""After that a claim is granted out of turn: a wrong order is better than a caller in silence."""

LINE = "line"

Clock = Callable[[], Millis]
Sleep = Callable[[Millis], Awaitable[None]]
Look = Callable[[bool], Awaitable[bool | None]]
"""Whether an effect is ours, or None when it is not its turn; that not, when told it is late."""


def _lanes() -> Mapping[str, str]:
    lanes = {}
    for effect in get_args(AnyEffect):
        kind = str(effect.__struct_config__.tag)
        lanes[kind] = kind if effect is KeepAlive else str(effect.lane)
    return lanes


LANES = _lanes()
"""The lane of each kind of effect. All legs of a call have the lane of its line here."""


def lane_of(kind: str) -> str:
    """The lane of a kind of effect; a kind of a later version is for the line."""
    return LANES.get(kind, LINE)


def monotonic() -> Millis:
    """Milliseconds of a clock that nobody sets."""
    return time.monotonic_ns() // 1_000_000


async def real_sleep(length: Millis) -> None:
    """Return after `length` milliseconds."""
    await asyncio.sleep(length / 1_000)


async def claim_in_turn(look: Look, clock: Clock, sleep: Sleep) -> bool:
    """Whether the effect is ours, once it is its turn, or after `PATIENCE`."""
    late = clock() + PATIENCE
    while (claimed := await look(clock() >= late)) is None:
        await sleep(LOOK_AGAIN)
    return claimed
