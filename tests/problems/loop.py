"""An event loop whose time jumps: when nothing is left to do, it is at once when something is.

Everything that sleeps by the loop is moved by it, so a day of calls passes in milliseconds. There
are no sockets, and what belongs in a thread is done where it is asked for.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class _Jumps(selectors.SelectSelector):
    """Waits for nobody: whoever is to wait is told that the time is over."""

    jumped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("Nothing is left that could happen: the test would wait for ever.")
        self.jumped += max(timeout, 0.0)
        return []


class JumpingLoop(asyncio.SelectorEventLoop):
    """The loop; its time begins at 0."""

    def __init__(self) -> None:
        self._jumps = _Jumps()
        super().__init__(self._jumps)

    def time(self) -> float:
        return self._jumps.jumped

    def skip(self, seconds: float) -> None:
        """Be asleep for a while: what was due meanwhile is due when we wake, and happens once."""
        self._jumps.jumped += seconds

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Do it here and now: time must not jump while a thread is at work."""
        done: asyncio.Future[Any] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done
