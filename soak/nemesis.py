"""What goes wrong with the nodes, and when: drawn from the seed, then done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import Random
from typing import Literal, NamedTuple, Protocol

PAUSES = 4
"""With more nodes than one: a pause for so many kills."""
SHORTEST, LONGEST = 1.0, 30.0
AWAY = (15.0, 30.0)


class Strike(NamedTuple):
    """One fault: `at` seconds from the beginning, of `length` seconds."""

    at: float
    node: str
    kind: Literal["kill", "pause", "away"]
    length: float = 0.0


def plan(chance: Random, kills: int, seconds: float, nodes: Sequence[str]) -> list[Strike]:
    """`kills` kills at random instants; with several nodes pauses too, and one long absence.

    A node that is away is one of those killed: it is started again only when its time is over.
    """
    strikes = [Strike(chance.uniform(0, seconds), chance.choice(nodes), "kill")
               for _ in range(kills)]  # fmt: skip
    if len(nodes) > 1 and strikes:
        strikes[0] = strikes[0]._replace(kind="away", length=chance.uniform(*AWAY))
        strikes += [
            Strike(
                chance.uniform(0, seconds), chance.choice(nodes), "pause",
                chance.uniform(SHORTEST, LONGEST),
            )
            for _ in range(max(1, kills // PAUSES))
        ]  # fmt: skip
    return sorted(strikes)


class Victim(Protocol):
    """A node, as far as it can be hurt."""

    def start(self) -> None:
        """Start it, unless it runs."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...

    def pause(self) -> bool:
        """Stop it where it is; False when it cannot be."""
        ...

    def resume(self) -> None:
        """Let it go on, if it is paused."""
        ...


class Nemesis:
    """Carries a plan out on nodes, by their names."""

    def __init__(
        self,
        nodes: Mapping[str, Victim],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._nodes = nodes
        self._sleep = sleep
        self._away: set[str] = set()

    async def run(self, strikes: Sequence[Strike]) -> None:
        """Return when the last strike is over, and every node started again."""
        async with asyncio.TaskGroup() as group:
            for strike in strikes:
                group.create_task(self._strike(strike))

    async def _strike(self, strike: Strike) -> None:
        await self._sleep(strike.at)
        # When it is down already it is another one's turn, if there is one.
        name = next((each for each in (strike.node, *self._nodes) if each not in self._away), "")
        if not name:
            return
        if strike.kind == "pause":
            await self._pause(self._nodes[name], strike.length)
        else:
            await self._kill(name, strike.length)

    async def _pause(self, node: Victim, length: float) -> None:
        if node.pause():
            await self._sleep(length)
            node.resume()

    async def _kill(self, name: str, away: float) -> None:
        self._nodes[name].kill()
        if away:
            self._away.add(name)
            await self._sleep(away)
            self._away.discard(name)
        self._nodes[name].start()
